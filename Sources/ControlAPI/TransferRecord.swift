import Foundation

/// Where a transfer stands. The order of the first five is the order of the work.
package enum TransferState: String, Codable, Sendable, CaseIterable {
    case queued, aligning, inverting, editing, sending
    case acknowledged, failed, cancelled, expired

    /// Whether nothing more will happen.
    package var isFinal: Bool {
        switch self {
        case .queued, .aligning, .inverting, .editing, .sending: false
        case .acknowledged, .failed, .cancelled, .expired: true
        }
    }
}

/// What is known of a transfer: kept as `job.json` in the spool and shown by the control API.
package struct TransferRecord: Codable, Sendable, Equatable {
    /// A UUID in lower case; the receiver's result directory has the same name.
    package let id: String
    package let sentence: String
    /// Which face of the photo, counted from 0, the largest first; the largest when nil.
    package let face: Int?
    /// Whether the photo was said to be in the FFHQ frame already.
    package let aligned: Bool
    /// Real channel symbols asked for; as many as the code has numbers when nil.
    package let symbols: Int?
    /// Least likeness asked for, an SFace cosine: a picture less like the photo is not sent.
    package let leastLikeness: Double?
    /// How to code it for the channel: full, linear or paper; as configured when nil.
    package let mode: String?
    package let created: Date
    package var updated: Date
    package var state = TransferState.queued
    /// The sentence as understood, in words.
    package let request: String
    /// The same edit by edit, in the order of the work; nil in records of old.
    package var requests: [Request]?
    /// What the client called the submission, so that sending it twice makes one transfer.
    package let idempotencyKey: String?
    /// The conversation that it belongs to: the id of its first transfer; nil outside of any.
    package var session: String?
    /// The transfer to whose edits its own were added; nil where they were added to the photo.
    package var parent: String?
    /// The transfer before it in the conversation, from whose picture the receiver can go on.
    package var base: String?
    /// The transfer whose edits it takes back.
    package var undone: String?
    /// SHA-256 of the photo's file, in hexadecimal.
    package let photoDigest: String
    /// Degrees clockwise by which the photo was turned to stand upright: it lay on its side or on its head, and did not say
    /// so. Nil when it stood.
    package var turned: Int?
    /// Seconds of work by stage.
    package var seconds: [String: Double] = [:]
    package var inversion: Inversion?
    /// How like the photo the inverted picture is.
    package var likeness: Likeness?
    /// The last edit.
    package var edit: Edit?
    /// All edits, in order; nil in records of old.
    package var edits: [Edit]?
    /// What the channel's Es/N0 was taken for when the code was made, in dB.
    package var designSNR: Int?
    package var signal: Signal?
    package var reception: Reception?
    /// Whether only the final picture is sent; nil: a draft before it, where one is sooner.
    package var once: Bool?
    /// The draft that was received before the final picture.
    package var draft: Draft?
    package var failure: Failure?
    /// Why the work on it stands still for now, such as a full disk; it goes on by itself.
    package var trouble: String?
    /// How often the daemon crashed while it worked on it; nil for never.
    package var crashes: Int?

    package init(
        id: String,
        sentence: String,
        face: Int?,
        aligned: Bool,
        symbols: Int? = nil,
        leastLikeness: Double? = nil,
        mode: String? = nil,
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
        self.mode = mode
        self.request = request
        self.idempotencyKey = idempotencyKey
        self.photoDigest = photoDigest
        self.created = created
        self.updated = created
    }

    /// How near the inverted picture came to the photo.
    package struct Inversion: Codable, Sendable, Equatable {
        package let lpips, mse: Double
        package let steps: Int

        package init(lpips: Double, mse: Double, steps: Int) {
            self.lpips = lpips
            self.mse = mse
            self.steps = steps
        }
    }

    /// How like the photo the inverted picture is.
    package struct Likeness: Codable, Sendable, Equatable {
        /// LPIPS: smaller is nearer. Cosine of SFace's embeddings: 1 for the same face.
        package let lpips, cosine: Double
        /// In words.
        package let verdict: String
        /// Whether people should be warned.
        package let isPoor: Bool

        package init(lpips: Double, cosine: Double, verdict: String, isPoor: Bool) {
            (self.lpips, self.cosine, self.verdict, self.isPoor) = (lpips, cosine, verdict, isPoor)
        }
    }

    /// One edit that the sentence asks for.
    package struct Request: Codable, Sendable, Equatable, CustomStringConvertible {
        /// As understood, in words: "age +1".
        package let request: String
        /// The words of the sentence that it came from.
        package let span: String

        package init(request: String, span: String) {
            (self.request, self.span) = (request, span)
        }

        /// For people: "age +1, from 'a bit older'".
        package var description: String { "\(request), from '\(span)'" }
    }

    /// What an edit did, in degrees 0 to 5.
    package struct Edit: Codable, Sendable, Equatable {
        package let attribute: String
        package let degreeBefore, degreeExpected, degreeAfter, steps: Int
        /// How it went; nil in records of old.
        package let outcome: Outcome?
        /// Whether it stopped where the face would hardly be the same person's; nil where not.
        package let isHeldBack: Bool?

        /// How an edit went.
        package enum Outcome: String, Codable, Sendable {
            /// The degree asked for was reached.
            case done
            /// The face had it already, so that nothing was edited.
            case already
            /// Another degree than before, and than the one asked for.
            case partly
            /// No other degree than before, though one was asked for.
            case unmoved
        }

        package init(
            attribute: String,
            degreeBefore: Int,
            degreeExpected: Int,
            degreeAfter: Int,
            steps: Int,
            isHeldBack: Bool? = nil
        ) {
            self.attribute = attribute
            self.isHeldBack = isHeldBack
            self.degreeBefore = degreeBefore
            self.degreeExpected = degreeExpected
            self.degreeAfter = degreeAfter
            self.steps = steps
            outcome =
                degreeBefore == degreeExpected
                ? .already : degreeAfter == degreeExpected ? .done : degreeAfter == degreeBefore ? .unmoved : .partly
        }

        /// What people should be warned of, in words; nil where the edit was made as asked for.
        package var doubt: String? {
            switch outcome {
            case .done, nil: nil
            case .already where [0, 5].contains(degreeBefore):
                "\(attribute) is \(degreeBefore) already, which is as far as it goes: nothing was edited"
            case .already: "\(attribute) is \(degreeBefore) already: nothing was edited"
            case .partly where isHeldBack == true, .unmoved where isHeldBack == true:
                "\(attribute) came to \(degreeAfter), not to \(degreeExpected): further on it would hardly be the same person"
            case .partly: "\(attribute) came to \(degreeAfter), not to \(degreeExpected)"
            case .unmoved: "\(attribute) stays at \(degreeBefore): the face does not go to \(degreeExpected)"
            }
        }
    }

    /// What went on the air.
    package struct Signal: Codable, Sendable, Equatable {
        /// How the code was made for the channel: full, linear or paper; nil in records of old.
        package let mode: String?
        /// Es/N0 in dB that it was made for; nil where the noise had no part in it.
        package let designSNR: Int?
        /// Reals of the code word, k.
        package let reals: Int
        /// Complex symbols that carry them.
        package let symbols: Int
        /// Complex pilot symbols.
        package let pilots: Int
        /// How they ride: single-carrier or ofdm; nil in records of old.
        package let waveform: String?
        /// Bits of side information of the first sending, all copies counted.
        package let sideInformationBits: Int
        /// Channel bandwidth ratio as the paper counts it: k over height × width × 3.
        package let cbrReals: Double
        /// Complex channel uses over height × width × 3.
        package let cbrSymbols: Double
        /// Complex channel uses, with pilots, prefixes and side information (two bits a symbol), over height × width × 3.
        package let cbrTotal: Double
        /// When the transfer expires unless acknowledged.
        package let deadline: Date
        /// How often it was sent.
        package var attempts = 0

        /// - Parameters:
        ///   - symbolsOnAir: with pilots and prefixes; nil where nothing leads blocks.
        ///   - edge: of the square picture that is to be received, in pixels.
        package init(
            mode: String? = nil,
            designSNR: Int? = nil,
            reals: Int,
            symbols: Int,
            pilots: Int,
            waveform: String? = nil,
            symbolsOnAir: Int? = nil,
            sideInformationBits: Int,
            edge: Int,
            deadline: Date
        ) {
            (self.mode, self.designSNR) = (mode, designSNR)
            self.reals = reals
            self.symbols = symbols
            self.pilots = pilots
            self.waveform = waveform
            self.sideInformationBits = sideInformationBits
            self.deadline = deadline
            let values = Double(edge * edge * 3)
            cbrReals = Double(reals) / values
            cbrSymbols = Double(symbols) / values
            cbrTotal = (Double(symbolsOnAir ?? symbols + pilots) + Double(sideInformationBits) / 2) / values
        }
    }

    /// What the receiver reported.
    package struct Reception: Codable, Sendable, Equatable {
        /// Es/N0 estimated from the pilots, in dB.
        package let snrDecibels: Double
        /// Symbols that never arrived.
        package let erasures: Int
        /// SHA-256 of the received picture's file, in hexadecimal.
        package let pictureDigest: String
        /// Where the receiver keeps the picture, `HOST:PATH`, as it says itself.
        package let place: String?
        /// What the receiver makes of its picture; nil where it does not say.
        package let quality: Quality?

        package init(
            snrDecibels: Double,
            erasures: Int,
            pictureDigest: String,
            place: String? = nil,
            quality: Quality? = nil
        ) {
            self.snrDecibels = snrDecibels
            self.erasures = erasures
            self.pictureDigest = pictureDigest
            self.place = place
            self.quality = quality
        }

        /// What the receiver makes of its picture, without the photo.
        package struct Quality: Codable, Sendable, Equatable {
            /// Expected LPIPS against the photo, and probability that the picture shows the same person.
            package let lpips, samePerson: Double
            /// The degrees, 0 to 5, that the picture shows.
            package let degrees: [String: Int]
            /// Whether it is too probably another person, and whether it lacks its edit.
            package let isDoubtful, lacksEdit: Bool

            package init(lpips: Double, samePerson: Double, degrees: [String: Int], isDoubtful: Bool, lacksEdit: Bool) {
                (self.lpips, self.samePerson, self.degrees) = (lpips, samePerson, degrees)
                (self.isDoubtful, self.lacksEdit) = (isDoubtful, lacksEdit)
            }

            /// What people should be warned of, in words.
            package var doubts: [String] {
                let percent = Int((samePerson * 100).rounded())
                return (isDoubtful ? ["the received picture is probably not the same person (\(percent) %)"] : [])
                    + (lacksEdit ? ["the received picture does not show the edit"] : [])
            }
        }
    }

    /// A picture that was sent while the photo was still inverted, and that the final one replaces.
    package struct Draft: Codable, Sendable, Equatable {
        /// Seconds from the acceptance of the transfer to the receiver's report.
        package let seconds: Double
        package let signal: Signal
        package let reception: Reception

        package init(seconds: Double, signal: Signal, reception: Reception) {
            (self.seconds, self.signal, self.reception) = (seconds, signal, reception)
        }
    }

    /// Why a transfer failed.
    package struct Failure: Codable, Sendable, Equatable {
        package let code, message: String

        package init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }
}

/// One event of `GET /v1/transfers/ID/events`.
package struct TransferUpdate: Codable, Sendable, Equatable {
    package let id: String
    package let state: TransferState
    /// Done share of the stage, 0 to 1.
    package let fraction: Double
    /// A short phrase for people.
    package let note: String
    /// Whether the receiver has a draft of the picture now; nil where that is no news.
    package let hasDraft: Bool?

    package init(id: String, state: TransferState, fraction: Double, note: String, hasDraft: Bool? = nil) {
        (self.id, self.state, self.fraction, self.note, self.hasDraft) = (id, state, fraction, note, hasDraft)
    }
}

/// The answer of `GET /v1/status`: how the transmitter is doing.
package struct TransmitterStatus: Codable, Sendable, Equatable {
    package let pid: Int32
    package let started: Date
    /// Transfers by state; states without one are left out.
    package let jobs: [String: Int]
    /// Bytes of finished transfers in the spool.
    package let spoolBytes: Int
    /// Datagrams that its socket dropped.
    package let dropped: DatagramDrops
    /// What is not well, such as a full disk.
    package let troubles: [String]

    package init(
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
package struct TransferList: Codable, Sendable {
    package let transfers: [TransferRecord]

    package init(transfers: [TransferRecord]) {
        self.transfers = transfers
    }
}
