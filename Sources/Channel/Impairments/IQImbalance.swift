import Glibc

/// A quadrature mixer whose two arms differ: `y = μ·x + ν·x*`, the second term is the image.
///
/// With g the amplitude of Q over that of I and φ the error of the right angle, `I' = I/√g` and
/// `Q' = √g·(Q·cos φ − I·sin φ)`. The image lies `(1 + 2g·cos φ + g²) / (1 − 2g·cos φ + g²)` below the signal.
public struct IQImbalance: Sendable, Equatable {
    private let gainI, gainQ, crossTalk: Float

    /// - Parameters:
    ///   - gainDB: g in dB.
    ///   - phaseDegrees: φ in degrees.
    public init(gainDB: Double, phaseDegrees: Double) {
        let (half, angle) = (pow(10, gainDB / 40), phaseDegrees * .pi / 180)
        gainI = Float(1 / half)
        gainQ = Float(half * cos(angle))
        crossTalk = Float(-half * sin(angle))
    }

    /// The mixer's output for each symbol.
    public func apply(_ symbols: inout [ComplexSymbol]) {
        for index in symbols.indices {
            let x = symbols[index]
            symbols[index] = ComplexSymbol(i: gainI * x.i, q: gainQ * x.q + crossTalk * x.i)
        }
    }
}
