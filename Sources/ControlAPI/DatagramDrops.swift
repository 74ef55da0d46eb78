/// Datagrams that came to a UDP socket, or were to leave by it, and went no further.
package struct DatagramDrops: Codable, Sendable, Equatable {
    /// They came faster than they were read.
    package var overrun = 0
    /// The system dropped them because the socket's buffer was full.
    package var overflowed = 0
    /// They were larger than any that are taken.
    package var oversized = 0
    /// The system would not send them.
    package var unsent = 0

    package init() {}

    /// Both together.
    package static func + (a: DatagramDrops, b: DatagramDrops) -> DatagramDrops {
        var sum = a
        sum.overrun += b.overrun
        sum.overflowed += b.overflowed
        sum.oversized += b.oversized
        sum.unsent += b.unsent
        return sum
    }

    /// The counts that are not 0, as `overrun 9, unsent 1`, or "none".
    package var summary: String {
        let counts = byCause.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
        return counts.isEmpty ? "none" : counts.joined(separator: ", ")
    }

    /// By name, as in metrics.
    package var byCause: [(name: String, count: Int)] {
        [("overrun", overrun), ("overflowed", overflowed), ("oversized", oversized), ("unsent", unsent)]
    }
}
