import Channel
import Imaging
import Networks

/// The receiver's half: noisy, partly erased channel reals in, picture out (eq. 7).
public final class SemanticReceiver: Sendable {
    private let space: LatentSpace
    private let student: (any StyleGenerator)?
    /// Of codes of the usual length.
    private let estimator: LatentEstimator

    /// - Parameters:
    ///   - space: of the codes, the transmitter's.
    ///   - student: draws pictures of 128 pixels, in a quarter of the generator's time; without it the generator does.
    /// - Throws: when the statistics' covariance has no use.
    public init(space: LatentSpace, student: StudentGenerator? = nil) throws {
        self.space = space
        self.student = student.map { space.drawn(by: $0) }
        let usual = space.usualLength
        estimator = try LatentEstimator(covariance: space.sent(usual).covariance, dimension: usual)
    }

    /// Reals of the longest code that can be drawn.
    public var mostReals: Int { space.greatestLength }

    /// Estimates the code by LMMSE under its covariance over photos and draws it.
    ///
    /// - Parameters:
    ///   - values: what the transmitter made of the code, as the channel left it, at that scale; anything where erased.
    ///     Where there are fewer than the code has numbers, the others are at the prior's mean.
    ///   - noiseVariance: of each value, at the same scale; infinite where erased.
    ///   - resolution: edge of the picture in pixels.
    public func decode(
        values: [Float],
        noiseVariance: [Float],
        resolution: Int
    ) throws -> (code: [Float], picture: Picture) {
        let count = values.count
        guard count > 0, count == noiseVariance.count, count <= space.greatestLength else {
            throw LatentEstimatorError.invalidObservation(expected: space.greatestLength)
        }
        let sent = space.sent(count)
        let estimator =
            try count == space.usualLength
            ? estimator : LatentEstimator(covariance: sent.covariance, dimension: count)
        let louder = powerRatio(values, noiseVariance, sent.covariance)
        let offset = try estimator.estimate(values: values, noiseVariance: noiseVariance.map { $0 / louder })
        // A short code was found with its other numbers at the prior's mean, which is not that of longer codes.
        let code = sent.code(of: offset) + space.statistics.mean.dropFirst(count)
        let small = resolution == 128 ? student : nil
        return (code, (small ?? space.generator).picture(of: code, resolution: resolution))
    }

    /// How much louder this code is than codes are on average. An inverted photo lies further from the mean than
    /// a drawn latent; under the prior r·Σ the estimate is that under Σ with the noise divided by r.
    private func powerRatio(_ values: [Float], _ noiseVariance: [Float], _ covariance: [Float]) -> Float {
        var (power, usual): (Float, Float) = (0, 0)
        for (index, (value, noise)) in zip(values, noiseVariance).enumerated() where noise.isFinite {
            power += value * value - noise
            usual += covariance[index * (values.count + 1)]
        }
        guard usual > 0 else { return 1 }
        return max(0.25, power / usual)
    }
}
