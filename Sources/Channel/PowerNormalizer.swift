/// Symbols of unit mean power and what their components were divided by.
public struct NormalizedSymbols: Sendable, Equatable {
    /// Of unit mean power.
    public var symbols: [ComplexSymbol]
    /// `reals = scale · components`; always finite and positive.
    public var scale: Float
}

/// The power constraint of the paper, equation 4, with P = 1 per complex symbol.
public enum PowerNormalizer {
    /// Scales the code so that the mean of `|x|²` over its symbols is 1 (1/2 per real).
    ///
    /// A code of zeros stays zero, with scale 1.
    /// - Precondition: the count is even.
    public static func normalize(_ reals: [Float]) -> NormalizedSymbols {
        let energy = reals.reduce(0.0) { $0 + Double($1) * Double($1) }
        let scale = Float((2 * energy / Double(max(reals.count, 1))).squareRoot())
        guard scale.isNormal else {
            let zeros = [ComplexSymbol](repeating: ComplexSymbol(i: 0, q: 0), count: reals.count / 2)
            return NormalizedSymbols(symbols: zeros, scale: 1)
        }
        return NormalizedSymbols(symbols: SymbolMapper.symbols(from: reals.map { $0 / scale }), scale: scale)
    }
}
