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

    public struct Spread: Encodable, Sendable {
        public let median, mean, lowest, highest: Double

        init(_ values: [Double]) {
            let sorted = values.sorted()
            median = sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
            mean = values.reduce(0, +) / Double(max(1, values.count))
            (lowest, highest) = (sorted.first ?? 0, sorted.last ?? 0)
        }
    }
}

/// Inverts aligned photos and says how near the pictures of their codes come.
public struct InversionEvaluation {
    private let encoder: ImageSemanticEncoder
    private let space: LatentSpace
    private let lpips: LPIPS
    private let identity: IdentityNet
    private let resolution: Int

    /// - Parameters:
    ///   - space: the one that `encoder` works in.
    ///   - lpips: the VGG16 variant.
    ///   - resolution: at which pictures are compared: 128, 256 or 512.
    public init(
        encoder: ImageSemanticEncoder,
        space: LatentSpace,
        lpips: LPIPS,
        identity: IdentityNet,
        resolution: Int
    ) {
        self.encoder = encoder
        self.space = space
        self.lpips = lpips
        self.identity = identity
        self.resolution = resolution
    }

    /// - Parameters:
    ///   - symbols: how many numbers of an expanded code are looked for; all by default.
    ///   - shown: gets each photo with its code's picture, both at the resolution of the comparison.
    public func score(
        photos: [Picture],
        symbols: Int? = nil,
        shown: (_ photo: Picture, _ inverted: Picture) -> Void = { _, _ in },
        progress: (Int, String) -> Void = { _, _ in }
    ) throws -> InversionScore {
        var (distances, cosines, seconds, squares): ([Double], [Double], Double, Double) = ([], [], 0, 0)
        for (index, photo) in photos.enumerated() {
            let inversion = try encoder.invert(photo, symbols: symbols) { progress(index, $0.note) }
            let target = photo.resizedArea(width: resolution, height: resolution)
            let drawn = space.generator.picture(of: inversion.code, resolution: resolution)
            let (a, b) = (pixels(target), pixels(drawn))
            distances.append(Double(lpips.distance(b, a).mean().scalar))
            cosines.append(
                Double(
                    IdentityNet.cosine(
                        identity.embedding(aligned: a).value.values,
                        identity.embedding(aligned: b).value.values
                    )
                )
            )
            seconds += inversion.seconds
            squares += space.statistics.loudness(of: inversion.code)
            shown(target, drawn)
        }
        let count = Double(max(1, photos.count))
        return InversionScore(
            pictures: photos.count,
            lpips: .init(distances),
            cosine: .init(cosines),
            loudness: (squares / count).squareRoot(),
            seconds: seconds / count
        )
    }

    private func pixels(_ picture: Picture) -> Variable {
        Variable(Tensor(picture.signed, shape: [1, picture.height, picture.width, 3]))
    }
}

extension LatentStatistics {
    /// Mean squared deviation of a code's components, in units of their mean variance.
    fileprivate func loudness(of code: [Float]) -> Double {
        let power = zip(code, mean).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        return power / variances.reduce(0) { $0 + Double($1) }
    }
}
