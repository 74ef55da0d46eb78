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
}

extension SemanticEncoder {
    /// None.
    public func draft(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> CodeWord? { nil }

    /// Refuses: a codec without codes that are edited has no conversations.
    public func follow(_ order: EncodingOrder, _ conversation: EarlierOrders) throws -> FollowingOrder {
        throw EncodingRefusal(
            code: "no_conversation",
            "this codec knows nothing of the edits before: submit the photo again, or set codec = \"editable-deepsc\""
        )
    }
}

/// What the orders before one have left, as a conversation goes on.
public struct EarlierOrders: Sendable {
    /// Of the latest.
    public let latest: any EncodingArtifacts
    /// Of the one that taking the latest's edits back leads to; nil when that is the photo.
    public let before: (any EncodingArtifacts)?
    /// Of the one whose edits were taken back last; nil when there is none.
    public let undone: (any EncodingArtifacts)?

    /// What there is.
    public init(
        latest: any EncodingArtifacts,
        before: (any EncodingArtifacts)?,
        undone: (any EncodingArtifacts)?
    ) {
        (self.latest, self.before, self.undone) = (latest, before, undone)
    }
}

/// An order that goes on from others.
public struct FollowingOrder: Sendable {
    /// What it does to the edits before it.
    public enum Effect: Sendable {
        /// Its own come after them.
        case goesOn
        /// The latest are taken back.
        case undoes
        /// Those that were taken back last are there again.
        case redoes
    }

    /// As of an order that stands on its own.
    public let accepted: AcceptedOrder
    /// What it does to the edits before it.
    public let effect: Effect

    /// An order and what it does.
    public init(accepted: AcceptedOrder, effect: Effect) { (self.accepted, self.effect) = (accepted, effect) }
}

/// What goes on the air of an order, and what the receiver must know of it.
public struct CodeWord: Sendable, Equatable {
    /// k of them, not yet normalised.
    public let reals: [Float]
    /// SHA-256, 32 bytes, over what the decoder must have too.
    public let modelDigest: [UInt8]
    /// How it was made; nil for a codec that has no modes.
    public let mode: SemanticMode?
    /// Es/N0 in dB that it was made for; one without noise when nil.
    public let designSNR: Int?
    /// What its picture shows.
    public let edit: ExpectedEdit?
    /// SHA-256 of the channel adapters that it was made for; nil for none.
    public let adapterDigest: [UInt8]?
    /// SHA-256 of the picture that the receiver is to go on from; nil where it stands alone.
    public let baseDigest: [UInt8]?
    /// Whether a better one follows.
    public let isDraft: Bool

    /// A code word.
    public init(
        reals: [Float],
        modelDigest: [UInt8],
        mode: SemanticMode?,
        designSNR: Int? = nil,
        edit: ExpectedEdit? = nil,
        adapterDigest: [UInt8]? = nil,
        baseDigest: [UInt8]? = nil,
        isDraft: Bool = false
    ) {
        (self.baseDigest, self.isDraft) = (baseDigest, isDraft)
        (self.reals, self.modelDigest, self.mode) = (reals, modelDigest, mode)
        (self.designSNR, self.edit, self.adapterDigest) = (designSNR, edit, adapterDigest)
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

/// A code word as the channel left it.
public struct ReceivedCodeWord: Sendable {
    /// k reals, at the transmitter's scale; anything where erased.
    public let values: [Float]
    /// Of each value, at the same scale; infinite where erased.
    public let noiseVariance: [Float]
    /// The beginning of `CodeWord.modelDigest`.
    public let modelDigest: [UInt8]
    /// Es/N0 in dB that it was made for; one without noise when nil.
    public let designSNR: Int?
    /// Whether it was matched to the channel.
    public let isMatched: Bool
    /// Which channel adapters it was made for, by the beginning of their SHA-256.
    public let adapterDigest: [UInt8]?
    /// What is known of the code that it goes on from; nil where it stands alone.
    public let base: CodeKnowledge?

    /// A code word.
    public init(
        values: [Float],
        noiseVariance: [Float],
        modelDigest: [UInt8],
        designSNR: Int? = nil,
        isMatched: Bool = false,
        adapterDigest: [UInt8]? = nil,
        base: CodeKnowledge? = nil
    ) {
        self.base = base
        (self.values, self.noiseVariance, self.modelDigest) = (values, noiseVariance, modelDigest)
        (self.designSNR, self.isMatched, self.adapterDigest) = (designSNR, isMatched, adapterDigest)
    }
}

/// What a receiver knows of a code.
public struct CodeKnowledge: Sendable, Equatable {
    /// The best estimate of it.
    public let code: [Float]
    /// Of its errors along each of the codec's axes; empty where nobody knows.
    public let variances: [Float]

    /// What is known.
    public init(code: [Float], variances: [Float]) { (self.code, self.variances) = (code, variances) }
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

/// What a receiver has drawn, and what it makes of it.
public struct DecodedPicture: Sendable {
    /// As large as was asked for.
    public let picture: Picture
    /// The latent code behind it, and how well it is known.
    public let knowledge: CodeKnowledge
    /// How like the photo it probably is; nil where that cannot be told.
    public let likeness: ExpectedLikeness?
    /// The degree, 0 to 5, of each attribute as the picture shows it; empty where nobody looks.
    public let degrees: [String: Int]

    /// A picture.
    ///
    /// - Parameter variances: of the code's errors; unknown when empty.
    public init(
        picture: Picture,
        code: [Float],
        variances: [Float] = [],
        likeness: ExpectedLikeness? = nil,
        degrees: [String: Int] = [:]
    ) {
        (self.picture, self.likeness, self.degrees) = (picture, likeness, degrees)
        knowledge = CodeKnowledge(code: code, variances: variances)
    }

    /// The latent code behind it.
    public var code: [Float] { knowledge.code }
}

/// What a received picture is to show.
public struct ExpectedEdit: Codable, Sendable, Equatable {
    /// One of `AttributePredictor.attributes`.
    public let attribute: String
    /// 0 to 5.
    public let degree: Int

    /// An edit.
    public init(attribute: String, degree: Int) {
        (self.attribute, self.degree) = (attribute, degree)
    }

    /// Degrees that a picture may be off and still show the edit.
    public static let tolerance = 1

    /// Whether a picture of these degrees shows it; nil where its attribute was not looked at.
    public func isShown(by degrees: [String: Int]) -> Bool? {
        degrees[attribute].map { abs($0 - degree) <= Self.tolerance }
    }
}

/// The stages of encoding, in their order.
public enum EncodingStage: String, Sendable, CaseIterable {
    /// Photo to a face in its frame.
    case aligning
    /// Face to latent code.
    case inverting
    /// Latent code to the edited one.
    case editing
}

/// What is to be sent.
public struct EncodingOrder: Sendable {
    /// What is to be changed, in English.
    public let instruction: String
    /// Counted from 0, the largest first; the largest when nil.
    public let face: Int?
    /// Whether the photo is in the face's frame already.
    public let isAligned: Bool
    /// k, the reals to send; the encoder's `dimension` when nil.
    public let dimension: Int?
    /// How it is to be coded; as the encoder's settings say when nil.
    public let mode: SemanticMode?
    /// Es/N0 in dB of the channel, as far as it is known.
    public let snr: Int?
    /// SHA-256 of the picture that the receiver has of the order before; nil where it has none to go on from.
    public let baseDigest: [UInt8]?

    /// An order.
    public init(
        instruction: String,
        face: Int? = nil,
        isAligned: Bool = false,
        dimension: Int? = nil,
        mode: SemanticMode? = nil,
        snr: Int? = nil,
        baseDigest: [UInt8]? = nil
    ) {
        self.baseDigest = baseDigest
        (self.instruction, self.face, self.isAligned, self.dimension) = (instruction, face, isAligned, dimension)
        (self.mode, self.snr) = (mode, snr)
    }
}

/// An order that can be carried out.
public struct AcceptedOrder: Sendable {
    /// The instruction as understood, in words.
    public let request: String
    /// The same edit by edit; empty where the codec does not say.
    public let edits: [UnderstoodEdit]
    /// Degrees clockwise by which the photo lay wrong: 0, 90, 180 or 270.
    public let turned: Int
    /// What has been made already.
    public let artifacts: [EncodingArtifact: [UInt8]]

    /// An order that can be carried out.
    public init(
        request: String,
        edits: [UnderstoodEdit] = [],
        turned: Int,
        artifacts: [EncodingArtifact: [UInt8]]
    ) {
        (self.request, self.edits, self.turned, self.artifacts) = (request, edits, turned, artifacts)
    }
}

/// One edit that an instruction asks for, and the words that do.
public struct UnderstoodEdit: Sendable, Equatable {
    /// As understood, in words: "age +1".
    public let request: String
    /// The part of the instruction that it came from.
    public let span: String

    /// An edit and the words that ask for it.
    public init(request: String, span: String) { (self.request, self.span) = (request, span) }
}

/// What a stage came to, for people.
public struct StageReport: Sendable {
    /// What inverting found.
    public var inversion: Inversion?
    /// What editing did.
    public var edit: EditedCode?

    /// A report of nothing, or of what is given.
    public init(inversion: Inversion? = nil, edit: EditedCode? = nil) {
        (self.inversion, self.edit) = (inversion, edit)
    }
}

/// A file that a stage makes or needs, by its name on disk.
public enum EncodingArtifact: String, Sendable, CaseIterable {
    case photo
    case request = "request.json"
    case aligned = "aligned.png"
    case inversion = "inversion.json"
    case invertedPicture = "inverted.png"
    /// The edited code that a conversation goes on from; missing where it is the photo's own.
    case start = "start.json"
    /// What was sent of the order before, as the receiver has it.
    case base = "base.json"
    case edited = "edited.json"
    case editedPicture = "edited.png"
    /// The reals, of a codec that edits and codes at once.
    case coded = "coded.json"
}

/// Where the artifacts of one order are kept.
public protocol EncodingArtifacts: Sendable {
    /// Whether it is there, damaged or not.
    func has(_ artifact: EncodingArtifact) -> Bool
    /// - Throws: when it is not there, or damaged.
    func read(_ artifact: EncodingArtifact) throws -> [UInt8]
    /// Whole or not at all.
    func write(_ bytes: [UInt8], as artifact: EncodingArtifact) throws
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
