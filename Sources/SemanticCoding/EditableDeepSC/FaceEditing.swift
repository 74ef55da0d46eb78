import Imaging
import Networks

/// What `EditingEncoder` asks of the networks. The tests of the services put a quick editor of their own here.
package protocol FaceEditing: Sendable {
    /// What its codes are.
    var kind: LatentKind { get }
    /// SHA-256, 32 bytes, over the models that the receiver must have too.
    var modelDigest: [UInt8] { get }
    /// How many numbers a code has unless more or fewer are asked for.
    var dimension: Int { get }
    /// How many numbers a code has at most.
    var maximumDimension: Int { get }

    /// E_T: reads a sentence, which may speak of the edits before it.
    func reading(of sentence: String) throws(RequestRefusal) -> SentenceReading

    /// Whether a request can be carried out.
    ///
    /// - Throws: `EditError.noCodec` when nothing has been trained for its attribute.
    func check(_ request: EditRequest) throws(EditError)

    /// Brings one face of a photo into the FFHQ frame.
    ///
    /// - Parameters:
    ///   - before: where the face was in the picture before, of a video.
    ///   - checkpoint: called often; what it throws ends the work as `.interrupted`.
    func align(
        photo: [UInt8],
        face: Int?,
        alreadyAligned: Bool,
        before: FFHQSquare?,
        checkpoint: () throws -> Void
    ) throws(AlignmentError) -> AlignedFace

    /// E_I: inverts an aligned picture (eq. 8–9).
    ///
    /// - Parameters:
    ///   - dimension: how many numbers of the code are looked for; the usual ones when nil.
    ///   - progress: called before each step; what it throws is passed on.
    func invert(
        _ aligned: Picture,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> Inversion

    /// A code that is near enough to be shown, found through the student.
    ///
    /// - Parameters: as of `invert`.
    func sketch(
        _ aligned: Picture,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> [Float]

    /// E_EC: edits a code by iterative attribute matching (eq. 10–11).
    ///
    /// - Parameters:
    ///   - manner: what the edit is for.
    ///   - dimension: how many of its numbers will be sent; all when nil.
    ///   - progress: called before each step; what it throws is passed on.
    func edit(
        _ code: [Float],
        _ request: EditRequest,
        manner: EditManner,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode

    /// The code whose received picture is best (`ChannelMatching`).
    ///
    /// - Parameters:
    ///   - aligned: the photo, whose face it should be.
    ///   - dimension: how many of the code's numbers will be sent; all when nil.
    ///   - snr: Es/N0 in dB.
    ///   - progress: called before each step; what it throws is passed on.
    func match(
        _ edited: EditedCode,
        of aligned: Picture,
        dimension: Int?,
        snr: Int,
        progress: (StageProgress) throws -> Void
    ) throws -> [Float]

    /// The k reals that go on the air (`LinearPrecoder`), not yet normalised.
    ///
    /// - Parameters:
    ///   - dimension: k; all numbers of the code when nil.
    ///   - designSNR: Es/N0 in dB that they are made for; one without noise when nil.
    func channelEncode(_ edited: EditedCode, dimension: Int?, designSNR: Int?) -> [Float]

    /// Whether a code can go on from one that the receiver has.
    var goesOn: Bool { get }

    /// What tells how a face has moved since a key, for a stream; nil where there are no streams.
    ///
    /// - Parameters:
    ///   - code: of the key.
    ///   - key: the photo that it was found in, in the FFHQ frame.
    func movingFace(from code: [Float], of key: Picture) -> (any MovingFace)?

    /// SFace cosine of a code's picture and the photo; nil where nobody looks.
    func likeness(of code: [Float], to aligned: Picture) -> Double?

    /// The reals that a difference of two codes goes on the air as, and what of it they stand for; nil where it had better be
    /// sent as a whole code.
    ///
    /// - Parameter designSNR: Es/N0 in dB that they are made for.
    func channelEncode(difference: [Float], designSNR: Int) -> (reals: [Float], kept: [Float])?

    /// The generator's picture of a code.
    ///
    /// - Parameter resolution: its edge in pixels.
    func synthesizePicture(of code: [Float], resolution: Int) -> Picture
}

/// A face whose movements are sent.
package protocol MovingFace: Sendable {
    /// The reals that a frame goes on the air as: what is different from the key.
    ///
    /// - Parameters:
    ///   - frame: in the FFHQ frame.
    ///   - designSNR: Es/N0 in dB that they are made for; one without noise when nil.
    func reals(of frame: Picture, designSNR: Int?) -> [Float]
}

/// What an edit is for.
package enum EditManner: Sendable {
    /// A code that is sent whole.
    case whole
    /// One that goes on from a code that the receiver has: it stays where differences are sent (`CodeDifferences`).
    case continued
    /// A first picture: the student's is looked at, in a quarter of the time, and nothing is refined.
    case sketch
}

extension FaceEditing {
    /// It cannot.
    package var goesOn: Bool { false }

    /// The same for a photo by itself.
    package func align(
        photo: [UInt8],
        face: Int?,
        alreadyAligned: Bool,
        checkpoint: () throws -> Void = {}
    ) throws(AlignmentError) -> AlignedFace {
        try align(photo: photo, face: face, alreadyAligned: alreadyAligned, before: nil, checkpoint: checkpoint)
    }

    /// There are none.
    package func movingFace(from code: [Float], of key: Picture) -> (any MovingFace)? { nil }

    /// Nobody looks.
    package func likeness(of code: [Float], to aligned: Picture) -> Double? { nil }

    /// None.
    package func channelEncode(difference: [Float], designSNR: Int) -> (reals: [Float], kept: [Float])? { nil }

    /// Reads a sentence that stands on its own as edits, in order; there is at least one.
    package func understand(_ sentence: String) throws(RequestRefusal) -> [RequestedEdit] {
        try reading(of: sentence).editsAlone()
    }

    /// Several edits of a code, one after the other, each matched by itself; the code as it is where there are none.
    package func edit(
        _ code: [Float],
        _ requests: [EditRequest],
        manner: EditManner = .whole,
        dimension: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode {
        var edited = EditedCode(unedited: code, kind: kind)
        let count = Double(requests.count)
        for (index, request) in requests.enumerated() {
            let earlier = edited.edits
            edited = try edit(edited.code, request, manner: manner, dimension: dimension) {
                try progress(StageProgress(fraction: (Double(index) + $0.fraction) / count, note: $0.note))
            }
            if !earlier.isEmpty { edited.earlier = earlier }
        }
        return edited
    }
}
