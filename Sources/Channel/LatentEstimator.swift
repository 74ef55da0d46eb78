/// Why there is no estimate.
public enum LatentEstimatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The covariance is not `dimension × dimension`, or holds values that are not finite.
    case invalidCovariance(dimension: Int, count: Int)
    /// The observation does not have the estimator's dimension, or holds values that make no sense.
    case invalidObservation(expected: Int)
    /// The covariance has negative eigenvalues.
    case notPositiveDefinite

    /// For people: the cause and the next step.
    public var description: String {
        switch self {
        case .invalidCovariance(let dimension, let count):
            "a covariance of dimension \(dimension) has \(dimension * dimension) finite values, not \(count)"
        case .invalidObservation(let expected):
            "an observation has \(expected) finite values and as many variances ≥ 0 (infinite: erased)"
        case .notPositiveDefinite:
            "the covariance is not positive semi-definite: compute the latent statistics again"
        }
    }
}

/// The linear minimum mean square error estimate of a zero-mean code with known covariance.
///
/// With the observed components O, `ŵ = Σ[:,O] · (Σ[O,O] + D[O])⁻¹ · y[O]`, D the diagonal noise variances: erased
/// components are filled in from what they have in common with the others.
public struct LatentEstimator: Sendable {
    /// How many components a code has.
    public let dimension: Int
    private let covariance: [Double]

    /// - Parameters:
    ///   - covariance: `dimension × dimension`, row by row; it is symmetrised.
    ///   - dimension: how many components a code has.
    public init(covariance: [Float], dimension: Int) throws(LatentEstimatorError) {
        guard dimension > 0, covariance.count == dimension * dimension, covariance.allSatisfy(\.isFinite) else {
            throw .invalidCovariance(dimension: dimension, count: covariance.count)
        }
        self.dimension = dimension
        var symmetric = [Double](repeating: 0, count: covariance.count)
        for row in 0..<dimension {
            for column in 0..<dimension {
                let mirrored = covariance[column * dimension + row]
                symmetric[row * dimension + column] =
                    (Double(covariance[row * dimension + column]) + Double(mirrored)) / 2
            }
        }
        self.covariance = symmetric
    }

    /// The code from its noisy components.
    ///
    /// - Parameters:
    ///   - values: `dimension` reals, mean of the code removed.
    ///   - noiseVariance: per component, ≥ 0; infinite where erased.
    public func estimate(values: [Float], noiseVariance: [Float]) throws(LatentEstimatorError) -> [Float] {
        let weights = try weights(values: values, noiseVariance: noiseVariance)
        return (0..<dimension).map { row in
            var sum = 0.0
            for (column, weight) in weights { sum += covariance[row * dimension + column] * weight }
            return Float(sum)
        }
    }

    /// (Σ[O,O] + D[O])⁻¹ · y[O], by component: what anything is estimated by, times its covariance with the components.
    ///
    /// - Parameters: as of `estimate`.
    package func weights(
        values: [Float],
        noiseVariance: [Float]
    ) throws(LatentEstimatorError) -> [(component: Int, weight: Double)] {
        guard values.count == dimension, noiseVariance.count == dimension,
            noiseVariance.allSatisfy({ $0 >= 0 }),
            zip(values, noiseVariance).allSatisfy({ $0.isFinite || $1 == .infinity })
        else { throw .invalidObservation(expected: dimension) }
        let observed = (0..<dimension).filter { noiseVariance[$0].isFinite }
        guard !observed.isEmpty else { return [] }
        let count = observed.count
        var system = [Double](repeating: 0, count: count * count)
        for (row, i) in observed.enumerated() {
            for (column, j) in observed.enumerated() {
                system[row * count + column] = covariance[i * dimension + j]
            }
            system[row * count + row] += Double(noiseVariance[i])
        }
        let weights = try solve(system, count: count, right: observed.map { Double(values[$0]) })
        return zip(observed, weights).map { (component: $0, weight: $1) }
    }

    // A noiseless observation of a code that fills a subspace only makes the system singular: a ridge far below the
    // code's own variance settles it.
    private func solve(_ system: [Double], count: Int, right: [Double]) throws(LatentEstimatorError) -> [Double] {
        let meanVariance = (0..<count).reduce(0.0) { $0 + system[$1 * count + $1] } / Double(count)
        for ridge in [0, 1e-10, 1e-7] {
            var ridged = system
            for index in 0..<count { ridged[index * count + index] += ridge * meanVariance }
            if let factor = CholeskyFactor(of: ridged, dimension: count) { return factor.solve(right) }
        }
        throw .notPositiveDefinite
    }
}
