import Foundation
import Imaging
import Networks
import Tensor

/// The networks of the transmitter: photo and sentence in, k channel reals out.
///
/// All methods are synchronous and take seconds to minutes: call them on a thread kept for maths.
package final class FaceEditor: FaceEditing {
    package let settings: SemanticSettings
    package let space: LatentSpace
    package let modelDigest: [UInt8]
    private let precoding: Precoding
    private let differences, movements: CodeDifferences?
    private let identity: IdentityNet
    private let aligner: FaceAligner
    private let encoder: ImageSemanticEncoder
    private let text: TextSemanticEncoder
    private let jecc, continuingEditor: JointEditingChannelEncoder
    /// Both through the student.
    private let sketcher: ImageSemanticEncoder
    private let sketchEditor: JointEditingChannelEncoder
    private let matching: ChannelMatching

    /// Loads what is of one kind of codes alone.
    ///
    /// - Throws: `ModelStoreError` when a model is missing or broken, `PrecodingError`.
    package init(models: ModelStore, networks: EditingNetworks, settings: SemanticSettings) throws {
        (aligner, text, identity) = (networks.aligner, networks.text, networks.identity)
        let space = try models.latentSpace(settings.code, network: networks.generator)
        self.space = space
        var settings = settings
        settings.workingResolution = min(settings.workingResolution, space.generator.resolution)
        self.settings = settings
        modelDigest = try models.bundleDigest(of: settings.code)
        precoding = try Precoding(space)
        (differences, movements) = (try models.editDifferences(of: space), try models.motionDifferences(of: space))
        encoder = try ImageSemanticEncoder(
            models: models,
            space: space,
            student: networks.student,
            lpips: networks.lpips,
            identity: networks.identity,
            settings: settings
        )
        let fields = try EditingField.installed(in: models, for: space)
        let student = space.generator(by: networks.student)
        func editor(_ generator: any StyleGenerator, _ refinement: EditRefinement?) -> JointEditingChannelEncoder {
            JointEditingChannelEncoder(
                space: space,
                generator: generator,
                predictor: networks.predictor,
                fields: fields,
                settings: settings,
                refinement: refinement
            )
        }
        func refinement(within differences: CodeDifferences?) -> EditRefinement? {
            EditRefinement(
                space: space,
                student: student,
                lpips: networks.lpips,
                identity: networks.identity,
                predictor: networks.predictor,
                differences: differences,
                settings: settings
            )
        }
        jecc = editor(space.generator, refinement(within: nil))
        continuingEditor = editor(space.generator, refinement(within: differences))
        sketchEditor = editor(student, nil)
        sketcher = encoder.sketcher(by: student, steps: settings.draftSteps)
        matching = ChannelMatching(
            space: space,
            student: student,
            lpips: networks.lpips,
            identity: networks.identity,
            predictor: networks.predictor,
            precoding: precoding
        )
    }

    /// Loads all networks.
    ///
    /// - Throws: as the other initialiser.
    package convenience init(models: ModelStore, settings: SemanticSettings) throws {
        try self.init(models: models, networks: EditingNetworks(models: models), settings: settings)
    }

    /// E_T: reads a sentence, which may speak of the edits before it.
    package func reading(of sentence: String) throws(RequestRefusal) -> SentenceReading {
        try text.reading(of: sentence)
    }

    /// Whether a request can be carried out.
    ///
    /// - Throws: `EditError.noCodec` when nothing has been trained for its attribute.
    package func check(_ request: EditRequest) throws(EditError) {
        _ = try jecc.codec(for: request)
    }

    /// Brings one face of the photo into the FFHQ frame.
    ///
    /// - Parameters:
    ///   - before: where the face was in the picture before, of a video.
    ///   - checkpoint: called often; what it throws ends the work as `.interrupted`.
    package func align(
        photo: [UInt8],
        face: Int?,
        alreadyAligned: Bool,
        before: FFHQSquare?,
        checkpoint: () throws -> Void
    ) throws(AlignmentError) -> AlignedFace {
        try aligner.align(
            photo: photo,
            face: face,
            alreadyAligned: alreadyAligned,
            before: before,
            checkpoint: checkpoint
        )
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

    /// A code that is near enough to be shown, found through the student.
    package func sketch(
        _ aligned: Picture,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> [Float] {
        try sketcher.invert(aligned, symbols: dimension, progress: progress).code
    }

    /// E_EC: edits the code by iterative attribute matching (eq. 10–11).
    package func edit(
        _ code: [Float],
        _ request: EditRequest,
        manner: EditManner = .whole,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode {
        let editor =
            switch manner {
            case .whole: jecc
            case .continued: continuingEditor
            case .sketch: sketchEditor
            }
        return try editor.edit(code: code, request: request, symbols: dimension, progress: progress)
    }

    /// The same without attribute matching, as the paper's ablation has it.
    package func editUnmatched(_ code: [Float], _ request: EditRequest) throws -> EditedCode {
        try jecc.editUnmatched(code: code, request: request)
    }

    /// The code whose received picture is best: like the photo, or like the edited picture where there are edits, which it
    /// is to keep.
    package func match(
        _ edited: EditedCode,
        of aligned: Picture,
        dimension: Int?,
        snr: Int,
        progress: (StageProgress) throws -> Void
    ) throws -> [Float] {
        var settings = ChannelMatchingSettings()
        (settings.steps, settings.precision, settings.seed) =
            (self.settings.matchingSteps, self.settings.precision, self.settings.seed)
        let edge = AttributePredictor.edge
        let isLikePhoto = edited.follows != true && edited.edits.allSatisfy { $0.steps == 0 }
        let target = isLikePhoto ? aligned : synthesizePicture(of: edited.code, resolution: edge)
        return try matching.match(
            edited.code,
            to: target,
            face: aligned,
            keeping: edited.degreesByHead,
            dimension: dimension,
            snr: Double(snr),
            settings: settings,
            progress: progress
        )
    }

    /// The k reals that go on the air: the code without its mean over photos, which both ends know, and precoded
    /// (`LinearPrecoder`). Not yet normalised.
    package func channelEncode(_ edited: EditedCode, dimension: Int?, designSNR: Int?) -> [Float] {
        let code = edited.target
        return precoding.precoder(dimension: dimension ?? code.count, designSNR: designSNR).values(of: code)
    }

    /// The reals of a difference (`CodeDifferences`).
    package func channelEncode(
        difference: [Float],
        designSNR: Int
    ) -> (reals: [Float], kept: [Float])? {
        guard let differences, designSNR >= CodeDifferences.leastSNR, difference.count == space.dimension,
            let all = precoding.harm(of: difference), all > CodeDifferences.least
        else { return nil }
        let coded = differences.coded(difference, designSNR: designSNR)
        guard let lost = precoding.harm(of: zip(difference, coded.kept).map { $0 - $1 }),
            lost <= max(CodeDifferences.mostLost * all, CodeDifferences.neglected)
        else { return nil }
        return coded
    }

    package var goesOn: Bool { differences != nil }

    package func movingFace(from code: [Float], of key: Picture) -> (any MovingFace)? {
        guard let movements, let start = encoder.start else { return nil }
        let motion = FaceMotion(from: code, of: key, start: start, precision: settings.precision)
        return CodedMotion(motion: motion, differences: movements)
    }

    package func likeness(of code: [Float], to aligned: Picture) -> Double? {
        let edge = AttributePredictor.edge
        let pictures = [synthesizePicture(of: code, resolution: edge), aligned.resizedArea(width: edge, height: edge)]
        let faces = pictures.map { identity.embedding(aligned: $0.networkInput).value.values }
        return Double(IdentityNet.cosine(faces[0], faces[1]))
    }

    /// The generator's picture of a code.
    package func synthesizePicture(of code: [Float], resolution: Int) -> Picture {
        space.generator.synthesizePicture(of: code, resolution: resolution)
    }
}

/// The networks that editors of all kinds of codes share.
package struct EditingNetworks: Sendable {
    let generator: MobileStyleGAN
    let student: StudentGenerator
    let aligner: FaceAligner
    let text: TextSemanticEncoder
    let predictor: AttributePredictor
    let lpips: LPIPS
    let identity: IdentityNet

    /// - Throws: `ModelStoreError` when a model is missing or broken.
    package init(models: ModelStore) throws {
        (generator, student) = (try models.generator(), try models.student())
        aligner = FaceAligner(detector: try models.faceDetector())
        text = try TextSemanticEncoder(models: models)
        predictor = try models.attributePredictor()
        (lpips, identity) = (try models.lpips(.vgg16), try models.identityNet())
    }
}

extension StyleGenerator {
    /// Draws one code as an 8-bit picture of `resolution` × `resolution` pixels; what the generator cannot draw so large is
    /// enlarged.
    package func synthesizePicture(of code: [Float], resolution: Int) -> Picture {
        let edge = min(resolution, self.resolution)
        let drawn = synthesize(Variable(Tensor(code, shape: [1, code.count])), resolution: edge)
        return Picture(signed: drawn.value.values, width: edge, height: edge)
            .resizedArea(width: resolution, height: resolution)
    }
}

extension ModelStore {
    /// How edits change the codes of a space; nil for plain W.
    package func editDifferences(of space: LatentSpace) throws -> CodeDifferences? {
        space.kind == .expanded ? try CodeDifferences(file: editDifferences(), count: space.dimension) : nil
    }

    /// How movements change the codes of a space; nil for plain W.
    package func motionDifferences(of space: LatentSpace) throws -> CodeDifferences? {
        guard space.kind == .expanded else { return nil }
        return try CodeDifferences(
            file: motionDifferences(),
            count: space.dimension,
            dimension: CodeDifferences.ofMotion
        )
    }

    /// What receivers expect of their pictures; nil where it has not been fitted.
    package func likeness() throws -> LikenessModel? {
        let path = url(trained: "likeness").path
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try LikenessModel(file: SafetensorsFile(path: path))
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
