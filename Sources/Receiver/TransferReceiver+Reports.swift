import Basics
import Channel
import Logging
import Networks
import SemanticCoding
import Wire

/// What is said of a transmission to whoever sent it.
extension TransferReceiver {
    /// What to report of a transfer that has been drawn.
    func report<Peer>(
        _ result: ReceivedTransfer,
        of transmission: ReceivedTransmission<Peer>
    ) -> TransferReport? {
        if let doubts = result.doubts, doubts.isWithheld {
            return TransferReport(.withheld, of: transmission, result, note: doubts.words)
        }
        return TransferReport(
            .decoded,
            of: transmission,
            result,
            note: book.store.place(of: transmission.side.transferID)
        )
    }

    /// What to report of a transmission that came to nothing: counted and logged.
    func report<Peer>(
        _ error: any Error,
        of transmission: ReceivedTransmission<Peer>,
        _ logger: Logger
    ) -> TransferReport? {
        let (status, outcome): (TransferReport.Status, String)
        switch error {
        case is CancellationError: return nil
        case let refusal as Refusal:
            logger.error("refused: \(refusal)")
            (status, outcome) = (.refused, "refused")
        case let refusal as DecodingRefusal:
            metrics.link.codecRefused(isTemporary: refusal.isTemporary)
            logger.error("the codec does not draw it: \(refusal)")
            (status, outcome) = refusal.isTemporary ? (.failed, "failed") : (.refused, "refused")
        case is Incomplete, is AnotherCopy, is ChannelEstimationError:
            logger.info("asked for a repeat: \(error)")
            let isNoise = error as? ChannelEstimationError == .noSignal
            (status, outcome) = (
                .repeatRequested, isNoise ? "no_signal" : error is AnotherCopy ? "doubtful" : "incomplete"
            )
        case is BaseMissing:
            logger.info("asked for the whole code: \(error)")
            (status, outcome) = (.baseMissing, "base_missing")
        case is FileError:
            // Not acknowledged: what is not on disk has not arrived.
            readiness.report("results", trouble: "\(error)")
            logger.error("cannot be kept: \(error)")
            (status, outcome) = (.failed, "failed")
        default:
            logger.error("cannot be drawn: \(error)")
            (status, outcome) = (.failed, "failed")
        }
        metrics.link.transfers(outcome)
        return TransferReport(status, of: transmission, note: "\(error)")
    }
}

/// Why a transfer will never be drawn here.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What a transmission goes on from is not here, or not any more.
struct BaseMissing: Error, CustomStringConvertible {
    let description = "the picture that it goes on from is not here"
}

/// Too much of a transmission was lost.
struct Incomplete: Error, CustomStringConvertible {
    let missing: Int
    let count: Int

    var description: String { "\(missing) of \(count) reals are missing" }
}

/// What was drawn is doubtful, and another copy would say more.
struct AnotherCopy: Error, CustomStringConvertible {
    let doubts: String
    let count: Int

    var description: String { "\(doubts), from \(count) \(count == 1 ? "copy" : "copies")" }
}

extension TransferReport {
    /// The report on a transmission; nil where it cannot be put into one.
    fileprivate init?<Peer>(
        _ status: Status,
        of transmission: ReceivedTransmission<Peer>,
        _ result: ReceivedTransfer? = nil,
        note: String
    ) {
        let known = result.flatMap { [UInt8](hexadecimal: $0.pictureDigest.utf8) }
        let digest = known.flatMap { $0.count == 32 ? $0 : nil } ?? [UInt8](repeating: 0, count: 32)
        let report = try? TransferReport(
            transferID: transmission.side.transferID,
            attempt: transmission.side.attempt,
            status: status,
            isDraft: transmission.side.isDraft,
            estimatedSNRDB: Float(result?.snrDecibels ?? 0),
            symbolsExpected: UInt32(clamping: transmission.erased.count),
            symbolsErased: UInt32(clamping: result?.erasures ?? transmission.erased.count { $0 }),
            resultDigest: digest,
            quality: result.flatMap { try? Quality($0) },
            note: note
        )
        guard let report else { return nil }
        self = report
    }
}

extension TransferReport.Quality {
    /// Nil where nothing is known of the picture.
    fileprivate init?(_ result: ReceivedTransfer) throws(WireError) {
        guard let likeness = result.likeness else { return nil }
        try self.init(
            lpips: likeness.lpips,
            samePerson: likeness.samePerson,
            degrees: AttributePredictor.attributes.map { name in result.degrees?[name].map { UInt8(clamping: $0) } },
            isDoubtful: result.doubts?.isDoubtful ?? false,
            lacksEdit: result.doubts?.lacksEdit ?? false
        )
    }
}
