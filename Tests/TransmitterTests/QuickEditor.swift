import Foundation
import Imaging
import Networks
import ServiceKit
import Synchronization

@testable import SemanticCoding
@testable import Transmitter

/// An editor for tests that needs no models: quick, counted, and it can be held up in a stage.
final class QuickEditor: FaceEditing {
    struct Broken: Error, CustomStringConvertible {
        var description: String { "broken on purpose" }
    }

    /// What the editor was asked to do, in order.
    let calls = Mutex<[String]>([])
    /// While true, inversion goes on and on, passing its checkpoints.
    let holdsInversion: Atomic<Bool>
    /// While true, decoding this photo goes on and on, passing its checkpoints.
    let slowPhotosHold = Atomic(false)
    static let slowPhoto = [UInt8](repeating: 1, count: 50_000)
    /// While true, inversion never comes to a checkpoint.
    let isStuck = Atomic(false)
    private let breaksEdits: Bool
    /// While true, edits change nothing, as where a face is already as it is asked to be.
    let changesNothing = Atomic(false)
    /// While true, edits are refused as by a codec whose process is away.
    let isAway = Atomic(false)

    let goesOn: Bool
    let kind: LatentKind
    let modelDigest = [UInt8](repeating: 5, count: 32)
    let dimension = 512
    let maximumDimension = 2048

    init(
        holdsInversion: Bool = false,
        breaksEdits: Bool = false,
        goesOn: Bool = false,
        kind: LatentKind = .expanded
    ) {
        (self.kind, self.goesOn) = (kind, goesOn)
        self.holdsInversion = Atomic(holdsInversion)
        self.breaksEdits = breaksEdits
    }

    func count(_ call: String) -> Int { calls.withLock { $0.count { $0 == call } } }

    private func note(_ call: String) { calls.withLock { $0.append(call) } }

    /// A step for each time that the sentence says "smile"; an act where it begins with the name of one.
    func reading(of sentence: String) throws(RequestRefusal) -> SentenceReading {
        let step = EditRequest.Kind.change(direction: .up, degree: 1)
        if sentence.contains("older") {
            return SentenceReading(edits: [RequestedEdit(.init(attribute: .age, kind: step), from: "older")])
        }
        let words = sentence.split(separator: " ")
        let edits = words.filter { $0.hasPrefix("smile") }.map { _ in
            RequestedEdit(.init(attribute: .smiling, kind: step), from: "smile")
        }
        let act = words.first.flatMap { ConversationAct(rawValue: String($0)) }
        guard act != nil || !edits.isEmpty else { throw .unrelated(nil) }
        return SentenceReading(act: act, edits: edits)
    }

    func check(_ request: EditRequest) throws(EditError) {
        guard request.attribute == .smiling else { throw .noCodec(attribute: "age", trained: ["smiling"]) }
    }

    func align(
        photo: [UInt8],
        face: Int?,
        alreadyAligned: Bool,
        before: FFHQSquare?,
        checkpoint: () throws -> Void
    ) throws(AlignmentError) -> AlignedFace {
        note("align")
        guard photo.first != 0 else { throw .noFace }
        if photo.count == Self.slowPhoto.count {
            while slowPhotosHold.load(ordering: .sequentiallyConsistent) {
                do { try checkpoint() } catch { throw .interrupted }
                usleep(1000)
            }
        }
        let square = Picture(width: 8, height: 8, pixels: [UInt8](repeating: photo.first ?? 0, count: 8 * 8 * 3))
        return AlignedFace(square: square, turned: photo.last == 90 ? 90 : 0)
    }

    func invert(
        _ aligned: Picture,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> Inversion {
        note("invert")
        while isStuck.load(ordering: .sequentiallyConsistent) { usleep(1000) }
        repeat {
            try progress(StageProgress(fraction: 0.5, note: "half way"))
            usleep(1000)
        } while holdsInversion.load(ordering: .sequentiallyConsistent)
        let code = (0..<512).map { Float(sin(Double($0))) + Float(aligned.pixels.first ?? 0) }
        return Inversion(kind: kind, code: code, lpips: 0.25, mse: 0.5, cosine: 0.2, steps: 3, seconds: 0.1)
    }

    func sketch(
        _ aligned: Picture,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> [Float] {
        note("sketch")
        if breaksEdits { throw Broken() }
        return [Float](repeating: 7, count: 512)
    }

    func edit(
        _ code: [Float],
        _ request: EditRequest,
        manner: EditManner,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode {
        note(manner == .sketch ? "sketch edit" : "edit")
        if breaksEdits { throw Broken() }
        if isAway.load(ordering: .sequentiallyConsistent) {
            throw EncodingRefusal(code: "codec_absent", "the codec is away", isTemporary: true)
        }
        try progress(StageProgress(fraction: 0.5, note: "editing"))
        // Each edit is seen in the code.
        return EditedCode(
            kind: kind,
            code: changesNothing.load(ordering: .sequentiallyConsistent) ? code : code.map { $0 + 1 },
            attribute: "smiling",
            degreeBefore: 4,
            degreeExpected: 0,
            degreeAfter: 0,
            steps: 2
        )
    }

    func match(
        _ edited: EditedCode,
        of aligned: Picture,
        dimension: Int?,
        snr: Int,
        progress: (StageProgress) throws -> Void
    ) throws -> [Float] {
        note("match to \(snr) dB")
        try progress(StageProgress(fraction: 0.5, note: "matching"))
        return edited.code.map { $0 + Float(snr) }
    }

    func channelEncode(_ edited: EditedCode, dimension: Int?, designSNR: Int?) -> [Float] {
        Array((edited.matched?.code ?? edited.code).prefix(dimension ?? self.dimension))
    }

    func movingFace(from code: [Float], of key: Picture) -> (any MovingFace)? {
        note("moving face")
        return QuickMotion(key: key)
    }

    /// Of nobody's face any more once a dozen edits have been made.
    func likeness(of code: [Float], to aligned: Picture) -> Double? {
        code[0] - Float(aligned.pixels.first ?? 0) < 17 ? 0.9 : -0.5
    }

    /// All but a hundredth of it, unless that is much.
    func channelEncode(difference: [Float], designSNR: Int) -> (reals: [Float], kept: [Float])? {
        guard abs(difference[0]) < 10 else { return nil }
        return ([Float](repeating: difference[0], count: 64), difference.map { 0.99 * $0 })
    }

    func synthesizePicture(of code: [Float], resolution: Int) -> Picture {
        Picture(
            width: resolution,
            height: resolution,
            pixels: [UInt8](repeating: 9, count: resolution * resolution * 3)
        )
    }
}

extension EditingEncoder {
    /// The codec around an editor.
    init(_ editor: QuickEditor) {
        self.init(editors: [editor], mode: editor.kind == .w ? .paper : .full, resolution: 128)
    }
}

/// A face that moves as its pixels do.
private struct QuickMotion: MovingFace {
    let key: Picture

    func reals(of frame: Picture, designSNR: Int?) -> [Float] {
        let moved = Float(frame.pixels.first ?? 0) - Float(key.pixels.first ?? 0)
        return (0..<CodeDifferences.ofMotion).map { moved + Float($0 % 3) + Float(designSNR ?? 0) / 10 }
    }
}
