import CKernels
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
        apply([symbol], stream: stream, firstIndex: index)[0]
    }

    /// Consecutive symbols with noise, the first at `firstIndex`.
    public func apply(
        _ symbols: consuming [ComplexSymbol],
        stream: UInt32,
        firstIndex: UInt64
    ) -> [ComplexSymbol] {
        add(to: &symbols, stream: stream, firstIndex: firstIndex)
        return symbols
    }

    /// Noise needs no other symbols.
    public func memory(atRate rate: Double) -> ChannelMemory { .none }

    /// The run with noise.
    public func apply(_ sent: consuming [ComplexSymbol], at run: SymbolRun) -> [ComplexSymbol] {
        apply(sent, stream: run.stream, firstIndex: UInt64(bitPattern: run.firstIndex))
    }

    /// Adds noise to consecutive symbols, several at a time.
    private func add(to symbols: inout [ComplexSymbol], stream: UInt32, firstIndex: UInt64) {
        symbols.withUnsafeMutableBytes { bytes in
            let parts = bytes.assumingMemoryBound(to: Float.self)
            guard let first = parts.baseAddress else { return }
            ck_add_noise(
                first,
                parts.count / 2,
                amplitude,
                seed,
                Philox.Purpose.noise.rawValue,
                stream,
                firstIndex
            )
        }
    }
}
