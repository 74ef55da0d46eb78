import Glibc

/// One complex channel use: in-phase and quadrature amplitude.
public struct ComplexSymbol: Sendable, Equatable {
    /// In-phase part.
    public var i: Float
    /// Quadrature part.
    public var q: Float

    /// A symbol of these parts.
    public init(i: Float, q: Float) {
        self.i = i
        self.q = q
    }

    /// `|x|²`.
    public var power: Float { i * i + q * q }

    static let zero = ComplexSymbol(i: 0, q: 0)

    /// `cos x + i·sin x`, x in radians.
    static func phasor(_ angle: Double) -> ComplexSymbol {
        ComplexSymbol(i: Float(cos(angle)), q: Float(sin(angle)))
    }

    static func + (a: ComplexSymbol, b: ComplexSymbol) -> ComplexSymbol { ComplexSymbol(i: a.i + b.i, q: a.q + b.q) }
    package static func * (a: ComplexSymbol, b: ComplexSymbol) -> ComplexSymbol {
        ComplexSymbol(i: a.i * b.i - a.q * b.q, q: a.i * b.q + a.q * b.i)
    }
    package static func * (a: Float, b: ComplexSymbol) -> ComplexSymbol { ComplexSymbol(i: a * b.i, q: a * b.q) }
}

extension Array where Element == ComplexSymbol {
    /// Symbols from I, Q, I, Q…
    ///
    /// - Precondition: the count is even.
    public init(interleaved: [Float]) {
        precondition(interleaved.count.isMultiple(of: 2), "a complex symbol takes two reals")
        let count = interleaved.count / 2
        self.init(unsafeUninitializedCapacity: count) { symbols, initialized in
            interleaved.withUnsafeBytes { UnsafeMutableRawBufferPointer(symbols).copyMemory(from: $0) }
            initialized = count
        }
    }

    /// The amplitudes as I, Q, I, Q…
    public var interleaved: [Float] {
        [Float](unsafeUninitializedCapacity: 2 * count) { parts, initialized in
            withUnsafeBytes { UnsafeMutableRawBufferPointer(parts).copyMemory(from: $0) }
            initialized = 2 * count
        }
    }
}
