/// A matrix of 4 × 4 numbers, as four columns.
struct Matrix4: Sendable {
    var columns: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)

    static let zero = Matrix4(diagonal: .zero)

    init(_ a: SIMD4<Double>, _ b: SIMD4<Double>, _ c: SIMD4<Double>, _ d: SIMD4<Double>) {
        columns = (a, b, c, d)
    }

    init(diagonal: SIMD4<Double>) {
        self.init(
            SIMD4(diagonal.x, 0, 0, 0),
            SIMD4(0, diagonal.y, 0, 0),
            SIMD4(0, 0, diagonal.z, 0),
            SIMD4(0, 0, 0, diagonal.w)
        )
    }

    /// `a·bᵀ`.
    init(outer a: SIMD4<Double>, _ b: SIMD4<Double>) {
        self.init(a * b.x, a * b.y, a * b.z, a * b.w)
    }

    var transposed: Matrix4 {
        let (a, b, c, d) = columns
        return Matrix4(
            SIMD4(a.x, b.x, c.x, d.x),
            SIMD4(a.y, b.y, c.y, d.y),
            SIMD4(a.z, b.z, c.z, d.z),
            SIMD4(a.w, b.w, c.w, d.w)
        )
    }

    static func * (a: Matrix4, v: SIMD4<Double>) -> SIMD4<Double> {
        a.columns.0 * v.x + a.columns.1 * v.y + a.columns.2 * v.z + a.columns.3 * v.w
    }
    static func * (a: Matrix4, b: Matrix4) -> Matrix4 {
        Matrix4(a * b.columns.0, a * b.columns.1, a * b.columns.2, a * b.columns.3)
    }
    static func * (s: Double, a: Matrix4) -> Matrix4 {
        Matrix4(s * a.columns.0, s * a.columns.1, s * a.columns.2, s * a.columns.3)
    }
    static func + (a: Matrix4, b: Matrix4) -> Matrix4 {
        Matrix4(
            a.columns.0 + b.columns.0,
            a.columns.1 + b.columns.1,
            a.columns.2 + b.columns.2,
            a.columns.3 + b.columns.3
        )
    }
    static func - (a: Matrix4, b: Matrix4) -> Matrix4 { a + -1 * b }
}
