import Imaging
import Networks
import SemanticCoding

/// What one face came to at one SNR.
package struct SNRScore: Codable, Sendable, Equatable {
    package let face: String
    /// How the code was made for the channel.
    package let mode: SNREvaluation.Mode
    /// Es/N0 of the channel in dB; nil for what is sent.
    package let snr: Double?
    /// Es/N0 in dB that the code was made for.
    package let designSNR: Int?
    /// LPIPS (VGG16) and SFace cosine of the picture and the photo.
    package let lpips, cosine: Double
    /// The same of the received picture and that of the code as sent.
    package let lpipsToSent, cosineToSent: Double
}

/// Sends one code of each face at many SNRs, made for them in different ways, through the daemons' modem.
package struct SNREvaluation {
    /// How the code is made for the channel.
    package enum Mode: String, Codable, Sendable, CaseIterable {
        /// Without regard to the noise.
        case blind
        /// Power allocated for the SNR.
        case linear
        /// And the code matched to the channel.
        case full
    }

    private let encoder: ImageSemanticEncoder
    private let receiver: EditingDecoder
    private let matching: ChannelMatching
    private let identity: IdentityNet
    private let settings: ChannelMatchingSettings

    /// - Parameter receiver: of the encoder's codes.
    package init(
        encoder: ImageSemanticEncoder,
        receiver: EditingDecoder,
        matching: ChannelMatching,
        identity: IdentityNet,
        settings: ChannelMatchingSettings
    ) {
        (self.encoder, self.receiver, self.matching) = (encoder, receiver, matching)
        (self.identity, self.settings) = (identity, settings)
    }

    /// - Parameters:
    ///   - photo: a square in the FFHQ frame.
    ///   - name: of the face.
    ///   - snrs: in dB; the code is made for `mismatch` dB more.
    ///   - seeds: of the noise.
    /// - Throws: what `progress` throws, and when nothing is heard of a transmission again and again.
    package func scores(
        photo: Picture,
        name: String,
        modes: [Mode],
        snrs: [Double],
        mismatch: Int = 0,
        seeds: [UInt64],
        progress: (String) throws -> Void
    ) throws -> [SNRScore] {
        let edge = InversionEncoder.edge
        let target = photo.resizedArea(width: edge, height: edge)
        let similarity = ImageSimilarity(to: target, lpips: encoder.lpips, identity: identity)
        let inversion = try encoder.invert(target) { try progress($0.note) }
        var scores: [SNRScore] = []
        func picture(_ code: [Float]) -> Picture {
            encoder.space.generator.synthesizePicture(of: code, resolution: edge)
        }
        let inverted = similarity.score(picture(inversion.code))
        scores.append(
            SNRScore(
                face: name,
                mode: .blind,
                snr: nil,
                designSNR: nil,
                lpips: inverted.lpips,
                cosine: inverted.cosine,
                lpipsToSent: 0,
                cosineToSent: 1
            )
        )
        for snr in snrs {
            for mode in modes {
                let design = mode == .blind ? nil : Int(snr.rounded()) + mismatch
                var code = inversion.code
                if mode == .full, let design {
                    code = try matching.match(
                        code,
                        to: target,
                        face: target,
                        snr: Double(design),
                        settings: settings
                    ) { try progress("\(snr) dB, \($0.note)") }
                }
                let asSent = ImageSimilarity(to: picture(code), lpips: encoder.lpips, identity: identity)
                let sent = receiver.precoding.precoder(dimension: code.count, designSNR: design).values(of: code)
                for seed in seeds {
                    var link = SimulatedLink(seed: seed)
                    let reals = try link.received(sent, snr: snr)
                    let received = try receiver.decode(
                        values: reals.values,
                        noiseVariance: reals.noiseVariance,
                        designSNR: design,
                        resolution: edge
                    ).picture
                    let (toPhoto, toSent) = (similarity.score(received), asSent.score(received))
                    scores.append(
                        SNRScore(
                            face: name,
                            mode: mode,
                            snr: snr,
                            designSNR: design,
                            lpips: toPhoto.lpips,
                            cosine: toPhoto.cosine,
                            lpipsToSent: toSent.lpips,
                            cosineToSent: toSent.cosine
                        )
                    )
                }
            }
        }
        return scores
    }
}

/// What all faces came to at one SNR.
package struct SNRSummary: Encodable, Sendable {
    /// SFace's published threshold: the same person above it.
    package static let samePerson = 0.363

    package let mode: SNREvaluation.Mode
    package let snr: Double?
    package let pictures: Int
    /// Medians.
    package let lpips, cosine, lpipsToSent, cosineToSent: Double
    /// Share of cosines above `samePerson`.
    package let same: Double

    /// One for each mode and SNR, in the order in which they occur.
    package static func all(of scores: [SNRScore]) -> [SNRSummary] {
        var groups: [(first: SNRScore, scores: [SNRScore])] = []
        for score in scores {
            let place = groups.firstIndex { $0.first.mode == score.mode && $0.first.snr == score.snr }
            if let place { groups[place].scores.append(score) } else { groups.append((score, [score])) }
        }
        return groups.map { first, scores in
            func median(_ value: (SNRScore) -> Double) -> Double { InversionScore.Spread(scores.map(value)).median }
            return SNRSummary(
                mode: first.mode,
                snr: first.snr,
                pictures: scores.count,
                lpips: median(\.lpips),
                cosine: median(\.cosine),
                lpipsToSent: median(\.lpipsToSent),
                cosineToSent: median(\.cosineToSent),
                same: Double(scores.count { $0.cosine > samePerson }) / Double(max(1, scores.count))
            )
        }
    }
}
