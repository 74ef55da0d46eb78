import Tensor

/// How unlike the codes of photos a code is: what a search for one keeps small.
public struct CodePrior: Sendable {
    private let mean: Tensor
    /// [k, k], upper triangular: a code without its mean, times this, has the covariance 1 over faces. Nil where the covariance
    /// is singular.
    private let whitening: Tensor?

    /// - Parameter photos: of photos' codes, k numbers each.
    public init(_ photos: LatentStatistics) {
        let count = photos.mean.count
        mean = Tensor(photos.mean, shape: [1, count])
        whitening = Tensor(photos.covariance, shape: [count, count]).inverseCholesky
    }

    /// A code's [1, n] squared Mahalanobis distance from photos' mean, over the numbers that count; about 1 for a photo's. Zero
    /// where the codes' covariance is singular.
    ///
    /// - Parameters:
    ///   - code: [1, n].
    ///   - count: how many of the numbers, the first ones, were looked for; the usual ones of them count.
    public func squaredMahalanobisDistance(of code: Variable, count: Int) -> Variable {
        guard let whitening else { return Variable(Tensor(zeros: [])) }
        let usual = mean.count
        let offset = code.slice(axis: 1, range: 0..<usual) - Variable(mean)
        return offset.matmul(Variable(whitening)).slice(axis: 1, range: 0..<min(count, usual)).squared().mean()
    }
}
