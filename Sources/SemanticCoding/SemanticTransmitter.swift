import Imaging
import Networks
import Tensor

/// The sender's half of the paper's system: photo and sentence in, k channel reals out.
///
/// All methods are synchronous and take seconds to minutes: call them on a thread kept for maths.
public final class SemanticTransmitter: Sendable {
    public let settings: SemanticSettings
    private let generator: MobileStyleGAN
    private let aligner: FaceAligner
    private let encoder: ImageSemanticEncoder
    private let text: TextSemanticEncoder
    private let jecc: JointEditingChannelEncoder
    private let mean: [Float]

    /// Loads the networks.
    ///
    /// - Throws: `ModelStoreError` when a model is missing or broken.
    public init(models: ModelStore, settings: SemanticSettings) throws {
        self.settings = settings
        generator = try models.generator()
        aligner = FaceAligner(detector: try models.faceDetector())
        let statistics = try models.latentStatistics()
        mean = statistics.mean
        encoder = ImageSemanticEncoder(
            generator: generator,
            lpips: try models.lpips(.vgg16),
            statistics: statistics,
            guess: settings.start == .guess ? try FirstGuess(models: models) : nil,
            settings: settings
        )
        text = try TextSemanticEncoder(models: models)
        jecc = JointEditingChannelEncoder(
            generator: generator,
            predictor: try models.attributePredictor(),
            fields: try EditingField.installed(in: models, statistics: statistics),
            settings: settings
        )
    }

    /// E_T: reads the sentence.
    public func understand(_ sentence: String) throws(RequestRefusal) -> EditRequest {
        try text.read(sentence)
    }

    /// Brings one face of the photo into the FFHQ frame.
    public func align(photo: [UInt8], face: Int?, alreadyAligned: Bool) throws(AlignmentError) -> Picture {
        try aligner.align(photo: photo, face: face, alreadyAligned: alreadyAligned)
    }

    /// E_I: inverts the aligned picture into W (eq. 8–9).
    public func invert(_ aligned: Picture, progress: (StageProgress) throws -> Void) throws -> Inversion {
        try encoder.invert(aligned, progress: progress)
    }

    /// E_EC: edits the code by iterative attribute matching (eq. 10–11).
    public func edit(
        _ inversion: Inversion,
        _ request: EditRequest,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode {
        try jecc.edit(code: inversion.code, request: request, progress: progress)
    }

    /// The k reals that go on the air: the code without the mean of W, which both ends know. Not yet normalised.
    public func channelEncode(_ edited: EditedCode) -> [Float] {
        zip(edited.code, mean).map { $0 - $1 }
    }

    /// The generator's picture of a code.
    public func picture(of code: [Float], resolution: Int) -> Picture {
        generator.picture(of: code, resolution: resolution)
    }
}

extension StyleGenerator {
    /// Draws one code as an 8-bit picture of `resolution` × `resolution` pixels.
    public func picture(of code: [Float], resolution: Int) -> Picture {
        let drawn = synthesize(Variable(Tensor(code, shape: [1, code.count])), resolution: resolution)
        return Picture(signed: drawn.value.values, width: resolution, height: resolution)
    }
}

extension EditingField {
    /// The fields that lie in Models/trained as `jecc-ATTRIBUTE.safetensors`, by attribute.
    public static func installed(
        in models: ModelStore,
        statistics: LatentStatistics
    ) throws -> [String: EditingField] {
        var fields: [String: EditingField] = [:]
        for attribute in AttributePredictor.attributes {
            guard let file = try models.codec(attribute: attribute) else { continue }
            fields[attribute] = try EditingField(file: file, attribute: attribute, statistics: statistics)
        }
        return fields
    }
}
