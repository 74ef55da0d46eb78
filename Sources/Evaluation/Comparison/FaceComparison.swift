import Foundation
import Imaging
import Networks
import SemanticCoding

/// What one chain made of one face at one SNR.
package struct ChainScore: Codable, Sendable, Equatable {
    package let chain: String
    /// Es/N0 in dB.
    package let snr: Double
    /// Of the noise.
    package let seed: UInt64
    /// Whether there was a picture. Without one, a grey one is scored.
    package let isDecoded: Bool
    /// Against the photo: LPIPS of both trunks, PSNR in dB, MS-SSIM, SFace cosine.
    package let lpips, lpipsAlex, psnr, similarity, cosine: Double
    /// The predictor's degrees of the picture, in the order of `AttributePredictor.attributes`.
    package let degrees: [Int]
    /// `FeatureTrunk`'s of the picture: 32-bit floats, little endian, in base 64.
    package let features: String
}

/// What all chains made of one face.
package struct FaceComparison: Codable, Sendable, Equatable {
    /// Its place among all faces of the experiment.
    package let index: Int
    package let name: String
    /// What was asked for.
    package let sentence: String?
    /// What the edited picture should show.
    package let expected: ExpectedEdit?
    /// The predictor's degrees of the photo.
    package let degrees: [Int]
    /// As of `ChainScore`, of the photo.
    package let features: String
    package let scores: [ChainScore]
}

/// Scores pictures of one face against its photo.
struct FaceJudge {
    private let networks: ComparisonNetworks
    private let photo: Picture
    private let similarity: ImageSimilarity
    private let alex: LPIPSDistance

    init(_ photo: Picture, by networks: ComparisonNetworks) {
        (self.photo, self.networks) = (photo, networks)
        similarity = ImageSimilarity(to: photo, lpips: networks.lpips, identity: networks.identity)
        alex = LPIPSDistance(to: photo.networkInput, by: networks.alex)
    }

    /// What stands for a picture that did not arrive.
    var grey: Picture { Picture(width: photo.width, height: photo.height, red: 128, green: 128, blue: 128) }

    /// - Parameter picture: as large as the photo; nil where nothing arrived.
    func score(_ picture: Picture?, chain: String, snr: Double, seed: UInt64) throws -> ChainScore {
        let shown = picture ?? grey
        let near = similarity.score(shown)
        return ChainScore(
            chain: chain,
            snr: snr,
            seed: seed,
            isDecoded: picture != nil,
            lpips: near.lpips,
            lpipsAlex: alex(shown.networkInput),
            psnr: shown.psnr(against: photo),
            similarity: try MultiScaleSSIM.between(shown, photo),
            cosine: near.cosine,
            degrees: networks.degrees(of: shown),
            features: networks.features(of: shown)
        )
    }
}

/// The networks that judge.
package struct ComparisonNetworks {
    let lpips, alex: LPIPS
    let identity: IdentityNet
    let predictor: AttributePredictor
    let trunk: FeatureTrunk

    /// - Parameters:
    ///   - resolution: edge of the pictures in pixels.
    ///   - trunk: whose features are kept.
    /// - Throws: `ModelStoreError` when a model is missing or broken.
    package init(models: ModelStore, resolution: Int, trunk: FeatureTrunk.Kind = .vgg16) throws {
        (lpips, alex) = (try models.lpips(.vgg16), try models.lpips(.alexNet))
        (identity, predictor) = (try models.identityNet(), try models.attributePredictor())
        self.trunk = try FeatureTrunk(trunk, models: models, edge: min(resolution, FeatureTrunk.usualEdge))
    }

    func degrees(of picture: Picture) -> [Int] {
        let edge = AttributePredictor.edge
        let small = picture.resizedArea(width: edge, height: edge)
        return AttributePredictor.likeliestDegrees(predictor.logits(small.networkInput).value.values)
    }

    func features(of picture: Picture) -> String {
        let values = trunk.features(of: picture)
        let bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        return Data(bytes).base64EncodedString()
    }

    /// The numbers of `features`; nil of what is none.
    static func values(_ features: String) -> [Float]? {
        guard let bytes = Data(base64Encoded: features), bytes.count.isMultiple(of: 4) else { return nil }
        return (0..<bytes.count / 4).map { place in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[4 * place + $1]) << (8 * UInt32($1)) })
        }
    }
}
