import Tensor

/// How codes go on the air, and what is known of the numbers there: both ends of the link share it.
///
/// Codes of photos are no latents of the generator's prior. Their mean is another (it is not sent, so that the power goes
/// into what is particular about a face), faint numbers are louder, and numbers have to do with each other.
public struct SentStatistics: Sendable {
    /// Of the numbers on the air, row-major, symmetric.
    public let covariance: [Float]
    private let mean: [Float]
    /// What codes without their mean are multiplied by, and its inverse, [n, n]; nil where they go out as they are.
    private let precoder: (matrix: Tensor, inverse: Tensor)?

    /// Codes go out as they are, without their mean.
    init(_ statistics: LatentStatistics) {
        (mean, covariance, precoder) = (statistics.mean, statistics.covariance, nil)
    }

    /// Each number by itself, with a gain of √(d/σ), σ its standard deviation over photos.
    ///
    /// The picture's loss grows by d² for each squared unit of a number (`ExpansionTrainer`). Noise of the same strength on all
    /// numbers does the least harm, for a given power Σ g²σ², with g² ∝ d/σ.
    ///
    /// - Parameters:
    ///   - photos: of codes of photos.
    ///   - deviations: d of each number.
    init(photos: LatentStatistics, deviations: [Float]) {
        precondition(photos.mean.count == deviations.count, "\(photos.mean.count) and \(deviations.count) numbers")
        let gains = zip(deviations, photos.deviations).map { ($0 / $1).squareRoot() }
        let matrix = Tensor(diagonal: gains)
        mean = photos.mean
        covariance = Self.covariance(photos, matrix).values
        precoder = (matrix, Tensor(diagonal: gains.map { 1 / $0 }))
    }

    /// All numbers together, multiplied by a matrix.
    ///
    /// - Parameters:
    ///   - photos: of codes of photos, n numbers each.
    ///   - precoder: [n, n]; `LatentStatistics.precoder` finds it.
    /// - Returns: nil when the precoder, or the covariance, is singular.
    public init?(photos: LatentStatistics, precoder: Tensor) {
        precondition(precoder.shape == [photos.mean.count, photos.mean.count], "a precoder \(precoder.shape)")
        let sent = Self.covariance(photos, precoder)
        guard let whitening = sent.inverseCholesky else { return nil }
        // P⁻¹ = ΣPᵀ·(PΣPᵀ)⁻¹
        let own = Variable(Tensor(photos.covariance, shape: precoder.shape))
        let inverse = own.linear(weight: Variable(precoder)).matmul(Variable(whitening))
            .linear(weight: Variable(whitening))
        mean = photos.mean
        covariance = sent.values
        self.precoder = (precoder, inverse.value)
    }

    /// PΣPᵀ
    private static func covariance(_ photos: LatentStatistics, _ precoder: Tensor) -> Tensor {
        let (own, matrix) = (Variable(Tensor(photos.covariance, shape: precoder.shape)), Variable(precoder))
        return matrix.matmul(own).linear(weight: matrix).value
    }

    /// What is sent for a code; its fine numbers, which have no mean, are sent as they are.
    public func values(of code: [Float]) -> [Float] {
        Self.product(precoder?.matrix, zip(code, mean).map { $0 - $1 }) + code.dropFirst(mean.count)
    }

    /// The code that is sent as these values.
    public func code(of values: [Float]) -> [Float] {
        zip(offset(of: values), mean).map { $0 + $1 } + values.dropFirst(mean.count)
    }

    /// How far from the mean the code lies that is sent as these values, n numbers: what noise becomes in the code. Values that
    /// are not there count as zero.
    public func offset(of values: [Float]) -> [Float] {
        let missing = [Float](repeating: 0, count: max(0, mean.count - values.count))
        return Self.product(precoder?.inverse, values.prefix(mean.count) + missing)
    }

    private static func product(_ matrix: Tensor?, _ values: [Float]) -> [Float] {
        guard let matrix else { return values }
        return Variable(Tensor(values, shape: [1, values.count])).linear(weight: Variable(matrix)).value.values
    }
}
