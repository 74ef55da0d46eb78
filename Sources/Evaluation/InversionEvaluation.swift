import Imaging
import Networks
import SemanticCoding
import Tensor

/// How well photos survive inversion.
public struct InversionScore: Encodable, Sendable {
    public let pictures: Int
    /// LPIPS (VGG16) of photo and code's picture at the resolution of the comparison.
    public let lpips: Spread
    /// SFace cosine of photo and code's picture.
    public let cosine: Spread
    /// Root mean square of the codes about their mean, in standard deviations of the prior.
    public let loudness: Double
    /// Wall-clock seconds of one inversion, mean.
    public let seconds: Double
    /// What was reached on the way: medians over the pictures, before a step.
    public let curve: [Moment]

    /// What one photo's search had come to before a step.
    public struct Moment: Codable, Sendable, Equatable {
        public let step: Int
        public let seconds, lpips, cosine: Double
    }

    /// One photo's share.
    public struct Face: Codable, Sendable, Equatable {
        public let lpips, cosine, seconds: Double
        /// Mean square of the code about the mean, in variances of the prior.
        public let power: Double
        public let curve: [Moment]
    }

    public struct Spread: Encodable, Sendable {
        public let median, mean, lowest, highest: Double

        init(_ values: [Double]) {
            let sorted = values.sorted()
            median = sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
            mean = values.reduce(0, +) / Double(max(1, values.count))
            (lowest, highest) = (sorted.first ?? 0, sorted.last ?? 0)
        }
    }

    public init(_ faces: [Face]) {
        func spread(_ value: (Face) -> Double) -> Spread { Spread(faces.map(value)) }
        pictures = faces.count
        (lpips, cosine) = (spread(\.lpips), spread(\.cosine))
        loudness = spread(\.power).mean.squareRoot()
        seconds = spread(\.seconds).mean
        let moments = Dictionary(grouping: faces.flatMap(\.curve), by: \.step)
        curve = moments.sorted { $0.key < $1.key }.map { step, found in
            func median(_ value: (Moment) -> Double) -> Double { Spread(found.map(value)).median }
            return Moment(step: step, seconds: median(\.seconds), lpips: median(\.lpips), cosine: median(\.cosine))
        }
    }
}

/// Inverts aligned photos and says how near the pictures of their codes come.
public struct InversionEvaluation {
    private let encoder: ImageSemanticEncoder
    private let identity: IdentityNet
    private let resolution: Int

    /// - Parameters:
    ///   - resolution: at which pictures are compared: 128, 256 or 512.
    public init(
        encoder: ImageSemanticEncoder,
        identity: IdentityNet,
        resolution: Int
    ) {
        self.encoder = encoder
        self.identity = identity
        self.resolution = resolution
    }

    /// - Parameters:
    ///   - symbols: how many numbers of an expanded code are looked for; all by default.
    ///   - curve: steps before which the codes are scored too; 0 is the start.
    /// - Returns: the photo's share of the score, and both pictures at the resolution of the comparison.
    public func score(
        photo: Picture,
        symbols: Int? = nil,
        curve: [Int] = [],
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
        let found = score(inversion.code, target)
        let moments = onTheWay.map { moment in
            let found = score(moment.code, target)
            return InversionScore.Moment(
                step: moment.step,
                seconds: moment.seconds,
                lpips: found.lpips,
                cosine: found.cosine
            )
        }
        let face = InversionScore.Face(
            lpips: found.lpips,
            cosine: found.cosine,
            seconds: inversion.seconds,
            power: encoder.space.statistics.power(of: inversion.code),
            curve: moments
        )
        return (face, target, found.picture)
    }

    /// A code's picture and how near it is to the photo at the resolution of the comparison.
    private func score(_ code: [Float], _ target: Picture) -> (picture: Picture, lpips: Double, cosine: Double) {
        let drawn = encoder.space.generator.picture(of: code, resolution: resolution)
        let (a, b) = (target.networkInput, drawn.networkInput)
        let cosine = IdentityNet.cosine(
            identity.embedding(aligned: a).value.values,
            identity.embedding(aligned: b).value.values
        )
        return (drawn, Double(encoder.lpips.distance(b, a).mean().scalar), Double(cosine))
    }
}

extension LatentStatistics {
    /// Mean squared deviation of a code's components, in units of their mean variance.
    fileprivate func power(of code: [Float]) -> Double {
        let power = zip(code, mean).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        return power / variances.reduce(0) { $0 + Double($1) }
    }
}
