import Glibc

/// A symbol in double precision.
struct DoubleSymbol: Sendable, Equatable {
    var i: Double
    var q: Double

    static let zero = DoubleSymbol(i: 0, q: 0)

    init(i: Double, q: Double) {
        self.i = i
        self.q = q
    }

    init(_ symbol: ComplexSymbol) {
        i = Double(symbol.i)
        q = Double(symbol.q)
    }

    /// `cos x + i·sin x`, x in radians.
    static func phasor(_ angle: Double) -> DoubleSymbol { DoubleSymbol(i: cos(angle), q: sin(angle)) }

    var power: Double { i * i + q * q }
    var conjugate: DoubleSymbol { DoubleSymbol(i: i, q: -q) }

    static func + (a: DoubleSymbol, b: DoubleSymbol) -> DoubleSymbol { DoubleSymbol(i: a.i + b.i, q: a.q + b.q) }
    static func - (a: DoubleSymbol, b: DoubleSymbol) -> DoubleSymbol { DoubleSymbol(i: a.i - b.i, q: a.q - b.q) }
    static func * (a: DoubleSymbol, b: DoubleSymbol) -> DoubleSymbol {
        DoubleSymbol(i: a.i * b.i - a.q * b.q, q: a.i * b.q + a.q * b.i)
    }
    static func * (a: Double, b: DoubleSymbol) -> DoubleSymbol { DoubleSymbol(i: a * b.i, q: a * b.q) }
}
