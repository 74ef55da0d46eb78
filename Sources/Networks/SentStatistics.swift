/// How codes go on the air, and what is known of the numbers there: both ends of the link share it.
///
/// Codes of photos are no latents of the generator's prior. Their mean is another (it is not sent, so that the power goes
/// into what is particular about a face), faint numbers are louder, and numbers have to do with each other.
public struct SentStatistics: Sendable {
    /// Of the numbers on the air, row-major, symmetric.
    public let covariance: [Float]
    /// What noise on each number becomes in the code: 1 / gain.
    public let noiseScales: [Float]
    private let mean: [Float]

    /// Codes go out as they are, without their mean.
    init(_ statistics: LatentStatistics) {
        mean = statistics.mean
        covariance = statistics.covariance
        noiseScales = [Float](repeating: 1, count: statistics.mean.count)
    }

    /// Each number with a gain of √(d/σ), σ its standard deviation over photos.
    ///
    /// The picture's loss grows by d² for each squared unit of a number (`ExpansionTrainer`). Noise of the same strength on all
    /// numbers does the least harm, for a given power Σ g²σ², with g² ∝ d/σ.
    ///
    /// - Parameters:
    ///   - photos: of codes of photos.
    ///   - deviations: d of each number.
    init(photos: LatentStatistics, deviations: [Float]) {
        precondition(photos.mean.count == deviations.count, "\(photos.mean.count) and \(deviations.count) numbers")
        mean = photos.mean
        let gains = zip(deviations, photos.deviations).map { ($0 / $1).squareRoot() }
        noiseScales = gains.map { 1 / $0 }
        covariance = gains.indices.flatMap { row in
            gains.indices.map { photos.covariance[row * gains.count + $0] * gains[row] * gains[$0] }
        }
    }

    /// What is sent for a code; its fine numbers, which have no mean, are sent as they are.
    public func values(of code: [Float]) -> [Float] {
        let usual = zip(zip(code, mean), noiseScales).map { ($0.0 - $0.1) / $1 }
        return usual + code.dropFirst(usual.count)
    }

    /// The code that is sent as these values.
    public func code(of values: [Float]) -> [Float] {
        let usual = zip(zip(values, mean), noiseScales).map { $0.0 * $1 + $0.1 }
        return usual + values.dropFirst(usual.count)
    }
}
