import Glibc

/// Additive white Gaussian noise: equation 6 of the paper with h = 1.
///
/// The SNR is Es/N0 per complex symbol, referred to the nominal power 1: `N0 = 10^(−SNR/10)`, N0/2 per real dimension.
public struct AWGNChannel: ChannelModel {
    /// N0.
    public let noiseVariance: Double
    private let amplitude: Float
    private let seed: UInt64

    /// - Parameters:
    ///   - snrDB: Es/N0 in dB, referred to unit mean power.
    ///   - seed: of the noise.
    public init(snrDB: Double, seed: UInt64) {
        noiseVariance = pow(10, -snrDB / 10)
        amplitude = Float(noiseVariance.squareRoot())
        self.seed = seed
    }

    /// The symbol with noise, the same for the same seed, stream and index.
    public func apply(_ symbol: ComplexSymbol, stream: UInt32, index: UInt64) -> ComplexSymbol {
        let noise = NoiseSource(seed: seed, stream: stream).noise(at: index)
        return ComplexSymbol(i: symbol.i + amplitude * noise.i, q: symbol.q + amplitude * noise.q)
    }

    /// Consecutive symbols with noise, the first at `firstIndex`.
    public func apply(_ symbols: [ComplexSymbol], stream: UInt32, firstIndex: UInt64) -> [ComplexSymbol] {
        symbols.enumerated().map { apply($1, stream: stream, index: firstIndex &+ UInt64($0)) }
    }

    /// Noise needs no other symbols.
    public func memory(atRate rate: Double) -> ChannelMemory { .none }

    /// The run with noise.
    public func apply(_ sent: [ComplexSymbol], at run: SymbolRun) -> [ComplexSymbol] {
        apply(sent, stream: run.stream, firstIndex: UInt64(bitPattern: run.firstIndex))
    }
}
