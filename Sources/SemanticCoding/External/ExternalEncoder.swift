import Basics
import Imaging
import Networks

/// The transmitter's half of an external codec: aligning is done here, the rest by the process in the editing stage.
package struct ExternalEncoder: SemanticEncoder, DependentCodec {
    private let process: CodecProcess
    private let aligner: FaceAligner
    private let resolution: Int

    /// - Parameter resolution: edge in pixels of the picture that the process gets, and of that which is to arrive.
    package init(process: CodecProcess, aligner: FaceAligner, resolution: Int) {
        (self.process, self.aligner, self.resolution) = (process, aligner, resolution)
    }

    /// What the process said last; 0 as long as it has not been asked.
    package var dimension: Int { process.identity?.dimension ?? 0 }

    package func reload() {}

    package func trouble(checkpoint: () throws -> Void) throws -> String? {
        try process.trouble(checkpoint: checkpoint)
    }

    /// Finds the face. The process is not asked: an order is taken while it is away, and waits for it.
    package func accept(
        _ order: EncodingOrder,
        photo: [UInt8],
        checkpoint: () throws -> Void
    ) throws -> AcceptedOrder {
        if order.mode != nil {
            throw EncodingRefusal(
                code: "bad_mode",
                "an external codec has no modes: leave the mode away, or set codec = \"editable-deepsc\""
            )
        }
        if let dimension = order.dimension, dimension < 2 || !dimension.isMultiple(of: 2) {
            throw EncodingRefusal(code: "bad_symbols", "symbols must be an even number, at least 2")
        }
        let aligned = try align(photo, order, checkpoint)
        return AcceptedOrder(
            request: order.instruction,
            turned: aligned.turned,
            artifacts: [.aligned: try PictureFile.encodePNG(aligned.square)]
        )
    }

    package func isAligned(_ artifacts: any EncodingArtifacts) -> Bool { square(in: artifacts) != nil }

    /// Inverting is nothing here; editing asks the process for reals, unless they are there.
    package func encode(
        _ order: EncodingOrder,
        stage: EncodingStage,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> StageReport {
        switch stage {
        case .aligning: _ = try align(order, artifacts, progress)
        case .inverting: break
        case .editing: _ = try coded(order, artifacts, progress)
        }
        return StageReport()
    }

    package func codeWord(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> (codeWord: CodeWord, report: StageReport) {
        let coded = try coded(order, artifacts, progress)
        let codeWord = CodeWord(
            reals: coded.reals,
            modelDigest: ExternalCodec.digest(of: coded.codec),
            mode: nil,
            designSNR: coded.snr
        )
        return (codeWord, StageReport())
    }

    // MARK: Stages

    private func align(
        _ photo: [UInt8],
        _ order: EncodingOrder,
        _ checkpoint: () throws -> Void
    ) throws -> AlignedFace {
        do throws(AlignmentError) {
            return try aligner.align(
                photo: photo,
                face: order.face,
                alreadyAligned: order.isAligned,
                checkpoint: checkpoint
            )
        } catch {
            throw error.refusal
        }
    }

    private func align(
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        _ progress: (StageProgress) throws -> Void
    ) throws -> Picture {
        if let done = square(in: artifacts) { return done }
        let square = try align(artifacts.read(.photo), order) { try progress(.init(fraction: 0, note: "")) }.square
        try artifacts.write(PictureFile.encodePNG(square), as: .aligned)
        return square
    }

    private func coded(
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        _ progress: (StageProgress) throws -> Void
    ) throws -> CodedFace {
        if let done = coded(in: artifacts), done.fits(order, resolution: resolution) { return done }
        let square = try align(order, artifacts, progress)
        let sized = square.width == resolution ? square : square.resizedArea(width: resolution, height: resolution)
        let reals: [Float]
        let identity: CodecIdentity
        do {
            (reals, identity) = try process.encode(
                sized,
                instruction: order.instruction,
                dimension: order.dimension,
                snr: order.snr
            ) { try progress(.init(fraction: 0, note: "waits for the codec process")) }
        } catch let error as CodecProcessError {
            throw EncodingRefusal(code: error.code, error.description, isTemporary: error.isTemporary)
        }
        let coded = CodedFace(
            codec: identity.name,
            snr: order.snr,
            dimension: order.dimension,
            resolution: resolution,
            reals: reals
        )
        try artifacts.write(ChecksummedJSON.encode(coded), as: .coded)
        return coded
    }

    // MARK: Artifacts

    private func square(in artifacts: any EncodingArtifacts) -> Picture? {
        try? PictureFile.decode(artifacts.read(.aligned))
    }

    private func coded(in artifacts: any EncodingArtifacts) -> CodedFace? {
        try? ChecksummedJSON.decode(CodedFace.self, from: artifacts.read(.coded))
    }
}

/// What a process made of an order, as the spool keeps it: the same goes out after a restart.
private struct CodedFace: Codable {
    /// The name of the process.
    let codec: String
    let snr: Int?
    /// That was asked for.
    let dimension: Int?
    let resolution: Int
    let reals: [Float]

    func fits(_ order: EncodingOrder, resolution: Int) -> Bool {
        snr == order.snr && dimension == order.dimension && self.resolution == resolution
    }
}
