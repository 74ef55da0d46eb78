import Networks
import Tensor

extension LatentStatistics {
    /// The matrix P [n, n] that codes without their mean are multiplied by before they go on the air.
    ///
    /// Of all linear codes of the same power it is the one after which noise, the same on all values, does the least harm to
    /// the picture: along the axes of the codes' covariance, as the picture's curvature sees it (Karhunen–Loève), g² ∝ 1/√λ.
    /// A rotation then spreads each axis over all values. That costs nothing in noise, and makes lost values cost less, since
    /// each is an equation about all axes; and the values become as good as Gaussian, with lower peaks.
    ///
    /// - Parameters:
    ///   - coordinates: M [n, n] of `InversionCoordinatesTrainer`; the curvature is (M·Mᵀ)⁻¹, ridge included, since large errors
    ///     do harm along directions too that are flat for small ones.
    ///   - deviations: d of each number, as in `LinearPrecoder`.
    ///   - seed: of the rotation.
    /// - Returns: nil when the coordinates or the covariance are singular.
    func precoder(coordinates: Tensor, deviations: [Float], seed: UInt64) -> Tensor? {
        let count = mean.count
        let units = Variable(Tensor(diagonal: deviations))
        let scaled = units.matmul(Variable(coordinates))
        guard let root = scaled.linear(weight: scaled).value.inverseCholesky else { return nil }
        // RᵀR is the curvature, on average one in units of the numbers' deviations.
        let scale = (Float(count) / root.values.reduce(0) { $0 + $1 * $1 }).squareRoot()
        let seen = (Variable(root.transposed) * scale).matmul(units)
        let own = Variable(Tensor(covariance, shape: [count, count]))
        let spread = seen.matmul(own).linear(weight: seen)
        guard let axes = spread.value.eigenbasis.map({ Variable($0) }) else { return nil }
        let products = (spread.matmul(axes) * axes).value.values
        let lengths = (0..<count).map { column in
            stride(from: column, to: products.count, by: count).reduce(Float(0)) { $0 + products[$1] }
        }
        guard lengths.allSatisfy({ $0 > 0 }) else { return nil }
        let gains = Variable(Tensor(diagonal: lengths.map { 1 / $0.squareRoot().squareRoot() }))
        // Not the stream that the same seed gives the noise of an evaluation, which would know the axes.
        var random = SeededGenerator(seed: seed ^ 0x5052_4543)
        let drawn = Tensor(normal: [count, count], deviation: 1, generator: &random)
        // Eigenvectors of such a matrix point anywhere.
        guard let rotation = (Variable(drawn) + Variable(drawn.transposed)).value.eigenbasis else { return nil }
        return Variable(rotation).matmul(gains).matmul(Variable(axes.value.transposed)).matmul(seen).value
    }
}
