import Basics
import Imaging
import Networks
import Synchronization

/// The frames of a stream: each is sent as what is different from the key, whose edits the receiver's picture has.
final class EditingStream: FrameEncoder {
    private let editor: any FaceEditing
    private let face: any MovingFace
    private let key: EncodingOrder
    private let digest: [UInt8]
    /// Where the face was in the frame before.
    private let place = Mutex<FFHQSquare?>(nil)

    init(editor: any FaceEditing, face: any MovingFace, key: EncodingOrder, digest: [UInt8]) {
        (self.editor, self.face, self.key, self.digest) = (editor, face, key, digest)
    }

    func codeWord(of frame: [UInt8], snr: Int?, checkpoint: () throws -> Void) throws -> CodeWord {
        let aligned: AlignedFace
        do throws(AlignmentError) {
            aligned = try editor.align(
                photo: frame,
                face: key.face,
                alreadyAligned: key.isAligned,
                before: place.withLock { $0 },
                checkpoint: checkpoint
            )
        } catch {
            throw error.refusal
        }
        place.withLock { $0 = aligned.place }
        try checkpoint()
        return CodeWord(
            reals: face.reals(of: aligned.square, designSNR: snr),
            modelDigest: editor.modelDigest,
            mode: .linear,
            designSNR: snr,
            baseDigest: digest
        )
    }
}

extension EditingEncoder {
    package func sendsStream(after key: EncodingOrder) -> Bool {
        let editor = editor(for: key)
        return mode(of: key) != .paper && editor.kind == .expanded
            && key.dimension ?? editor.dimension == editor.dimension
    }

    package func stream(_ key: EncodingOrder, artifacts: any EncodingArtifacts) throws -> any FrameEncoder {
        let editor = editor(for: key)
        guard let digest = key.baseDigest, let square = square(in: artifacts),
            let inversion: Inversion = stored(.inversion, in: artifacts), inversion.kind == editor.kind
        else {
            throw EncodingRefusal(code: "gone", "the stream's first picture is not there any more: begin a new stream")
        }
        guard sendsStream(after: key), let face = editor.movingFace(from: inversion.code, of: square) else {
            throw EncodingRefusal.noStream
        }
        return EditingStream(editor: editor, face: face, key: key, digest: digest)
    }
}
