/// The map between code components and channel uses: component 2j rides in phase, 2j + 1 in quadrature.
///
/// k = 512 reals make 256 complex symbols.
public enum SymbolMapper {
    /// - Precondition: the count is even.
    public static func symbols(from reals: [Float]) -> [ComplexSymbol] {
        [ComplexSymbol](interleaved: reals)
    }

    /// The reals of symbols: i and q by turns.
    public static func reals(from symbols: [ComplexSymbol]) -> [Float] {
        symbols.interleaved
    }
}
