import Imaging
import Networks

/// A way to send pictures as such, which knows nothing of faces or sentences: the baselines of the paper.
package protocol PictureCoder: Sendable {
    /// SHA-256, 32 bytes, over what both ends must have in common.
    var digest: [UInt8] { get }

    /// k, the reals of a picture.
    var dimension: Int { get }

    /// k reals that go on the air, not yet normalised.
    ///
    /// - Throws: `PictureError`.
    func reals(of picture: Picture) throws -> [Float]

    /// The picture of received reals, of whatever size it was sent in; nil where too much is lost to know anything.
    ///
    /// - Parameters:
    ///   - values: k reals as the channel left them, at the transmitter's scale; anything where erased.
    ///   - noiseVariance: of each value, at the same scale; infinite where erased.
    /// - Throws: when there are not k.
    func picture(values: [Float], noiseVariance: [Float]) throws -> Picture?
}

/// Talk2Edit before the channel: the photo is inverted and edited as ever, and what is drawn of the code is sent as a
/// picture.
package struct EditedPictureEncoder: SemanticEncoder {
    private let editing: EditingEncoder
    private let coder: any PictureCoder

    /// - Parameters:
    ///   - editing: its codes are drawn.
    ///   - coder: sends the pictures.
    package init(editing: EditingEncoder, coder: any PictureCoder) {
        (self.editing, self.coder) = (editing, coder)
    }

    /// Codes of photos as the product makes them, not matched to any channel.
    ///
    /// - Throws: `ModelStoreError` when a model is missing or broken.
    init(models: ModelStore, settings: SemanticSettings, resolution: Int, coder: some PictureCoder) throws {
        let settings = settings.mode == .paper ? SemanticSettings(mode: .linear) : settings
        let editor = try FaceEditor(models: models, networks: EditingNetworks(models: models), settings: settings)
        self.init(editing: EditingEncoder(editors: [editor], mode: .linear, resolution: resolution), coder: coder)
    }

    package var dimension: Int { coder.dimension }

    package func accept(
        _ order: EncodingOrder,
        photo: [UInt8],
        checkpoint: () throws -> Void
    ) throws -> AcceptedOrder {
        if let dimension = order.dimension, dimension != coder.dimension {
            throw EncodingRefusal(
                code: "bad_symbols",
                "this codec sends \(coder.dimension) reals for every picture: leave --symbols out"
            )
        }
        return try editing.accept(plain(order), photo: photo, checkpoint: checkpoint)
    }

    package func reload() throws { try editing.reload() }

    package func isAligned(_ artifacts: any EncodingArtifacts) -> Bool { editing.isAligned(artifacts) }

    package func encode(
        _ order: EncodingOrder,
        stage: EncodingStage,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> StageReport {
        try editing.encode(plain(order), stage: stage, artifacts: artifacts, progress: progress)
    }

    package func codeWord(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> (codeWord: CodeWord, report: StageReport) {
        let edited = try editing.codeWord(plain(order), artifacts: artifacts, progress: progress)
        let picture = try PictureFile.decode(artifacts.read(.editedPicture))
        let codeWord = CodeWord(
            reals: try coder.reals(of: picture),
            modelDigest: coder.digest,
            mode: nil,
            edit: edited.codeWord.edit
        )
        return (codeWord, edited.report)
    }

    /// The order without what concerns the sending of codes.
    private func plain(_ order: EncodingOrder) -> EncodingOrder {
        EncodingOrder(
            instruction: order.instruction,
            face: order.face,
            isAligned: order.isAligned,
            mode: .linear
        )
    }
}

/// Draws pictures that were sent as such.
package struct SentPictureDecoder: SemanticDecoder {
    private let coder: any PictureCoder

    /// - Parameter coder: the transmitter's.
    package init(coder: any PictureCoder) { self.coder = coder }

    package var maximumDimension: Int { coder.dimension }

    package func reload() throws {}

    package func hasAdapters(digest: [UInt8]) -> Bool { false }

    package func decode(
        _ received: ReceivedCodeWord,
        resolution: Int,
        checkpoint: () throws -> Void
    ) throws -> DecodedPicture {
        guard
            let picture = try coder.picture(
                values: received.values,
                noiseVariance: received.noiseVariance
            )
        else {
            // As the paper scores it; the quality gate asks for another copy, or marks it.
            let grey = Picture(width: resolution, height: resolution, red: 128, green: 128, blue: 128)
            return DecodedPicture(picture: grey, code: [], likeness: ExpectedLikeness(lpips: 1, samePerson: 0))
        }
        return DecodedPicture(picture: picture.resizedArea(width: resolution, height: resolution), code: [])
    }
}

/// Why reals are no picture, or there is no way to make some.
package enum PictureCoderError: Error, Equatable, CustomStringConvertible {
    case otherCount(Int, expected: Int)
    case noCode

    package var description: String {
        switch self {
        case .otherCount(let count, let expected):
            "\(count) reals, where this codec's pictures have \(expected): both ends need the same codec"
        case .noCode: "no picture fits so few bits a pixel: ask for more, or for a higher rate"
        }
    }
}
