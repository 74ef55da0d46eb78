import Tensor

/// The Fréchet distance of two sets of pictures' features, each taken for a normal distribution (Heusel et al. 2017,
/// FID): |μ₁ − μ₂|² + tr S₁ + tr S₂ − 2 tr (S₁S₂)^½, with the covariances S unbiased, as pytorch-fid has them.
///
/// It falls as sets grow: compare only values of as many pictures. With fewer pictures than features the covariances
/// are singular; the value is exact none the less.
package enum FrechetDistance {
    /// - Parameters:
    ///   - one: the features of one set, [n, d].
    ///   - other: of the other, [m, d].
    /// - Returns: the distance, not negative, in squared units of the features.
    /// - Throws: `MetricError`.
    package static func between(_ one: DoubleMatrix, _ other: DoubleMatrix) throws(MetricError) -> Double {
        try MetricError.check(one, other)
        let shift = zip(one.mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let (a, b) = (one.centred, other.centred)
        let (n, m) = (Double(one.rows - 1), Double(other.rows - 1))
        // S₁ = AᵀA/(n − 1), and so for S₂: the factors come out of the root.
        guard let root = a.traceOfRoot(with: b) else { throw .notFinite }
        let distance = shift + a.squares / n + b.squares / m - 2 * root / (n * m).squareRoot()
        guard distance.isFinite else { throw .notFinite }
        return max(0, distance)
    }
}

extension DoubleMatrix {
    /// The sum of all elements' squares, which is the trace of AᵀA.
    fileprivate var squares: Double { values.reduce(0) { $0 + $1 * $1 } }
}
