/// Uniform numbers in [0, 1) addressed by index: what decides the fate of whole packets.
///
/// Like `NoiseSource` it is a pure function: the same seed, stream and index give the same number, in any order.
public struct UniformSource: Sendable {
    private let seed: UInt64
    private let stream: UInt32

    /// A source; different streams of a seed are independent.
    public init(seed: UInt64, stream: UInt32) {
        self.seed = seed
        self.stream = stream
    }

    /// The number at one index, on a grid of 2⁻⁵³.
    public func number(at index: UInt64) -> Double {
        let word = Philox.words(seed: seed, purpose: .fate, stream: stream, index: index).0
        return Double(word >> 11) * 0x1p-53
    }
}
