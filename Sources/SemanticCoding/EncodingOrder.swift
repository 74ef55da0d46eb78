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
    /// What is to be changed, in English; nothing when empty.
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
