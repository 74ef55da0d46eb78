/// What became of a datagram that reached the reassembler.
package enum DatagramFate: String, Sendable, CaseIterable {
    /// Data that filled in symbols.
    case dataAccepted = "data_accepted"
    /// Data that waits for its side information; it counts again when that arrives or it is dropped.
    case dataHeld = "data_held"
    /// Held data whose side information never came, or that had to make room.
    case dataDropped = "data_dropped"
    /// Data for symbols that were there already.
    case dataDuplicate = "data_duplicate"
    /// Data off the authenticated grid of its stream.
    case dataOffGrid = "data_off_grid"
    /// Data for a transmission that is over.
    case dataLate = "data_late"
    /// Side information that opened a transmission.
    case sideAccepted = "side_accepted"
    /// Another copy of known side information.
    case sideRepeated = "side_repeated"
    /// Side information for a stream and second that another transfer has.
    case sideConflict = "side_conflict"
    /// Side information refused: as many transmissions are open as allowed, or it has more reals than any code.
    case sideRefused = "side_refused"
    /// Sealed under a key that we do not hold, or altered.
    case notAuthentic = "not_authentic"
    /// A sealed packet seen before.
    case replayed = "replayed"
    /// An authentic packet that does not belong here.
    case unexpected = "unexpected"
    case context = "context"
    case version = "version"
    /// Not a packet of the profile.
    case foreign = "foreign"
}

/// Totals since the start.
package struct ReassemblyCounters: Sendable, Equatable {
    private var totals = [UInt64](repeating: 0, count: DatagramFate.allCases.count)
    /// Transmissions with every symbol there.
    package internal(set) var transmissionsComplete: UInt64 = 0
    /// Transmissions given out at their deadline with erasures.
    package internal(set) var transmissionsPartial: UInt64 = 0
    package internal(set) var symbolsErased: UInt64 = 0
    /// Senders forgotten because others under the same key came.
    package internal(set) var sendersDisplaced: UInt64 = 0

    package init() {}

    package subscript(fate: DatagramFate) -> UInt64 {
        totals[Self.index[fate] ?? 0]
    }

    /// All datagrams by fate, ready for a metrics label.
    package var byFate: [(name: String, value: UInt64)] {
        zip(DatagramFate.allCases, totals).map { ($0.rawValue, $1) }
    }

    mutating func count(_ fate: DatagramFate) {
        totals[Self.index[fate] ?? 0] += 1
    }

    private static let index = Dictionary(uniqueKeysWithValues: zip(DatagramFate.allCases, 0...))
}
