import Channel

/// The symbols that a stream sent lately, by their places; what is not there was not sent, or long ago.
struct SampleHistory: Sendable {
    /// Places that are remembered: 16 ms at a million symbols a second.
    static let room = 1 << 14

    private struct Entry {
        var place = Int64.min
        var symbol = ComplexSymbol(i: 0, q: 0)
    }

    private var ring = [Entry](repeating: Entry(), count: room)

    /// Remembers symbols, in place of those that were sent so much earlier.
    mutating func record(_ symbols: [ComplexSymbol], first: Int64) {
        for (index, symbol) in symbols.enumerated() {
            let place = first &+ Int64(index)
            ring[Self.slot(place)] = Entry(place: place, symbol: symbol)
        }
    }

    /// A packet's symbols and those round it, zero where none are known.
    func surroundings(of symbols: [ComplexSymbol], first: Int64, _ memory: ChannelMemory) -> [ComplexSymbol] {
        func symbol(_ place: Int64) -> ComplexSymbol {
            let entry = ring[Self.slot(place)]
            return entry.place == place ? entry.symbol : ComplexSymbol(i: 0, q: 0)
        }
        let end = first &+ Int64(symbols.count)
        return (0..<memory.before).map { symbol(first &- Int64(memory.before - $0)) } + symbols
            + (0..<memory.after).map { symbol(end &+ Int64($0)) }
    }

    private static func slot(_ place: Int64) -> Int { Int(place & Int64(room - 1)) }
}
