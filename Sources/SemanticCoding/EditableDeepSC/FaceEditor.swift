import Imaging
import Networks
import Tensor

/// The networks of the transmitter: photo and sentence in, k channel reals out.
///
/// All methods are synchronous and take seconds to minutes: call them on a thread kept for maths.
package final class FaceEditor: FaceEditing {
    package let settings: SemanticSettings
    package let space: LatentSpace
    private let precoding: Precoding
    private let aligner: FaceAligner
    private let encoder: ImageSemanticEncoder
    private let text: TextSemanticEncoder
    private let jecc: JointEditingChannelEncoder

    /// Loads the networks.
    ///
    /// - Throws: `ModelStoreError` when a model is missing or broken, `PrecodingError`.
    package init(models: ModelStore, settings: SemanticSettings) throws {
        self.settings = settings
        space = try models.latentSpace(settings.code, network: models.generator())
        precoding = try Precoding(space)
        aligner = FaceAligner(detector: try models.faceDetector())
        encoder = try ImageSemanticEncoder(models: models, space: space, settings: settings)
        text = try TextSemanticEncoder(models: models)
        jecc = JointEditingChannelEncoder(
            space: space,
            predictor: try models.attributePredictor(),
            fields: try EditingField.installed(in: models, for: space),
            settings: settings
        )
    }

    /// E_T: reads the sentence.
    package func understand(_ sentence: String) throws(RequestRefusal) -> EditRequest {
        try text.read(sentence)
    }

    /// Whether a request can be carried out.
    ///
    /// - Throws: `EditError.noCodec` when nothing has been trained for its attribute.
    package func check(_ request: EditRequest) throws(EditError) {
        _ = try jecc.codec(for: request)
    }

    /// Brings one face of the photo into the FFHQ frame.
    ///
    /// - Parameter checkpoint: called often; what it throws ends the work as `.interrupted`.
    package func align(
        photo: [UInt8],
        face: Int?,
        alreadyAligned: Bool,
        checkpoint: () throws -> Void = {}
    ) throws(AlignmentError) -> AlignedFace {
        try aligner.align(photo: photo, face: face, alreadyAligned: alreadyAligned, checkpoint: checkpoint)
    }

    /// What its codes are.
    package var kind: LatentKind { space.kind }

    /// How many numbers a code has unless more or fewer are asked for.
    package var dimension: Int { space.dimension }

    /// How many numbers a code has at most.
    package var maximumDimension: Int { space.maximumDimension }

    /// E_I: inverts the aligned picture (eq. 8–9).
    package func invert(
        _ aligned: Picture,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> Inversion {
        try encoder.invert(aligned, symbols: dimension, progress: progress)
    }

    /// E_EC: edits the code by iterative attribute matching (eq. 10–11).
    package func edit(
        _ code: [Float],
        _ request: EditRequest,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode {
        try jecc.edit(code: code, request: request, symbols: dimension, progress: progress)
    }

    /// The k reals that go on the air: the code without its mean over photos, which both ends know, and precoded
    /// (`LinearPrecoder`). Not yet normalised.
    ///
    /// - Parameter dimension: how many of the numbers, all by default.
    package func channelEncode(_ edited: EditedCode, dimension: Int?) -> [Float] {
        precoding.precoder(dimension: dimension ?? edited.code.count).values(of: edited.code)
    }

    /// The generator's picture of a code.
    package func synthesizePicture(of code: [Float], resolution: Int) -> Picture {
        space.generator.synthesizePicture(of: code, resolution: resolution)
    }
}

extension StyleGenerator {
    /// Draws one code as an 8-bit picture of `resolution` × `resolution` pixels.
    package func synthesizePicture(of code: [Float], resolution: Int) -> Picture {
        let drawn = synthesize(Variable(Tensor(code, shape: [1, code.count])), resolution: resolution)
        return Picture(signed: drawn.value.values, width: resolution, height: resolution)
    }
}

extension EditingField {
    /// The fields of a space that are installed, by attribute.
    package static func installed(
        in models: ModelStore,
        for space: LatentSpace
    ) throws -> [String: EditingField] {
        var fields: [String: EditingField] = [:]
        for attribute in AttributePredictor.attributes {
            guard let file = try models.codec(attribute: attribute, for: space.kind) else { continue }
            fields[attribute] = try EditingField(file: file, attribute: attribute, statistics: space.statistics)
        }
        return fields
    }
}
