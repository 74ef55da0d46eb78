import Networks
import Tensor

extension LatentStatistics {
    /// Codes as these are distributed, if that is normal.
    ///
    /// - Returns: none where the covariance is not finite.
    package func drawn(_ count: Int, seed: UInt64) -> [[Float]] {
        let own = Variable(Tensor(covariance, shape: [mean.count, mean.count]))
        guard let (variances, axes) = own.value.eigendecomposition else { return [] }
        let deviations = variances.map { max(0, $0).squareRoot() }
        var random = SeededGenerator(seed: seed)
        let whitened = Variable(Tensor(normal: [count, mean.count], deviation: 1, generator: &random))
        let scaled = whitened * Variable(Tensor(deviations, shape: [mean.count]))
        let codes = (scaled.linear(weight: Variable(axes)) + Variable(Tensor(mean, shape: [mean.count]))).value.values
        return (0..<count).map { Array(codes[$0 * mean.count..<($0 + 1) * mean.count]) }
    }

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
    ///   - identity: the same of likeness alone, and how much more its curvature counts than the other, both scaled to do
    ///     the same harm on average over codes; none when nil.
    ///   - deviations: d of each number, as in `LinearPrecoder`.
    ///   - seed: of the rotation.
    /// - Returns: nil when the coordinates or the covariance are singular.
    func precoder(
        coordinates: Tensor,
        identity: (coordinates: Tensor, share: Float)? = nil,
        deviations: [Float],
        seed: UInt64
    ) -> Tensor? {
        let count = mean.count
        let own = Variable(Tensor(covariance, shape: [count, count]))
        guard var curvature = curvature(coordinates) else { return nil }
        if let identity {
            guard let other = self.curvature(identity.coordinates) else { return nil }
            curvature = curvature + other * identity.share
        }
        // S = K⁻¹ = Kᵀ·C of K·Kᵀ = C⁻¹, on average one in units of the numbers' deviations.
        guard let root = curvature.value.root.map({ Variable($0) }) else { return nil }
        let inUnits = root.matmul(Variable(Tensor(diagonal: deviations))).squared().sum().scalar
        let seen = root * (Float(count) / inUnits).squareRoot()
        let spread = seen.matmul(own).linear(weight: seen)
        guard let (lengths, axes) = spread.value.eigendecomposition, lengths.allSatisfy({ $0 > 0 }) else { return nil }
        let gains = Variable(Tensor(diagonal: lengths.map { 1 / $0.squareRoot().squareRoot() }))
        // Not the stream that the same seed gives the noise of an evaluation, which would know the axes.
        var random = SeededGenerator(seed: seed ^ 0x5052_4543)
        let drawn = Tensor(normal: [count, count], deviation: 1, generator: &random)
        // Eigenvectors of such a matrix point anywhere.
        guard let rotation = (Variable(drawn) + Variable(drawn.transposed)).value.eigenbasis else { return nil }
        return Variable(rotation).matmul(gains).matmul(Variable(axes.transposed)).matmul(seen).value
    }

    /// C = (M·Mᵀ)⁻¹, scaled so that an error as large as codes vary does harm 1.
    private func curvature(_ coordinates: Tensor) -> Variable? {
        let own = Variable(Tensor(covariance, shape: [mean.count, mean.count]))
        let turned = Variable(coordinates)
        guard let root = turned.linear(weight: turned).value.inverseCholesky.map({ Variable($0) }) else { return nil }
        let curvature = root.linear(weight: root)
        let harm = (curvature * own).sum().scalar
        return harm > 0 ? curvature * (1 / harm) : nil
    }
}
