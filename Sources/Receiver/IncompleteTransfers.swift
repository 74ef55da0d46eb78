import Channel
import Foundation

/// What arrived of transfers that must be repeated, so that the next transmission adds to it.
///
/// A value without a clock. Bounded in number, memory and time; the ones that wait longest make room.
struct IncompleteTransfers: Sendable {
    /// Whose transfer, made how: what another peer sends under the same id is another transfer, and only code words made for
    /// the same SNR with the same models, going on from the same picture, are copies of each other; a draft is none of what follows it.
    struct Key: Hashable, Sendable {
        let id: UUID
        let peer: String
        let modelDigest: [UInt8]
        let designSNR: Int?
        var baseDigest: [UInt8]?
        let isDraft: Bool
    }

    /// Transmissions that are combined at the most.
    static let mostTransmissions = 8

    private struct Entry {
        let key: Key
        var reals: [EqualizedReals]
        var touched: Duration
        /// Value and variance of each real.
        var bytes: Int { reals.reduce(256) { $0 + 8 * $1.values.count } }
    }

    /// The oldest first.
    private var entries: [Entry] = []
    private(set) var bytes = 0
    /// After that without another transmission nothing comes any more.
    let lifetime: Duration

    init(lifetime: Duration = .seconds(900)) {
        self.lifetime = lifetime
    }

    var count: Int { entries.count }

    /// Adds a transmission.
    ///
    /// - Parameter now: monotonic, from any origin.
    /// - Returns: what arrived of the transfer so far, this one last; all of one length.
    mutating func add(
        _ reals: EqualizedReals,
        to key: Key,
        at now: Duration,
        most limits: (transfers: Int, bytes: Int)
    ) -> [EqualizedReals] {
        let before = remove(key) ?? []
        let all = before.filter { $0.values.count == reals.values.count }.suffix(Self.mostTransmissions - 1) + [reals]
        let entry = Entry(key: key, reals: Array(all), touched: now)
        entries.append(entry)
        bytes += entry.bytes
        expire(at: now)
        while entries.count > limits.transfers || bytes > limits.bytes { removeFirst() }
        return entry.reals
    }

    /// Forgets a transfer and returns what arrived of it.
    @discardableResult
    mutating func remove(_ key: Key) -> [EqualizedReals]? {
        guard let place = entries.firstIndex(where: { $0.key == key }) else { return nil }
        let entry = entries.remove(at: place)
        bytes -= entry.bytes
        return entry.reals
    }

    /// Forgets what waits for too long.
    mutating func expire(at now: Duration) {
        while let oldest = entries.first, now - oldest.touched >= lifetime { removeFirst() }
    }

    private mutating func removeFirst() {
        bytes -= entries.removeFirst().bytes
    }
}
