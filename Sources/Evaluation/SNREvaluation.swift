import Channel
import Imaging
import Networks
import SemanticCoding

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
    /// What is asked of every face; nil where codes go out unedited.
    let request: String?
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
        request: String? = nil,
        models: String
    ) {
        (self.settings, self.matching, self.modes, self.snrs) = (settings, matching, modes, snrs)
        (self.mismatch, self.fading, self.seeds) = (mismatch, fading, seeds)
        (self.copies, self.request, self.models) = (copies, request, models)
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
    private let jecc: JointEditingChannelEncoder
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
        let predictor = try models.attributePredictor()
        jecc = JointEditingChannelEncoder(
            space: space,
            generator: space.generator,
            predictor: predictor,
            fields: try EditingField.installed(in: models, for: space),
            settings: settings,
            refinement: EditRefinement(
                space: space,
                student: space.generator(by: student),
                lpips: encoder.lpips,
                identity: identity,
                predictor: predictor,
                settings: settings
            )
        )
        receiver = try EditingDecoder(
            space: space,
            student: student,
            predictor: predictor,
            likeness: models.likeness()
        )
        self.settings = matching
        self.matching = ChannelMatching(
            space: space,
            student: space.generator(by: student),
            lpips: encoder.lpips,
            identity: identity,
            predictor: predictor,
            precoding: receiver.precoding
        )
    }

    /// - Parameters:
    ///   - photo: a square in the FFHQ frame.
    ///   - name: of the face.
    ///   - snrs: in dB; the code is made for `mismatch` dB more.
    ///   - seeds: of the noise, which differs from face to face.
    ///   - request: what is asked of the face; nothing when nil.
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
        request: EditRequest? = nil,
        copies: CopyPolicy? = nil,
        show: (String, Picture) throws -> Void = { _, _ in },
        progress: (String) throws -> Void
    ) throws -> [SNRScore] {
        let edge = InversionEncoder.edge
        let target = photo.resizedArea(width: edge, height: edge)
        let inversion = try encoder.invert(target) { try progress($0.note) }
        let edited = try request.map { try jecc.edit(code: inversion.code, request: $0, symbols: nil) { _ in } }
        let code = edited?.code ?? inversion.code
        let asWanted = picture(of: code)
        // As the transmitter has it: where nothing is to do, the photo says what the picture should be like.
        let wanted = (edited?.steps ?? 0) > 0 ? asWanted : target
        let view = View(
            look: ImageSimilarity(to: wanted, lpips: encoder.lpips, identity: identity),
            face: ImageSimilarity(to: target, lpips: encoder.lpips, identity: identity),
            alex: LPIPSDistance(to: wanted.networkInput, by: alex)
        )
        try show("photo", target)
        try show("sent", asWanted)
        var scores = [view.score(asWanted, SNRScore.Conditions(face: name, mode: .blind))]
        for snr in snrs {
            for mode in modes {
                let design = mode == .blind ? nil : Int(snr.rounded()) + mismatch
                var matched = code
                if mode == .full, let design {
                    matched = try matching.match(
                        code,
                        to: wanted,
                        face: target,
                        keeping: edited?.degreesByHead ?? [],
                        snr: Double(design),
                        settings: settings
                    ) { try progress("\(snr) dB, \($0.note)") }
                }
                let asSent = ImageSimilarity(to: picture(of: matched), lpips: encoder.lpips, identity: identity)
                let leastError = receiver.precoding.leastError(dimension: matched.count, snr: snr)
                for seed in seeds {
                    let own = SimulatedLink.seed(of: name, from: seed &+ 0xCBF2_9CE4_8422_2325)
                    var link = SimulatedLink(seed: own, fading: fading?.fading(seed: own))
                    let received = try receive(matched, mode: mode, design: design, snr: snr, over: &link, copies)
                    if seed == seeds.first {
                        try show("\(mode.rawValue)\(Int(snr.rounded()))", received.decoded.picture)
                    }
                    let conditions = SNRScore.Conditions(
                        face: name,
                        mode: mode,
                        snr: snr,
                        designSNR: design,
                        expectedError: receiver.expectedError(
                            noiseVariance: received.reals.noiseVariance,
                            designSNR: design
                        ),
                        expected: received.decoded.likeness,
                        estimatedSNR: link.estimatedSNR,
                        copies: received.copies == 1 ? nil : received.copies,
                        error: receiver.precoding.harm(of: zip(received.decoded.code, matched).map { $0 - $1 }),
                        leastError: leastError,
                        degreeExpected: edited?.degreeExpected,
                        degreeReceived: edited.flatMap { received.decoded.degrees[$0.attribute] }
                    )
                    scores.append(view.score(received.decoded.picture, conditions, asSent: asSent))
                }
            }
        }
        return scores
    }

    private func picture(of code: [Float]) -> Picture {
        encoder.space.generator.synthesizePicture(of: code, resolution: InversionEncoder.edge)
    }

    /// What the receiver makes of a code, and of as many copies of it as it asks for.
    private func receive(
        _ code: [Float],
        mode: Mode,
        design: Int?,
        snr: Double,
        over link: inout SimulatedLink,
        _ policy: CopyPolicy?
    ) throws -> (decoded: DecodedPicture, reals: EqualizedReals, copies: Int) {
        let sent = receiver.precoding.precoder(dimension: code.count, designSNR: design).values(of: code)
        func drawn(_ reals: EqualizedReals) throws -> DecodedPicture {
            try receiver.decode(
                values: reals.values,
                noiseVariance: reals.noiseVariance,
                designSNR: design,
                isMatched: mode == .full,
                resolution: InversionEncoder.edge
            )
        }
        var heard = [try link.received(sent, snr: snr)]
        var reals = heard[0]
        var decoded = try drawn(reals)
        while let policy, heard.count < policy.most, (decoded.likeness?.samePerson ?? 1) < policy.leastLikeness {
            heard.append(try link.received(sent, snr: snr))
            reals = MaximalRatioCombiner.combine(heard)
            decoded = try drawn(reals)
        }
        return (decoded, reals, heard.count)
    }

    /// What pictures of one face are compared with.
    private struct View {
        let look, face: ImageSimilarity
        let alex: LPIPSDistance

        func score(_ picture: Picture, _ conditions: SNRScore.Conditions, asSent: ImageSimilarity? = nil) -> SNRScore {
            let toSent = asSent?.score(picture) ?? (lpips: 0, cosine: 1)
            return SNRScore(
                conditions,
                lpips: look.score(picture).lpips,
                cosine: face.score(picture).cosine,
                lpipsAlex: alex(picture.networkInput),
                toSent: toSent
            )
        }
    }
}
