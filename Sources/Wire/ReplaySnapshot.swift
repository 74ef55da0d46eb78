/// The senders that were heard under one key, and what was seen of each.
///
/// A key belongs to one peer, so whatever is done under it hurts that peer alone.
struct SenderWindows: Sendable, Equatable, Codable {
    /// Senders told apart under one key. A transmitter is one; it becomes another when its state is lost.
    static let most = 8

    enum Admission: Equatable {
        case new
        /// New, and the sender whose numbers were the lowest had to make room.
        case newInPlaceOfAnother
        case replayed
    }

    private var windows: [UInt64: ReplayWindow] = [:]
    /// Of a sender that is not known, numbers up to this count as seen: it may be one that had to make room.
    private var floor: UInt64 = 0

    /// Counts a number of a sender as seen.
    mutating func admit(_ sequence: UInt64, of sender: UInt64) -> Admission {
        if windows[sender] != nil {
            return windows[sender]?.admit(sequence) == true ? .new : .replayed
        }
        guard floor == 0 || sequence > floor else { return .replayed }
        let lowest = windows.count < Self.most ? nil : windows.min { $0.value.highest < $1.value.highest }
        if let lowest {
            windows[lowest.key] = nil
            floor = max(floor, lowest.value.highest)
        }
        windows[sender] = ReplayWindow(first: sequence)
        return lowest == nil ? .new : .newInPlaceOfAnother
    }

    /// As after a restart; damaged windows are left out.
    func closed(group: UInt64) -> SenderWindows {
        var senders = self
        senders.windows = windows.filter { $0.value.isWellFormed }.mapValues { $0.closed(group: group) }
        return senders
    }

    fileprivate init(windows: [UInt64: ReplayWindow]) {
        self.windows = windows
    }

    init() {}
}

/// What was seen under each key, to be kept over a restart.
package struct ReplaySnapshot: Sendable, Equatable, Codable {
    /// By key identifier.
    var keys: [UInt32: SenderWindows] = [:]
    /// Of a file that was written before windows were kept for each key: they hold for all.
    var ofAnyKey: SenderWindows?

    private enum CodingKeys: String, CodingKey {
        case keys, windows
    }

    init(keys: [UInt32: SenderWindows]) {
        self.keys = keys
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let windows = try container.decodeIfPresent([UInt64: ReplayWindow].self, forKey: .windows) {
            ofAnyKey = SenderWindows(windows: windows)
        } else {
            keys = try container.decode([UInt32: SenderWindows].self, forKey: .keys)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(keys, forKey: .keys)
    }
}
