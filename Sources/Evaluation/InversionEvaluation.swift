import Imaging
import Networks
import SemanticCoding
import Tensor

/// Under which inversions are scored.
package struct InversionConditions: Codable, Sendable, Equatable {
    let settings: SemanticSettings
    /// Whether they are those of first pictures.
    let isDraft: Bool?
    let symbols: Int?
    let curve: [Int]
    let snrs: [Double]
    /// How codes are sent; nil where there are no SNRs.
    let link: String?
    /// Files of networks that were tried instead of the installed ones.
    let tried: [String]

    package init(
        settings: SemanticSettings,
        isDraft: Bool? = nil,
        symbols: Int?,
        curve: [Int],
        snrs: [Double],
        tried: [String]
    ) {
        (self.settings, self.isDraft, self.symbols, self.curve) = (settings, isDraft, symbols, curve)
        (self.snrs, self.tried) = (snrs, tried)
        link = snrs.isEmpty ? nil : "modem"
    }
}

/// How well photos survive inversion.
package struct InversionScore: Encodable, Sendable {
    package let pictures: Int
    /// LPIPS (VGG16) of photo and code's picture at the resolution of the comparison.
    package let lpips: Spread
    /// SFace cosine of photo and code's picture.
    package let cosine: Spread
    /// Root mean square of the codes about their mean, in standard deviations of the prior.
    package let deviation: Double
    /// Wall-clock seconds of one inversion, mean.
    package let seconds: Double
    /// What was reached on the way: medians over the pictures, before a step.
    package let curve: [Moment]
    /// Medians of the received pictures against the photos, at each SNR.
    package let received: [Reception]

    /// What one photo's search had come to before a step.
    package struct Moment: Codable, Sendable, Equatable {
        package let step: Int
        package let seconds, lpips, cosine: Double
    }

    /// How near the picture that is received of the code comes to the photo.
    package struct Reception: Codable, Sendable, Equatable {
        /// Of the channel's reals, in dB.
        package let snr: Double
        package let lpips, cosine: Double
    }

    /// One photo's share.
    package struct Face: Codable, Sendable, Equatable {
        package let lpips, cosine, seconds: Double
        /// Mean square of the code about the mean, in variances of the prior.
        package let power: Double
        package let curve: [Moment]
        package let received: [Reception]
    }

    package struct Spread: Encodable, Sendable {
        package let median, mean, lowest, highest: Double

        init(_ values: [Double]) {
            let sorted = values.sorted()
            median = sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
            mean = values.reduce(0, +) / Double(max(1, values.count))
            (lowest, highest) = (sorted.first ?? 0, sorted.last ?? 0)
        }
    }

    package init(_ faces: [Face]) {
        func spread(_ value: (Face) -> Double) -> Spread { Spread(faces.map(value)) }
        pictures = faces.count
        (lpips, cosine) = (spread(\.lpips), spread(\.cosine))
        deviation = spread(\.power).mean.squareRoot()
        seconds = spread(\.seconds).mean
        let moments = Dictionary(grouping: faces.flatMap(\.curve), by: \.step)
        curve = moments.sorted { $0.key < $1.key }.map { step, found in
            func median(_ value: (Moment) -> Double) -> Double { Spread(found.map(value)).median }
            return Moment(step: step, seconds: median(\.seconds), lpips: median(\.lpips), cosine: median(\.cosine))
        }
        let receptions = Dictionary(grouping: faces.flatMap(\.received), by: \.snr)
        received = receptions.sorted { $0.key < $1.key }.map { snr, found in
            let (lpips, cosine) = (Spread(found.map(\.lpips)), Spread(found.map(\.cosine)))
            return Reception(snr: snr, lpips: lpips.median, cosine: cosine.median)
        }
    }
}

/// Inverts aligned photos and says how near the pictures of their codes come.
package struct InversionEvaluation {
    private let encoder: ImageSemanticEncoder
    private let identity: IdentityNet
    private let resolution: Int
    private let receiver: EditingDecoder

    /// - Parameter resolution: at which pictures are compared: 128, 256 or 512.
    /// - Throws: when the codes' statistics have no use.
    package init(encoder: ImageSemanticEncoder, identity: IdentityNet, resolution: Int) throws {
        (self.encoder, self.identity, self.resolution) = (encoder, identity, resolution)
        receiver = try EditingDecoder(space: encoder.space)
    }

    /// - Parameters:
    ///   - symbols: how many numbers of an expanded code are looked for; all by default.
    ///   - curve: steps before which the codes are scored too; 0 is the start.
    ///   - snrs: of channels through which the code is sent, in dB.
    ///   - seed: of their noise.
    /// - Returns: the photo's share of the score, and both pictures at the resolution of the comparison.
    package func score(
        photo: Picture,
        symbols: Int? = nil,
        curve: [Int] = [],
        snrs: [Double] = [],
        seed: UInt64 = 1,
        progress: (String) -> Void = { _ in }
    ) throws -> (face: InversionScore.Face, photo: Picture, inverted: Picture) {
        var onTheWay: [InversionMoment] = []
        let inversion = try encoder.invert(
            photo,
            symbols: symbols,
            progress: { progress($0.note) },
            observer: { if curve.contains($0.step) { onTheWay.append($0) } }
        )
        let target = photo.resizedArea(width: resolution, height: resolution)
        let similarity = ImageSimilarity(to: target, lpips: encoder.lpips, identity: identity)
        func picture(_ code: [Float]) -> Picture {
            encoder.space.generator.synthesizePicture(of: code, resolution: resolution)
        }
        let inverted = picture(inversion.code)
        let found = similarity.score(inverted)
        let moments = onTheWay.map { moment in
            let found = similarity.score(picture(moment.code))
            return InversionScore.Moment(
                step: moment.step,
                seconds: moment.seconds,
                lpips: found.lpips,
                cosine: found.cosine
            )
        }
        var link = SimulatedLink(seed: seed)
        let dimension = symbols ?? inversion.code.count
        let received = try snrs.map { snr in
            let designSNR = encoder.space.kind.designSNR(on: snr)
            let precoder = receiver.precoding.precoder(dimension: dimension, designSNR: designSNR)
            let sent = precoder.values(of: inversion.code)
            let reals = try link.received(sent, snr: snr)
            let picture = try receiver.decode(
                values: reals.values,
                noiseVariance: reals.noiseVariance,
                designSNR: designSNR,
                resolution: resolution
            ).picture
            let found = similarity.score(picture)
            return InversionScore.Reception(snr: snr, lpips: found.lpips, cosine: found.cosine)
        }
        let face = InversionScore.Face(
            lpips: found.lpips,
            cosine: found.cosine,
            seconds: inversion.seconds,
            power: encoder.space.statistics.power(of: inversion.code),
            curve: moments,
            received: received
        )
        return (face, target, inverted)
    }
}

extension LatentStatistics {
    /// Mean squared deviation of a code's components, in units of their mean variance.
    fileprivate func power(of code: [Float]) -> Double {
        let power = zip(code, mean).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        return power / variances.reduce(0) { $0 + Double($1) }
    }
}
