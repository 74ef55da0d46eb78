import COpenBLAS

extension Tensor {
    /// Of a symmetric positive definite matrix A [d, d] the upper triangular M [d, d] with M·Mᵀ = A⁻¹ (LAPACK's spotrf and
    /// strtri). Its leading blocks are those of A's leading blocks. Nil when A is not positive definite.
    public var inverseCholesky: Tensor? {
        precondition(shape.count == 2 && shape[0] == shape[1], "a square matrix, not \(shape)")
        let d = shape[0]
        guard d > 0, values.allSatisfy(\.isFinite) else { return nil }
        var n = Int32(d)
        var factor = values
        var outcome: Int32 = 0
        _ = MatrixProduct.blasIsSingleThreaded
        // LAPACK counts columns first: A = RᵀR with R upper triangular there, and M = R⁻¹.
        spotrf_("U", &n, &factor, &n, &outcome)
        guard outcome == 0 else { return nil }
        strtri_("U", "N", &n, &factor, &n, &outcome)
        guard outcome == 0 else { return nil }
        return Tensor(
            (0..<d * d).map { $0 % d >= $0 / d ? factor[$0 % d * d + $0 / d] : 0 },
            shape: [d, d]
        )
    }

    /// Of a symmetric positive definite matrix A [d, d] a matrix R [d, d] with RᵀR = A; nil when A is not positive definite.
    public var root: Tensor? {
        inverseCholesky.map { Variable($0.transposed).matmul(Variable(self)).value }
    }
}
