/// Where a run of consecutive symbols stands: draws are addressed by it, so that packets may come in any order.
public struct SymbolRun: Sendable, Equatable {
    /// The transmission's stream; different streams meet independent channels.
    public var stream: UInt32
    /// The first symbol's place; the transmission begins at 0.
    public var firstIndex: Int64
    /// Symbols a second, above zero.
    public var rate: Double

    /// A run of the symbols from `firstIndex` on.
    public init(stream: UInt32, firstIndex: Int64, rate: Double) {
        self.stream = stream
        self.firstIndex = firstIndex
        self.rate = rate
    }

    /// A run that begins `symbols` earlier.
    func earlier(by symbols: Int) -> SymbolRun {
        SymbolRun(stream: stream, firstIndex: firstIndex &- Int64(symbols), rate: rate)
    }

    /// Cut into blocks of `length` symbols, from place 0 on: the first symbol's block, and its place in it.
    func block(of length: Int) -> (number: Int64, offset: Int) {
        let (quotient, rest) = firstIndex.quotientAndRemainder(dividingBy: Int64(length))
        return rest < 0 ? (quotient - 1, Int(rest) + length) : (quotient, Int(rest))
    }
}

/// How many symbols round it a received symbol depends on.
public struct ChannelMemory: Sendable, Equatable {
    /// Symbols sent before.
    public var before: Int
    /// Symbols sent after.
    public var after: Int

    /// A received symbol depends on the one sent at its place only.
    public static let none = ChannelMemory(before: 0, after: 0)

    /// - Precondition: the counts are not negative.
    public init(before: Int, after: Int) {
        precondition(before >= 0 && after >= 0, "counts are not negative")
        self.before = before
        self.after = after
    }
}

/// What happens to symbols on their way. A model is a pure function: the same arguments give the same result.
public protocol ChannelModel: Sendable {
    /// The symbols round a run that `apply` needs, at `rate` symbols a second.
    func memory(atRate rate: Double) -> ChannelMemory

    /// A run of symbols as received.
    ///
    /// - Parameters:
    ///   - sent: the run with as many symbols before and after it as the memory says, zero where nothing was sent; nominal
    ///     power 1.
    ///   - run: where the run stands, without the symbols round it.
    /// - Precondition: `sent` has all symbols of the memory.
    func apply(_ sent: consuming [ComplexSymbol], at run: SymbolRun) -> [ComplexSymbol]
}
