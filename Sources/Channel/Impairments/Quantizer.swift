import Glibc

/// An analogue-to-digital converter of few bits: 2^n even steps between ±full scale (mid-rise), what lies beyond is clipped.
///
/// A sine at full scale has a signal-to-quantisation-noise ratio of 6.02·n + 1.76 dB.
public struct Quantizer: Sendable, Equatable {
    private let step, highest: Float

    /// - Parameters:
    ///   - bits: n, 1 to 16, of each of I and Q.
    ///   - fullScaleDB: the power of a component at full scale over the nominal power 1, in dB.
    public init(bits: Int, fullScaleDB: Double) {
        let levels = Float(1 << min(max(bits, 1), 16))
        let fullScale = Float(pow(10, fullScaleDB / 20))
        step = 2 * fullScale / levels
        highest = levels / 2 - 1
    }

    /// Each component at the middle of its step.
    public func apply(_ symbols: inout [ComplexSymbol]) {
        for index in symbols.indices {
            symbols[index] = ComplexSymbol(i: level(symbols[index].i), q: level(symbols[index].q))
        }
    }

    private func level(_ value: Float) -> Float {
        (min(max((value / step).rounded(.down), -highest - 1), highest) + 0.5) * step
    }
}
