import Basics
import Imaging
import Networks

/// The stages of Editable-DeepSC, from artifact to artifact.
///
/// A stage whose artifact is there and readable is done already and only reads it: so work goes on after the last finished
/// stage, and a damaged artifact, or a code of another kind than is sent now, is made anew.
package struct EditingEncoder: SemanticEncoder {
    /// Fewer reals say hardly whose face it is.
    package static let leastDimension = 16

    package let modelDigest: [UInt8]
    private let editor: any FaceEditing
    /// Edge in pixels of the pictures kept for people.
    private let resolution: Int

    /// - Parameters:
    ///   - modelDigest: SHA-256 of the models, 32 bytes.
    ///   - resolution: edge in pixels of the pictures that are kept for people.
    package init(editor: any FaceEditing, modelDigest: [UInt8], resolution: Int) {
        (self.editor, self.modelDigest, self.resolution) = (editor, modelDigest, resolution)
    }

    package var dimension: Int { editor.dimension }

    package func accept(
        _ order: EncodingOrder,
        photo: [UInt8],
        checkpoint: () throws -> Void
    ) throws -> AcceptedOrder {
        if let dimension = order.dimension { try check(dimension) }
        let request = try understand(order)
        do throws(EditError) {
            try editor.check(request)
        } catch {
            throw EncodingRefusal(code: "no_codec", "\(error)")
        }
        try checkpoint()
        let aligned = try align(photo, order, checkpoint: checkpoint)
        return AcceptedOrder(
            request: "\(request)",
            turned: aligned.turned,
            artifacts: [
                .aligned: try PictureFile.encodePNG(aligned.square), .request: try ChecksummedJSON.encode(request),
            ]
        )
    }

    package func isAligned(_ artifacts: any EncodingArtifacts) -> Bool { square(in: artifacts) != nil }

    package func encode(
        _ order: EncodingOrder,
        stage: EncodingStage,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> StageReport {
        switch stage {
        case .aligning:
            _ = try align(order, artifacts) { try progress(.init(fraction: 0, note: "")) }
            return StageReport()
        case .inverting: return StageReport(inversion: try invert(order, artifacts, progress: progress))
        case .editing: return StageReport(edit: try edit(order, artifacts, progress: progress))
        }
    }

    package func reals(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> (reals: [Float], report: StageReport) {
        let edited = try edit(order, artifacts, progress: progress)
        return (
            editor.channelEncode(edited, dimension: dimension(of: order)),
            StageReport(inversion: inversion(in: artifacts), edit: edited)
        )
    }

    // MARK: Stages

    /// Photo to FFHQ square.
    private func align(
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        checkpoint: () throws -> Void = {}
    ) throws -> Picture {
        if let done = square(in: artifacts) { return done }
        let square = try align(artifacts.read(.photo), order, checkpoint: checkpoint).square
        try artifacts.write(PictureFile.encodePNG(square), as: .aligned)
        return square
    }

    /// Square to code.
    private func invert(
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> Inversion {
        if let done = inversion(in: artifacts) { return done }
        let square = try align(order, artifacts)
        let inversion = try editor.invert(square, dimension: dimension(of: order), progress: progress)
        try write(inversion.code, as: .invertedPicture, to: artifacts)
        try artifacts.write(ChecksummedJSON.encode(inversion), as: .inversion)
        return inversion
    }

    /// Code to edited code.
    private func edit(
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode {
        if let done = edited(in: artifacts) { return done }
        let request: EditRequest = try stored(.request, in: artifacts) ?? understand(order)
        let edited = try editor.edit(
            invert(order, artifacts, progress: progress).code,
            request,
            dimension: dimension(of: order),
            progress: progress
        )
        try write(edited.code, as: .editedPicture, to: artifacts)
        try artifacts.write(ChecksummedJSON.encode(edited), as: .edited)
        return edited
    }

    // MARK: Refusals

    private func understand(_ order: EncodingOrder) throws(EncodingRefusal) -> EditRequest {
        do throws(RequestRefusal) {
            return try editor.understand(order.instruction)
        } catch {
            throw EncodingRefusal(code: "not_understood", "\(error)")
        }
    }

    private func align(_ photo: [UInt8], _ order: EncodingOrder, checkpoint: () throws -> Void) throws -> AlignedFace {
        do throws(AlignmentError) {
            return try editor.align(
                photo: photo,
                face: order.face,
                alreadyAligned: order.isAligned,
                checkpoint: checkpoint
            )
        } catch {
            switch error {
            case .interrupted: throw CancellationError()
            case .noMemory: throw EncodingRefusal(code: "no_memory", "\(error)", isTemporary: true)
            case .noFace: throw EncodingRefusal(code: "no_face", "\(error)")
            case .unreadable, .faceNotThere, .faceTooSmall, .notSquare:
                throw EncodingRefusal(code: "photo", "\(error)")
            }
        }
    }

    private func check(_ dimension: Int) throws(EncodingRefusal) {
        guard dimension != editor.dimension else { return }
        guard editor.kind == .expanded else {
            let only = editor.dimension
            throw EncodingRefusal(
                code: "bad_symbols",
                "symbols must be \(only) in plain W (mode \"paper\"): no other code"
            )
        }
        let most = editor.maximumDimension
        guard dimension.isMultiple(of: 2), (Self.leastDimension...most).contains(dimension) else {
            throw EncodingRefusal(
                code: "bad_symbols",
                "symbols must be an even number, \(Self.leastDimension) to \(most)"
            )
        }
    }

    /// An order that was accepted in another mode is sent whole.
    private func dimension(of order: EncodingOrder) -> Int? { editor.kind == .expanded ? order.dimension : nil }

    // MARK: Artifacts

    private func square(in artifacts: any EncodingArtifacts) -> Picture? {
        try? PictureFile.decode(artifacts.read(.aligned))
    }

    private func inversion(in artifacts: any EncodingArtifacts) -> Inversion? {
        stored(.inversion, in: artifacts).flatMap { (done: Inversion) in done.kind == editor.kind ? done : nil }
    }

    private func edited(in artifacts: any EncodingArtifacts) -> EditedCode? {
        stored(.edited, in: artifacts).flatMap { (done: EditedCode) in done.kind == editor.kind ? done : nil }
    }

    private func stored<Value: Decodable>(
        _ artifact: EncodingArtifact,
        in artifacts: any EncodingArtifacts
    ) -> Value? {
        try? ChecksummedJSON.decode(Value.self, from: artifacts.read(artifact))
    }

    private func write(_ code: [Float], as artifact: EncodingArtifact, to artifacts: any EncodingArtifacts) throws {
        let picture = editor.synthesizePicture(of: code, resolution: resolution)
        try artifacts.write(PictureFile.encodePNG(picture), as: artifact)
    }
}
