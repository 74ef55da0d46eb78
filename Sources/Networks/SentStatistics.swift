import Tensor

/// How codes of one length go on the air, and what is known of the numbers there: both ends of the link share it.
///
/// Codes of photos are no latents of the generator's prior. Their mean is another (it is not sent, so that the power goes
/// into what is particular about a face), faint numbers are louder, and numbers have to do with each other.
public struct SentStatistics: Sendable {
    /// Of the k numbers on the air, row-major, symmetric.
    public let covariance: [Float]
    private let mean: [Float]
    /// What codes without their mean are multiplied by, and its inverse, [k, k]; nil where they go out as they are.
    private let precoder: (matrix: Tensor, inverse: Tensor)?

    /// Codes go out as they are, without their mean.
    init(_ statistics: LatentStatistics) {
        (mean, covariance, precoder) = (statistics.mean, statistics.covariance, nil)
    }

    /// All numbers together, multiplied by a matrix.
    ///
    /// - Parameters:
    ///   - photos: of codes of photos, k numbers each.
    ///   - precoder: [k, k]; `LatentStatistics.precoder` finds it.
    /// - Returns: nil when the precoder, or the covariance, is singular.
    public init?(photos: LatentStatistics, precoder: Tensor) {
        precondition(precoder.shape == [photos.mean.count, photos.mean.count], "a precoder \(precoder.shape)")
        let (own, matrix) = (Variable(Tensor(photos.covariance, shape: precoder.shape)), Variable(precoder))
        let sent = matrix.matmul(own).linear(weight: matrix).value
        guard let whitening = sent.inverseCholesky.map({ Variable($0) }) else { return nil }
        // P⁻¹ = ΣPᵀ·(PΣPᵀ)⁻¹
        let inverse = own.linear(weight: matrix).matmul(whitening).linear(weight: whitening)
        self.init(mean: photos.mean, covariance: sent, matrix: precoder, inverse: inverse.value)
    }

    /// - Parameters:
    ///   - mean: of the k numbers.
    ///   - covariance: of the numbers on the air, [k, k], as `matrix` [k, k] makes them.
    init(mean: [Float], covariance: Tensor, matrix: Tensor, inverse: Tensor) {
        self.mean = mean
        self.covariance = covariance.values
        precoder = (matrix, inverse)
    }

    /// The precoder [k, k] and its inverse, as `Precoding` builds on them.
    var matrices: (matrix: Tensor, inverse: Tensor) {
        let one = [Float](repeating: 1, count: mean.count)
        return precoder ?? (Tensor(diagonal: one), Tensor(diagonal: one))
    }

    /// The k values that are sent for a code; numbers that it has beyond are not sent.
    public func values(of code: [Float]) -> [Float] {
        let missing = [Float](repeating: 0, count: max(0, mean.count - code.count))
        return Self.product(precoder?.matrix, zip(code + missing, mean).map { $0 - $1 })
    }

    /// The code of k numbers that is sent as these k values.
    public func code(of values: [Float]) -> [Float] {
        zip(offset(of: values), mean).map { $0 + $1 }
    }

    /// How far from the mean the code lies that is sent as these k values: what noise becomes in the code.
    public func offset(of values: [Float]) -> [Float] {
        Self.product(precoder?.inverse, values)
    }

    private static func product(_ matrix: Tensor?, _ values: [Float]) -> [Float] {
        guard let matrix else { return values }
        return Variable(Tensor(values, shape: [1, values.count])).linear(weight: Variable(matrix)).value.values
    }
}
