import Foundation

/// Where a transfer stands. The order of the first five is the order of the work.
public enum TransferState: String, Codable, Sendable, CaseIterable {
    case queued, aligning, inverting, editing, sending
    case acknowledged, failed, cancelled, expired

    /// Whether nothing more will happen.
    public var isFinal: Bool {
        switch self {
        case .queued, .aligning, .inverting, .editing, .sending: false
        case .acknowledged, .failed, .cancelled, .expired: true
        }
    }
}

/// What is known of a transfer: kept as `job.json` in the spool and shown by the control API.
public struct TransferRecord: Codable, Sendable, Equatable {
    /// A UUID in lower case; the receiver's result directory has the same name.
    public let id: String
    public let sentence: String
    /// Which face of the photo, counted from 0, the largest first; the largest when nil.
    public let face: Int?
    /// Whether the photo was said to be in the FFHQ frame already.
    public let aligned: Bool
    /// Real channel symbols asked for; as many as the code has numbers when nil.
    public let symbols: Int?
    /// Least likeness asked for, an SFace cosine: a picture less like the photo is not sent.
    public let leastLikeness: Double?
    public let created: Date
    public var updated: Date
    public var state = TransferState.queued
    /// The sentence as understood, in words.
    public let request: String
    /// What the client called the submission, so that sending it twice makes one transfer.
    public let idempotencyKey: String?
    /// SHA-256 of the photo's file, in hexadecimal.
    public let photoDigest: String
    /// Degrees clockwise by which the photo was turned to stand upright: it lay on its side or on its head, and did not say
    /// so. Nil when it stood.
    public var turned: Int?
    /// Seconds of work by stage.
    public var seconds: [String: Double] = [:]
    public var inversion: Inversion?
    /// How like the photo the inverted picture is.
    public var likeness: Likeness?
    public var edit: Edit?
    public var signal: Signal?
    public var reception: Reception?
    public var failure: Failure?
    /// Why the work on it stands still for now, such as a full disk; it goes on by itself.
    public var trouble: String?
    /// How often the daemon crashed while it worked on it; nil for never.
    public var crashes: Int?

    public init(
        id: String,
        sentence: String,
        face: Int?,
        aligned: Bool,
        symbols: Int? = nil,
        leastLikeness: Double? = nil,
        request: String,
        idempotencyKey: String? = nil,
        photoDigest: String = "",
        created: Date
    ) {
        self.id = id
        self.sentence = sentence
        self.face = face
        self.aligned = aligned
        self.symbols = symbols
        self.leastLikeness = leastLikeness
        self.request = request
        self.idempotencyKey = idempotencyKey
        self.photoDigest = photoDigest
        self.created = created
        self.updated = created
    }

    /// How near the inverted picture came to the photo.
    public struct Inversion: Codable, Sendable, Equatable {
        public let lpips, mse: Double
        public let steps: Int

        public init(lpips: Double, mse: Double, steps: Int) {
            self.lpips = lpips
            self.mse = mse
            self.steps = steps
        }
    }

    /// How like the photo the inverted picture is.
    public struct Likeness: Codable, Sendable, Equatable {
        /// LPIPS: smaller is nearer. Cosine of SFace's embeddings: 1 for the same face.
        public let lpips, cosine: Double
        /// In words.
        public let verdict: String
        /// Whether people should be warned.
        public let isPoor: Bool

        public init(lpips: Double, cosine: Double, verdict: String, isPoor: Bool) {
            (self.lpips, self.cosine, self.verdict, self.isPoor) = (lpips, cosine, verdict, isPoor)
        }
    }

    /// What the edit did, in degrees 0 to 5.
    public struct Edit: Codable, Sendable, Equatable {
        public let attribute: String
        public let degreeBefore, degreeExpected, degreeAfter, steps: Int

        public init(attribute: String, degreeBefore: Int, degreeExpected: Int, degreeAfter: Int, steps: Int) {
            self.attribute = attribute
            self.degreeBefore = degreeBefore
            self.degreeExpected = degreeExpected
            self.degreeAfter = degreeAfter
            self.steps = steps
        }
    }

    /// What went on the air.
    public struct Signal: Codable, Sendable, Equatable {
        /// Reals of the code word, k.
        public let reals: Int
        /// Complex symbols that carry them.
        public let symbols: Int
        /// Complex pilot symbols.
        public let pilots: Int
        /// Bits of side information, all copies counted.
        public let sideInformationBits: Int
        /// Channel bandwidth ratio as the paper counts it: k over height × width × 3.
        public let cbrReals: Double
        /// Complex channel uses over height × width × 3.
        public let cbrSymbols: Double
        /// Complex channel uses, with pilots and side information (two bits a symbol), over height × width × 3.
        public let cbrTotal: Double
        /// When the transfer expires unless acknowledged.
        public let deadline: Date
        /// How often it was sent.
        public var attempts = 0

        /// - Parameters:
        ///   - edge: of the square picture that is to be received, in pixels.
        public init(reals: Int, symbols: Int, pilots: Int, sideInformationBits: Int, edge: Int, deadline: Date) {
            self.reals = reals
            self.symbols = symbols
            self.pilots = pilots
            self.sideInformationBits = sideInformationBits
            self.deadline = deadline
            let values = Double(edge * edge * 3)
            cbrReals = Double(reals) / values
            cbrSymbols = Double(symbols) / values
            cbrTotal = (Double(symbols + pilots) + Double(sideInformationBits) / 2) / values
        }
    }

    /// What the receiver reported.
    public struct Reception: Codable, Sendable, Equatable {
        /// Es/N0 estimated from the pilots, in dB.
        public let snrDecibels: Double
        /// Symbols that never arrived.
        public let erasures: Int
        /// SHA-256 of the received picture's file, in hexadecimal.
        public let pictureDigest: String
        /// Where the receiver keeps the picture, `HOST:PATH`, as it says itself.
        public let place: String?

        public init(snrDecibels: Double, erasures: Int, pictureDigest: String, place: String? = nil) {
            self.snrDecibels = snrDecibels
            self.erasures = erasures
            self.pictureDigest = pictureDigest
            self.place = place
        }
    }

    /// Why a transfer failed.
    public struct Failure: Codable, Sendable, Equatable {
        public let code, message: String

        public init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }
}

/// One event of `GET /v1/transfers/ID/events`.
public struct TransferUpdate: Codable, Sendable, Equatable {
    public let id: String
    public let state: TransferState
    /// Done share of the stage, 0 to 1.
    public let fraction: Double
    /// A short phrase for people.
    public let note: String

    public init(id: String, state: TransferState, fraction: Double, note: String) {
        self.id = id
        self.state = state
        self.fraction = fraction
        self.note = note
    }
}

/// The answer of `GET /v1/status`: how the transmitter is doing.
public struct TransmitterStatus: Codable, Sendable, Equatable {
    public let pid: Int32
    public let started: Date
    /// Transfers by state; states without one are left out.
    public let jobs: [String: Int]
    /// Bytes of finished transfers in the spool.
    public let spoolBytes: Int
    /// Datagrams that its socket dropped.
    public let dropped: DatagramDrops
    /// What is not well, such as a full disk.
    public let troubles: [String]

    public init(
        pid: Int32,
        started: Date,
        jobs: [String: Int],
        spoolBytes: Int,
        dropped: DatagramDrops,
        troubles: [String]
    ) {
        self.pid = pid
        self.started = started
        self.jobs = jobs
        self.spoolBytes = spoolBytes
        self.dropped = dropped
        self.troubles = troubles
    }
}

/// The answer of `GET /v1/transfers`.
public struct TransferList: Codable, Sendable {
    public let transfers: [TransferRecord]

    public init(transfers: [TransferRecord]) {
        self.transfers = transfers
    }
}
