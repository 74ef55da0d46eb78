import Channel
import Imaging
import Networks
import SemanticCoding
import Wire

/// How near the frames of streams come to the receiver, at one SNR.
package struct StreamScore: Encodable, Sendable {
    /// Es/N0 in dB.
    package let snr: Int
    package let streams, frames: Int
    /// LPIPS (VGG16) and SFace cosine of the frame as taken and as received.
    package let lpips, cosine: InversionScore.Spread
    /// The same of the frame and the received key: what not sending it would come to.
    package let stillLPIPS, stillCosine: InversionScore.Spread
    /// Complex symbols on air of a frame, pilots included, and the bits of its side information.
    package let symbolsOnAir, sideInformationBits: Int
    /// Seconds a frame, from the picture to its reals and from the received ones to the picture.
    package let encodingSeconds, drawingSeconds: Double
}

/// Sends frames after a key, through the daemons' codec and modem.
package struct StreamEvaluation {
    private let encoder: EditingEncoder
    private let decoder: EditingDecoder
    private let lpips: LPIPS
    private let identity: IdentityNet

    /// Loads the networks.
    ///
    /// - Throws: `ModelStoreError`, `PrecodingError`.
    package init(models: ModelStore, settings: SemanticSettings) throws {
        let editor = try FaceEditor(models: models, settings: settings)
        encoder = EditingEncoder(editors: [editor], mode: settings.mode, resolution: AttributePredictor.edge)
        decoder = try EditingDecoder(
            space: editor.space,
            student: models.student(),
            differences: models.editDifferences(of: editor.space),
            movements: models.motionDifferences(of: editor.space)
        )
        (lpips, identity) = (try models.lpips(.vgg16), try models.identityNet())
    }

    /// - Parameters:
    ///   - streams: the pictures of each, the key first, as files.
    ///   - isAligned: whether they are in the FFHQ frame already.
    ///   - snrs: Es/N0 in dB, which the transmitter knows.
    ///   - seed: of the noise.
    ///   - progress: called often; what it throws is passed on.
    /// - Throws: `EncodingRefusal` where there is no face, and when nothing is heard again and again.
    package func scores(
        streams: [[[UInt8]]],
        isAligned: Bool,
        snrs: [Int],
        seed: UInt64,
        progress: (Double) throws -> Void
    ) throws -> [StreamScore] {
        var found = snrs.map { _ in [FrameScore]() }
        for (number, pictures) in streams.enumerated() {
            guard let first = pictures.first else { continue }
            let inverted = MemoryArtifacts()
            for (place, snr) in snrs.enumerated() {
                let share = Double(number * snrs.count + place) / Double(streams.count * snrs.count)
                try progress(share)
                // The receiver's picture has a digest; here there is but one.
                let order = EncodingOrder(
                    instruction: "",
                    isAligned: isAligned,
                    snr: snr,
                    baseDigest: [UInt8](repeating: 1, count: 32)
                )
                let accepted = try encoder.accept(order, photo: first) {}
                let files = MemoryArtifacts(inverted.all.merging(accepted.artifacts) { $1 })
                try files.write(first, as: .photo)
                let key = try encoder.codeWord(order, artifacts: files) { _ in try progress(share) }.codeWord
                for artifact in [EncodingArtifact.inversion, .invertedPicture] {
                    try inverted.write(files.read(artifact), as: artifact)
                }
                var link = SimulatedLink(seed: seed &+ UInt64(number))
                let base = try received(key, base: nil, by: &link, snr: snr)
                let stream = try encoder.stream(order, artifacts: files)
                for picture in pictures.dropFirst() {
                    try progress(share)
                    let frame = try encoder.accept(order, photo: picture) {}.artifacts[.aligned] ?? []
                    let clock = ContinuousClock()
                    var codeWord: CodeWord?
                    let encoding = try clock.measure { codeWord = try stream.codeWord(of: picture, snr: snr) {} }
                    guard let codeWord else { continue }
                    var drawn: DecodedPicture?
                    let drawing = try clock.measure {
                        drawn = try received(codeWord, base: base.knowledge, by: &link, snr: snr)
                    }
                    guard let drawn else { continue }
                    let edge = AttributePredictor.edge
                    let taken = try PictureFile.decode(frame).resizedArea(width: edge, height: edge)
                    let similarity = ImageSimilarity(to: taken, lpips: lpips, identity: identity)
                    found[place].append(
                        FrameScore(
                            moved: similarity.score(drawn.picture),
                            still: similarity.score(base.picture),
                            reals: codeWord.reals.count,
                            seconds: (encoding.seconds, drawing.seconds)
                        )
                    )
                }
            }
        }
        return zip(snrs, found).compactMap { snr, found in StreamScore(snr, of: streams.count, found) }
    }

    private func received(
        _ codeWord: CodeWord,
        base: CodeKnowledge?,
        by link: inout SimulatedLink,
        snr: Int
    ) throws -> DecodedPicture {
        let reals = try link.received(codeWord.reals, snr: Double(snr))
        return try decoder.decode(
            values: reals.values,
            noiseVariance: reals.noiseVariance,
            designSNR: codeWord.designSNR,
            isMatched: codeWord.mode == .full,
            base: base,
            resolution: AttributePredictor.edge
        )
    }
}

private struct FrameScore {
    let moved, still: (lpips: Double, cosine: Double)
    let reals: Int
    let seconds: (encoding: Double, drawing: Double)
}

extension StreamScore {
    /// Nil of no frames.
    fileprivate init?(_ snr: Int, of streams: Int, _ frames: [FrameScore]) {
        guard let reals = frames.first?.reals else { return nil }
        (self.snr, self.streams, self.frames) = (snr, streams, frames.count)
        (lpips, cosine) = (.init(frames.map(\.moved.lpips)), .init(frames.map(\.moved.cosine)))
        (stillLPIPS, stillCosine) = (.init(frames.map(\.still.lpips)), .init(frames.map(\.still.cosine)))
        symbolsOnAir = reals / 2 + PilotPattern.defaultPilotCount
        sideInformationBits = 8 * SideInformation.sealedFrameSize
        encodingSeconds = frames.reduce(0) { $0 + $1.seconds.encoding } / Double(frames.count)
        drawingSeconds = frames.reduce(0) { $0 + $1.seconds.drawing } / Double(frames.count)
    }
}
