/// What happens to a symbol on its way. A model is a pure function: the same arguments give the same result.
public protocol ChannelModel: Sendable {
    /// - Parameters:
    ///   - symbol: as sent, nominal power 1.
    ///   - stream: the transmission's stream; different streams meet independent noise.
    ///   - index: the symbol's place in the transmission, from 0.
    func apply(_ symbol: ComplexSymbol, stream: UInt32, index: UInt64) -> ComplexSymbol
}

extension ChannelModel {
    /// Consecutive symbols, the first at `firstIndex`.
    public func apply(_ symbols: [ComplexSymbol], stream: UInt32, firstIndex: UInt64) -> [ComplexSymbol] {
        symbols.enumerated().map { apply($1, stream: stream, index: firstIndex &+ UInt64($0)) }
    }
}
