import Channel
import Imaging
import Networks

/// The receiver's half of Editable-DeepSC: noisy, partly erased reals in, picture out (eq. 7).
package final class EditingDecoder: SemanticDecoder {
    private let space: LatentSpace
    private let student: (any StyleGenerator)?
    /// How codes come on the air.
    package let precoding: Precoding

    /// - Parameters:
    ///   - space: of the codes, the transmitter's.
    ///   - student: draws pictures of 128 pixels, in a quarter of the generator's time; without it the generator does.
    /// - Throws: `PrecodingError` when the statistics have no use.
    package init(space: LatentSpace, student: StudentGenerator? = nil) throws {
        self.space = space
        self.student = student.map { space.generator(by: $0) }
        precoding = try Precoding(space)
    }

    package var maximumDimension: Int { space.maximumDimension }

    /// Estimates the code by LMMSE under its covariance over photos and draws it.
    ///
    /// - Parameters:
    ///   - values: what the transmitter made of the code, as the channel left it, at that scale; anything where erased.
    ///     Where there are fewer than the code has numbers, the others are at the prior's mean.
    ///   - noiseVariance: of each value, at the same scale; infinite where erased.
    ///   - designSNR: Es/N0 in dB that they were made for; one without noise when nil.
    ///   - resolution: edge of the picture in pixels.
    package func decode(
        values: [Float],
        noiseVariance: [Float],
        designSNR: Int? = nil,
        resolution: Int
    ) throws -> (code: [Float], picture: Picture) {
        let count = values.count
        guard count > 0, count == noiseVariance.count, count <= space.maximumDimension else {
            throw LatentEstimatorError.invalidObservation(expected: space.maximumDimension)
        }
        let precoder = precoding.precoder(dimension: count, designSNR: designSNR)
        let estimator = try LatentEstimator(covariance: precoder.covariance, dimension: count)
        let powerScale = powerScale(values, noiseVariance, precoder.covariance)
        let offset = try estimator.estimate(values: values, noiseVariance: noiseVariance.map { $0 / powerScale })
        // A short code was found with its other numbers at the prior's mean, which is not that of longer codes.
        let code = precoder.code(of: offset) + space.statistics.mean.dropFirst(count)
        let small = resolution == 128 ? student : nil
        return (code, (small ?? space.generator).synthesizePicture(of: code, resolution: resolution))
    }

    /// How much more power this code has than codes have on average. An inverted photo lies further from the mean than
    /// a drawn latent; under the prior r·Σ the estimate is that under Σ with the noise divided by r.
    private func powerScale(_ values: [Float], _ noiseVariance: [Float], _ covariance: [Float]) -> Float {
        var (power, usual): (Float, Float) = (0, 0)
        for (index, (value, noise)) in zip(values, noiseVariance).enumerated() where noise.isFinite {
            power += value * value - noise
            usual += covariance[index * (values.count + 1)]
        }
        guard usual > 0 else { return 1 }
        return max(0.25, power / usual)
    }
}
