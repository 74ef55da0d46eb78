import Imaging
import Networks

/// What stands between the services and the paper: makes reals of a photo and an instruction, and a picture of reals.
///
/// The services know nothing else of what they send. To add one: a folder here, and a line in `SemanticCodecs`.
public protocol SemanticCodec: Sendable {
    /// What people call it.
    static var name: String { get }

    /// The transmitter's half.
    ///
    /// - Parameters:
    ///   - models: where the networks lie.
    ///   - settings: what an operator has chosen.
    ///   - resolution: edge in pixels of the pictures that are kept for people.
    /// - Throws: `ModelStoreError` when a model is missing or broken, and what else keeps it from working.
    static func encoder(
        models: ModelStore,
        settings: SemanticSettings,
        resolution: Int
    ) throws -> any SemanticEncoder

    /// The receiver's half, for everything that `encoder` may have made: by `CodeWord.modelDigest`. Under an empty digest
    /// stands a decoder that looks at digests itself, since it cannot know them at the start.
    ///
    /// - Throws: as `encoder`.
    static func decoders(
        models: ModelStore,
        settings: SemanticSettings
    ) throws -> [[UInt8]: any SemanticDecoder]
}

/// A half of a codec that depends on something outside the daemon, such as another process.
public protocol DependentCodec: Sendable {
    /// What keeps it from working now; nil when it can work. Asked every few seconds, on the thread kept for maths.
    ///
    /// - Parameter checkpoint: called often; what it throws ends the question.
    /// - Throws: what the checkpoint throws.
    func trouble(checkpoint: () throws -> Void) throws -> String?
}

/// The transmitter's half of a codec. Calls take up to minutes: only on a thread that is kept for maths.
public protocol SemanticEncoder: Sendable {
    /// k, the reals of a code word, unless an order asks for another number.
    var dimension: Int { get }

    /// What can be found out at once, before an order is taken: whether the instruction is understood, whether there is a
    /// face in the photo.
    ///
    /// - Parameters:
    ///   - order: what is to be sent.
    ///   - photo: a picture file.
    ///   - checkpoint: called often; what it throws ends the work, as a `CancellationError`.
    /// - Throws: `EncodingRefusal` for what the user can mend, `CancellationError`.
    func accept(_ order: EncodingOrder, photo: [UInt8], checkpoint: () throws -> Void) throws -> AcceptedOrder

    /// The same for an order that goes on from others: its instruction may speak of the edits before it, and the work
    /// begins where theirs ended.
    ///
    /// - Parameters:
    ///   - order: what is to be sent.
    ///   - conversation: what the orders before it have left.
    /// - Throws: `EncodingRefusal`; by default, since not every codec edits codes.
    func follow(_ order: EncodingOrder, _ conversation: EarlierOrders) throws -> FollowingOrder

    /// Takes in what was installed since, such as channel adapters.
    ///
    /// - Throws: when something of it cannot be read; all stays as it was.
    func reload() throws

    /// Whether the face lies in its frame already, and can be read: what `accept` found is kept by whoever takes the order.
    func isAligned(_ artifacts: any EncodingArtifacts) -> Bool

    /// Does one stage, or only reads what it made before: work that was interrupted goes on after the last whole stage.
    ///
    /// - Parameters:
    ///   - order: what is to be sent.
    ///   - stage: which one.
    ///   - artifacts: where the order's files lie.
    ///   - progress: called often; what it throws ends the stage and is passed on.
    /// - Throws: `EncodingRefusal`, and what reading and writing artifacts throws.
    func encode(
        _ order: EncodingOrder,
        stage: EncodingStage,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> StageReport

    /// What goes on the air before the stages are done, so that people see something at once. It is made from the aligned
    /// face in about a second, and nothing of it is kept.
    ///
    /// - Parameters: as of `encode`.
    /// - Returns: nil where there is nothing that would be sooner; by default.
    /// - Throws: as `encode`.
    func draft(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> CodeWord?

    /// What goes on the air, after the last stage. What is missing of the stages is done anew.
    ///
    /// - Parameters:
    ///   - order: what is to be sent.
    ///   - artifacts: where the order's files lie.
    ///   - progress: as of `encode`.
    /// - Returns: the code word, and what the stages came to that it is made of.
    /// - Throws: as `encode`.
    func codeWord(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> (codeWord: CodeWord, report: StageReport)

    /// Whether frames may follow an order as a stream; by default none may.
    func sendsStream(after key: EncodingOrder) -> Bool

    /// What frames of the same face are sent by, after an order whose picture the receiver has: the stream's key.
    ///
    /// - Parameters:
    ///   - key: with the digest of the receiver's picture.
    ///   - artifacts: where the key's files lie.
    /// - Throws: `EncodingRefusal`; by default, since not every codec knows how faces move.
    func stream(_ key: EncodingOrder, artifacts: any EncodingArtifacts) throws -> any FrameEncoder
}

/// The transmitter's half of a stream: pictures that follow a key.
public protocol FrameEncoder: Sendable {
    /// What goes on the air of a frame.
    ///
    /// - Parameters:
    ///   - frame: a picture file.
    ///   - snr: Es/N0 in dB of the channel, as far as it is known.
    ///   - checkpoint: called often; what it throws ends the work, as a `CancellationError`.
    /// - Throws: `EncodingRefusal` where there is no face in it, `CancellationError`.
    func codeWord(of frame: [UInt8], snr: Int?, checkpoint: () throws -> Void) throws -> CodeWord
}

extension SemanticEncoder {
    /// None.
    public func draft(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> CodeWord? { nil }

    /// A codec that sends whole pictures knows nothing of movements.
    public func sendsStream(after key: EncodingOrder) -> Bool { false }

    /// Refuses.
    public func stream(_ key: EncodingOrder, artifacts: any EncodingArtifacts) throws -> any FrameEncoder {
        throw EncodingRefusal.noStream
    }

    /// Refuses: a codec without codes that are edited has no conversations.
    public func follow(_ order: EncodingOrder, _ conversation: EarlierOrders) throws -> FollowingOrder {
        throw EncodingRefusal(
            code: "no_conversation",
            "this codec knows nothing of the edits before: submit the photo again, or set codec = \"editable-deepsc\""
        )
    }
}

/// The receiver's half of a codec. Calls take seconds: only on a thread that is kept for maths.
public protocol SemanticDecoder: Sendable {
    /// k of the longest code word that can be decoded.
    var maximumDimension: Int { get }

    /// As of `SemanticEncoder`.
    func reload() throws

    /// Whether a code word may go on from one that was decoded before.
    var goesOn: Bool { get }

    /// Whether there are the channel adapters whose SHA-256 begins so.
    func hasAdapters(digest: [UInt8]) -> Bool

    /// Draws a square picture from received reals.
    ///
    /// - Parameters:
    ///   - received: the code word as the channel left it.
    ///   - resolution: edge of the picture in pixels.
    ///   - checkpoint: called often by whoever waits; what it throws ends the work.
    /// - Throws: when the numbers make no sense; `DecodingRefusal`; what the checkpoint throws.
    func decode(
        _ received: ReceivedCodeWord,
        resolution: Int,
        checkpoint: () throws -> Void
    ) throws -> DecodedPicture
}

extension SemanticDecoder {
    /// It may not.
    public var goesOn: Bool { false }
}

/// Why an order is not carried out.
public struct EncodingRefusal: Error, CustomStringConvertible {
    /// A word for programs, such as `no_face`.
    public let code: String
    /// For people: the cause and the next step.
    public let description: String
    /// Whether the same may work later.
    public let isTemporary: Bool

    /// A refusal.
    public init(code: String, _ description: String, isTemporary: Bool = false) {
        (self.code, self.description, self.isTemporary) = (code, description, isTemporary)
    }

    /// Why there is no stream.
    package static let noStream = EncodingRefusal(
        code: "no_stream",
        "frames go on from whole codes of the codec editable-deepsc: leave out --symbols and mode paper"
    )
}

/// How far a stage has come; handed to progress callbacks.
public struct StageProgress: Sendable {
    /// Done share of the stage, 0 to 1.
    public let fraction: Double
    /// One short phrase for people, such as "step 40 of 110, LPIPS 0.231".
    public let note: String

    /// So far.
    public init(fraction: Double, note: String) {
        self.fraction = fraction
        self.note = note
    }
}

/// Why a code word is not drawn.
public struct DecodingRefusal: Error, CustomStringConvertible {
    /// For people: the cause and the next step.
    public let description: String
    /// Whether the same may work later.
    public let isTemporary: Bool

    /// A refusal.
    public init(_ description: String, isTemporary: Bool) {
        (self.description, self.isTemporary) = (description, isTemporary)
    }
}
