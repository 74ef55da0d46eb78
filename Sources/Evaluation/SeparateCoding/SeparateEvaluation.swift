import Channel
import Glibc
import Imaging
import Networks
import SemanticCoding
import Tensor

/// What the classical chain made of one face at one SNR.
package struct SeparateScore: Codable, Sendable, Equatable {
    package let face: String
    /// The picture format; `bound`: the best of them all at as many bits as the channel's capacity.
    package let mode: String
    /// Es/N0 of the channel in dB.
    package let snr: Double
    /// Modulation and code rate; nil for the bound, and where none carries anything.
    package let scheme: String?
    /// Bytes that the scheme carries, and those of them that the picture took; 0: it did not fit.
    package let capacity, bytes: Int
    /// Whether there was a picture. Without one, a grey one is scored.
    package let isDecoded: Bool
    /// LPIPS of the trunks VGG16 and AlexNet, and the SFace cosine, of the picture and the photo.
    package let lpips, lpipsAlex, cosine: Double
    /// In dB.
    package let psnr: Double
}

/// Under which pictures are sent.
package struct SeparateConditions: Codable, Sendable, Equatable {
    let coders: [ImageCoder]
    let channelUses, resolution: Int
    let snrs: [Double]
    let seed: UInt64

    package init(coders: [ImageCoder], channelUses: Int, resolution: Int, snrs: [Double], seed: UInt64) {
        (self.coders, self.channelUses, self.resolution) = (coders, channelUses, resolution)
        (self.snrs, self.seed) = (snrs, seed)
    }
}

/// Sends pictures as the classical chain does: a picture format, 5G NR's LDPC code, QAM, through the daemons' modem.
package struct SeparateEvaluation {
    private let conditions: SeparateConditions
    private let lpips, alex: LPIPS
    private let identity: IdentityNet
    private let links: [(snr: Double, scheme: TransmissionScheme, code: TransportBlockCode)]

    /// Finds the scheme for each SNR.
    ///
    /// - Throws: `ModelStoreError` when a model is missing or broken.
    package init(models: ModelStore, conditions: SeparateConditions) throws {
        self.conditions = conditions
        lpips = try models.lpips(.vgg16)
        alex = try models.lpips(.alexNet)
        identity = try models.identityNet()
        links = conditions.snrs.compactMap { snr in
            LinkAdaptation.scheme(channelUses: conditions.channelUses, snr: snr, seed: conditions.seed).map {
                (snr, $0.scheme, $0.code)
            }
        }
    }

    /// - Parameters:
    ///   - photo: a square in the FFHQ frame.
    ///   - name: of the face.
    /// - Throws: `PictureError`.
    package func scores(photo: Picture, name: String) throws -> [SeparateScore] {
        let edge = conditions.resolution
        let target = photo.resizedArea(width: edge, height: edge)
        let judge = Judge(target, self, face: name)
        // The same bytes give the same picture at every SNR.
        var known: [ImageCoder: [Int: (picture: Picture, payload: Int)?]] = [:]
        func coded(_ coder: ImageCoder, _ bytes: Int) throws -> (picture: Picture, payload: Int)? {
            if let found = known[coder]?[bytes] { return found }
            let found = try coder.sharpest(target, bytes: bytes)
            known[coder, default: [:]][bytes] = .some(found)
            return found
        }
        var scores: [SeparateScore] = []
        for snr in conditions.snrs {
            let link = links.first { $0.snr == snr }
            for coder in conditions.coders {
                let capacity = link?.code.payloadBytes ?? 0
                let picture = capacity > 0 ? try coded(coder, capacity) : nil
                let isDecoded = picture.map { arrives($0.payload, link?.code, snr, name) } ?? false
                scores.append(
                    judge.score(
                        isDecoded ? picture : nil,
                        mode: coder.rawValue,
                        snr: snr,
                        scheme: link?.scheme.description,
                        capacity: capacity
                    )
                )
            }
            let capacity = Self.capacity(channelUses: conditions.channelUses, snr: snr)
            let bounds = try conditions.coders.map { coder in
                judge.score(try coded(coder, capacity), mode: "bound", snr: snr, scheme: nil, capacity: capacity)
            }
            if let best = bounds.min(by: { $0.lpips < $1.lpips }) { scores.append(best) }
        }
        return scores
    }

    /// Bytes that Shannon's capacity of the complex AWGN channel lets through.
    static func capacity(channelUses: Int, snr: Double) -> Int {
        Int(Double(channelUses) * log2(1 + pow(10, snr / 10)) / 8)
    }

    /// Whether a block with a picture in it arrives.
    private func arrives(_ bytes: Int, _ code: TransportBlockCode?, _ snr: Double, _ name: String) -> Bool {
        guard let code else { return false }
        let seed = SimulatedLink.seed(of: name, from: conditions.seed)
        var random = SeededGenerator(seed: seed)
        // The bits of a good source code look random.
        let payload = (0..<code.payloadBytes).map { $0 < bytes ? UInt8(truncatingIfNeeded: random.next()) : 0 }
        var link = SimulatedLink(seed: seed)
        return code.sent(payload, over: &link, snr: snr) == payload
    }

    /// Compares pictures with a photo.
    private struct Judge {
        let face: String
        let target: Picture
        let similarity: ImageSimilarity
        let lpipsAlex: LPIPSDistance

        init(_ target: Picture, _ evaluation: SeparateEvaluation, face: String) {
            (self.face, self.target) = (face, target)
            similarity = ImageSimilarity(to: target, lpips: evaluation.lpips, identity: evaluation.identity)
            lpipsAlex = LPIPSDistance(to: target.networkInput, by: evaluation.alex)
        }

        func score(
            _ coded: (picture: Picture, payload: Int)?,
            mode: String,
            snr: Double,
            scheme: String?,
            capacity: Int
        ) -> SeparateScore {
            let grey = Picture(width: target.width, height: target.height, red: 128, green: 128, blue: 128)
            let picture = coded?.picture ?? grey
            let found = similarity.score(picture)
            return SeparateScore(
                face: face,
                mode: mode,
                snr: snr,
                scheme: scheme,
                capacity: capacity,
                bytes: coded?.payload ?? 0,
                isDecoded: coded != nil,
                lpips: found.lpips,
                lpipsAlex: lpipsAlex(picture.networkInput),
                cosine: found.cosine,
                psnr: picture.psnr(against: target)
            )
        }
    }
}

/// What all faces came to in one format at one SNR.
package struct SeparateSummary: Encodable, Sendable {
    package let mode: String
    package let snr: Double
    package let scheme: String?
    package let pictures, capacity: Int
    /// Share of the pictures that arrived.
    package let decoded: Double
    /// Medians.
    package let lpips, lpipsAlex, cosine, psnr: Double

    /// One for each format and SNR, in the order in which they occur.
    package static func all(of scores: [SeparateScore]) -> [SeparateSummary] {
        scores.grouped { $0.mode == $1.mode && $0.snr == $1.snr }.map { first, scores in
            func median(_ value: (SeparateScore) -> Double) -> Double {
                InversionScore.Spread(scores.map(value)).median
            }
            return SeparateSummary(
                mode: first.mode,
                snr: first.snr,
                scheme: first.scheme,
                pictures: scores.count,
                capacity: first.capacity,
                decoded: Double(scores.count(where: \.isDecoded)) / Double(scores.count),
                lpips: median(\.lpips),
                lpipsAlex: median(\.lpipsAlex),
                cosine: median(\.cosine),
                psnr: median(\.psnr)
            )
        }
    }
}
