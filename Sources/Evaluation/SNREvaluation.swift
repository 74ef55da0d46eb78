import Channel
import Imaging
import Networks
import SemanticCoding
import SemanticTraining

/// What one face came to at one SNR.
package struct SNRScore: Codable, Sendable, Equatable {
    package let face: String
    /// How the code was made for the channel.
    package let mode: SNREvaluation.Mode
    /// Es/N0 of the channel in dB; nil for what is sent.
    package let snr: Double?
    /// Es/N0 in dB that the code was made for.
    package let designSNR: Int?
    /// Expected harm of the code's errors, as a share of that of a code of which nothing arrives, as the receiver sees it.
    package let expectedError: Double?
    /// What the receiver expects of its picture.
    package let expected: ExpectedLikeness?
    /// Es/N0 in dB as the receiver estimated it.
    package let estimatedSNR: Double?
    /// Transmissions that the receiver combined; nil for one.
    package let copies: Int?
    /// LPIPS (VGG16) and SFace cosine of the picture and the photo.
    package let lpips, cosine: Double
    /// LPIPS of the trunk AlexNet, which is in no loss.
    package let lpipsAlex: Double?
    /// The same of the received picture and that of the code as sent.
    package let lpipsToSent, cosineToSent: Double
}

extension SNRScore {
    /// Whether SFace takes the received picture for the same person.
    package var isSamePerson: Bool { cosine > Likeness.samePerson }

    /// Whether a receiver with the shipped `least_likeness` would mark it.
    var isDoubted: Bool { (expected?.samePerson ?? 1) < 0.5 }
}

/// Scores at many SNRs, face by face.
package typealias SNRRecord = EvaluationRecord<SNRConditions, [SNRScore]>

extension SNRScore {
    /// What `LikenessTrainer` learns from it; nil of what was not received.
    package var example: LikenessTrainer.Example? {
        expectedError.map {
            .init(mode: mode == .full ? .full : .linear, error: $0, lpips: lpips, isSamePerson: isSamePerson)
        }
    }
}

/// How well receivers know what they do not know.
package struct Calibration: Encodable, Sendable {
    let pictures: Int
    /// Expected calibration error of the same-person probability: the mean distance of probability and share in ten classes of
    /// probability, weighted by the pictures in them.
    let calibrationError: Double
    /// Mean absolute error of the expected LPIPS.
    let lpipsError: Double

    /// Nil where nothing was expected.
    package init?(of scores: [SNRScore]) {
        let known = scores.compactMap { score in score.expected.map { (score: score, expected: $0) } }
        guard !known.isEmpty else { return nil }
        let classes = Dictionary(grouping: known) { min(9, Int($0.expected.samePerson * 10)) }.values
        let distances = classes.map { members in
            abs(members.reduce(0) { $0 + $1.expected.samePerson - ($1.score.isSamePerson ? 1 : 0) })
        }
        pictures = known.count
        calibrationError = distances.reduce(0, +) / Double(known.count)
        lpipsError = known.reduce(0) { $0 + abs($1.expected.lpips - $1.score.lpips) } / Double(known.count)
    }
}

/// When a receiver asks for another copy of a transmission, as rx-daemon's `[quality]` has it.
package struct CopyPolicy: Codable, Sendable, Equatable {
    /// Copies at most, the first included.
    let most: Int
    /// Probability that the picture shows the same person, below which another one is asked for.
    let leastLikeness: Double

    package init(most: Int, leastLikeness: Double) { (self.most, self.leastLikeness) = (most, leastLikeness) }
}

/// Under which codes are sent.
package struct SNRConditions: Codable, Sendable, Equatable {
    let settings: SemanticSettings
    let matching: ChannelMatchingSettings
    let modes: [SNREvaluation.Mode]
    let snrs: [Double]
    let mismatch: Int
    let fading: SNREvaluation.FadingKind?
    let seeds: [UInt64]
    /// When the receiver asks for further copies; nil where it takes one.
    let copies: CopyPolicy?
    /// Digest of the models.
    let models: String

    package init(
        settings: SemanticSettings,
        matching: ChannelMatchingSettings,
        modes: [SNREvaluation.Mode],
        snrs: [Double],
        mismatch: Int,
        fading: SNREvaluation.FadingKind?,
        seeds: [UInt64],
        copies: CopyPolicy? = nil,
        models: String
    ) {
        (self.settings, self.matching, self.modes, self.snrs) = (settings, matching, modes, snrs)
        (self.mismatch, self.fading, self.seeds) = (mismatch, fading, seeds)
        (self.copies, self.models) = (copies, models)
    }
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

    /// What multiplies a transmission's symbols; the SNR is the mean one.
    package enum FadingKind: String, Codable, Sendable, CaseIterable {
        /// One Rayleigh gain a transmission.
        case block
        /// Rayleigh with Jakes' spectrum, 1 kHz at 1 Msymbol/s.
        case doppler

        fileprivate func fading(seed: UInt64) -> Fading {
            switch self {
            case .block: Fading(kFactor: 0, pace: .still, seed: seed)
            case .doppler: Fading(kFactor: 0, pace: .doppler(hertz: 1000), seed: seed)
            }
        }
    }

    private let encoder: ImageSemanticEncoder
    private let receiver: EditingDecoder
    private let matching: ChannelMatching
    private let identity: IdentityNet
    private let alex: LPIPS
    private let settings: ChannelMatchingSettings

    /// Loads the networks.
    ///
    /// - Parameters:
    ///   - settings: of the inversion.
    ///   - matching: how codes are matched to the channel.
    /// - Throws: `ModelStoreError` when a model is missing or broken, `PrecodingError`.
    package init(models: ModelStore, settings: SemanticSettings, matching: ChannelMatchingSettings) throws {
        let space = try models.latentSpace(settings.code, network: models.generator())
        let student = try models.student()
        identity = try models.identityNet()
        alex = try models.lpips(.alexNet)
        encoder = try ImageSemanticEncoder(models: models, space: space, identity: identity, settings: settings)
        receiver = try EditingDecoder(space: space, student: student, likeness: models.likeness())
        self.settings = matching
        self.matching = ChannelMatching(
            space: space,
            student: space.generator(by: student),
            lpips: encoder.lpips,
            identity: identity,
            predictor: try models.attributePredictor(),
            precoding: receiver.precoding
        )
    }

    /// - Parameters:
    ///   - photo: a square in the FFHQ frame.
    ///   - name: of the face.
    ///   - snrs: in dB; the code is made for `mismatch` dB more.
    ///   - seeds: of the noise, which differs from face to face.
    ///   - copies: when the receiver asks for another copy, which it combines with those it has; it does not when nil.
    ///   - show: gets photo, picture as sent, and what is received with the first seed, in the order of SNRs and modes, each
    ///     under its name: photo, sent, full6 for full at 6 dB
    /// - Throws: what `progress` throws, and when nothing is heard of a transmission again and again.
    package func scores(
        photo: Picture,
        name: String,
        modes: [Mode],
        snrs: [Double],
        mismatch: Int = 0,
        fading: FadingKind? = nil,
        seeds: [UInt64],
        copies: CopyPolicy? = nil,
        show: (String, Picture) throws -> Void = { _, _ in },
        progress: (String) throws -> Void
    ) throws -> [SNRScore] {
        let edge = InversionEncoder.edge
        let target = photo.resizedArea(width: edge, height: edge)
        let similarity = ImageSimilarity(to: target, lpips: encoder.lpips, identity: identity)
        let lpipsAlex = LPIPSDistance(to: target.networkInput, by: alex)
        let inversion = try encoder.invert(target) { try progress($0.note) }
        var scores: [SNRScore] = []
        func picture(_ code: [Float]) -> Picture {
            encoder.space.generator.synthesizePicture(of: code, resolution: edge)
        }
        let sentPicture = picture(inversion.code)
        let inverted = similarity.score(sentPicture)
        try show("photo", target)
        try show("sent", sentPicture)
        scores.append(
            SNRScore(
                face: name,
                mode: .blind,
                snr: nil,
                designSNR: nil,
                expectedError: nil,
                expected: nil,
                estimatedSNR: nil,
                copies: nil,
                lpips: inverted.lpips,
                cosine: inverted.cosine,
                lpipsAlex: lpipsAlex(sentPicture.networkInput),
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
                    let own = SimulatedLink.seed(of: name, from: seed &+ 0xCBF2_9CE4_8422_2325)
                    var link = SimulatedLink(seed: own, fading: fading?.fading(seed: own))
                    func drawn(_ reals: EqualizedReals) throws -> DecodedPicture {
                        try receiver.decode(
                            values: reals.values,
                            noiseVariance: reals.noiseVariance,
                            designSNR: design,
                            isMatched: mode == .full,
                            resolution: edge
                        )
                    }
                    var heard = [try link.received(sent, snr: snr)]
                    var reals = heard[0]
                    var received = try drawn(reals)
                    while let copies, heard.count < copies.most,
                        (received.likeness?.samePerson ?? 1) < copies.leastLikeness
                    {
                        heard.append(try link.received(sent, snr: snr))
                        reals = MaximalRatioCombiner.combine(heard)
                        received = try drawn(reals)
                    }
                    if seed == seeds.first { try show("\(mode.rawValue)\(Int(snr.rounded()))", received.picture) }
                    let (toPhoto, toSent) = (similarity.score(received.picture), asSent.score(received.picture))
                    scores.append(
                        SNRScore(
                            face: name,
                            mode: mode,
                            snr: snr,
                            designSNR: design,
                            expectedError: receiver.expectedError(
                                noiseVariance: reals.noiseVariance,
                                designSNR: design
                            ),
                            expected: received.likeness,
                            estimatedSNR: link.estimatedSNR,
                            copies: heard.count == 1 ? nil : heard.count,
                            lpips: toPhoto.lpips,
                            cosine: toPhoto.cosine,
                            lpipsAlex: lpipsAlex(received.picture.networkInput),
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
    package let mode: SNREvaluation.Mode
    package let snr: Double?
    package let pictures: Int
    /// Medians.
    package let lpips, cosine, lpipsToSent, cosineToSent: Double
    package let lpipsAlex: Double?
    /// Root mean square of the estimated SNR's error in dB.
    package let snrError: Double?
    /// Share of cosines above `Likeness.samePerson`, and the mean of the probabilities of that.
    package let same: Double
    package let expectedSame: Double?
    /// Share of pictures that a receiver as shipped would not doubt and that show somebody else.
    package let unmarkedOthers: Double?
    /// Mean number of transmissions that were combined.
    package let copies: Double

    /// One for each mode and SNR, in the order in which they occur.
    package static func all(of scores: [SNRScore]) -> [SNRSummary] {
        scores.grouped { $0.mode == $1.mode && $0.snr == $1.snr }.map { first, scores in
            let expected = scores.compactMap(\.expected?.samePerson)
            let alex = scores.compactMap(\.lpipsAlex)
            let errors = scores.compactMap { score in
                score.estimatedSNR.flatMap { estimate in score.snr.map { (estimate - $0) * (estimate - $0) } }
            }
            func median(_ value: (SNRScore) -> Double) -> Double { InversionScore.Spread(scores.map(value)).median }
            return SNRSummary(
                mode: first.mode,
                snr: first.snr,
                pictures: scores.count,
                lpips: median(\.lpips),
                cosine: median(\.cosine),
                lpipsToSent: median(\.lpipsToSent),
                cosineToSent: median(\.cosineToSent),
                lpipsAlex: alex.isEmpty ? nil : InversionScore.Spread(alex).median,
                snrError: errors.isEmpty ? nil : (errors.reduce(0, +) / Double(errors.count)).squareRoot(),
                same: Double(scores.count { $0.isSamePerson }) / Double(max(1, scores.count)),
                expectedSame: expected.isEmpty ? nil : expected.reduce(0, +) / Double(expected.count),
                unmarkedOthers: expected.isEmpty
                    ? nil
                    : Double(scores.count { !$0.isSamePerson && !$0.isDoubted }) / Double(scores.count),
                copies: Double(scores.reduce(0) { $0 + ($1.copies ?? 1) }) / Double(max(1, scores.count))
            )
        }
    }
}
