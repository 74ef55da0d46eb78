import Channel
import Imaging
import Networks

/// The receiver's half: noisy, partly erased channel reals in, picture out (eq. 7).
public final class SemanticReceiver: Sendable {
    private let space: LatentSpace
    private let student: (any StyleGenerator)?
    /// Of whole codes, and of short ones.
    private let estimators: (whole: LatentEstimator, short: LatentEstimator)

    /// - Parameters:
    ///   - space: of the codes, the transmitter's.
    ///   - student: draws pictures of 128 pixels, in a quarter of the generator's time; without it the generator does.
    /// - Throws: when the statistics' covariance has no use.
    public init(space: LatentSpace, student: StudentGenerator? = nil) throws {
        self.space = space
        self.student = student.map { space.drawn(by: $0) }
        let usual = space.usualLength
        estimators = (
            try LatentEstimator(covariance: space.sent(usual).covariance, dimension: usual),
            try LatentEstimator(covariance: space.sent(0).covariance, dimension: usual)
        )
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
        let usual = space.usualLength
        guard values.count == noiseVariance.count, values.count <= space.greatestLength else {
            throw LatentEstimatorError.invalidObservation(expected: space.greatestLength)
        }
        let sent = space.sent(values.count)
        let estimator = values.count < usual ? estimators.short : estimators.whole
        // What was not sent says nothing of what was.
        let unsent = max(0, usual - values.count)
        let first = Array(values.prefix(usual)) + [Float](repeating: 0, count: unsent)
        let noise = Array(noiseVariance.prefix(usual)) + [Float](repeating: .infinity, count: unsent)
        let louder = powerRatio(first, noise, sent.covariance)
        let offset = try estimator.estimate(values: first, noiseVariance: noise.map { $0 / louder })
        // The fine numbers have nothing to do with each other: their estimates are the values, shrunk.
        let fine = (usual..<max(usual, values.count)).map { index in
            let (noise, deviation) = (noiseVariance[index], space.deviations[index])
            let power = deviation * deviation * louder
            return noise.isFinite && values[index].isFinite ? values[index] * power / (power + noise) : 0
        }
        var code = sent.code(of: offset + fine)
        // A short code was found with its other numbers at the prior's mean, which is not that of longer codes.
        for index in code.indices.dropFirst(values.count) { code[index] = space.statistics.mean[index] }
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
