import Glibc

/// Complex Gaussian noise `CN(0, 1)` addressed by symbol index, so that it does not depend on the order of packets.
public struct NoiseSource: Sendable {
    private let seed: UInt64
    private let stream: UInt32
    private let purpose: Philox.Purpose

    /// A source; different streams of a seed are independent.
    public init(seed: UInt64, stream: UInt32) {
        self.init(seed: seed, stream: stream, purpose: .noise)
    }

    /// A source of draws that are not the noise.
    init(seed: UInt64, stream: UInt32, purpose: Philox.Purpose) {
        self.seed = seed
        self.stream = stream
        self.purpose = purpose
    }

    /// The noise at one symbol: `E|n|² = 1`, that is 1/2 per real dimension (Box and Muller).
    ///
    /// Places 2n and 2n + 1 share the words of block n.
    public func noise(at index: UInt64) -> ComplexSymbol {
        let (even, odd) = Philox.words(seed: seed, purpose: purpose, stream: stream, index: index / 2)
        let word = index.isMultiple(of: 2) ? even : odd
        let radiusUniform = (Double(word >> 32) + 0.5) * 0x1p-32  // in (0, 1)
        let angleUniform = Double(word & 0xFFFF_FFFF) * 0x1p-32  // in [0, 1)
        let radius = (-log(radiusUniform)).squareRoot()
        let angle = 2 * Double.pi * angleUniform
        return ComplexSymbol(i: Float(radius * cos(angle)), q: Float(radius * sin(angle)))
    }
}
