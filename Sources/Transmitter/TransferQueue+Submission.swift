import Basics
import ControlAPI
import Foundation
import Imaging
import SemanticCoding
import ServiceKit

/// How transfers come in.
extension TransferQueue {
    /// Checks photo and sentence, puts the transfer on disk and queues it.
    ///
    /// - Returns: the record, and whether it is new; it is not when the same was handed in before under the same
    ///   idempotency key.
    /// - Throws: `ControlError` with a 4xx status for what the user can mend.
    package func submit(_ submission: TransferSubmission) async throws -> (record: TransferRecord, isNew: Bool) {
        do {
            let result = try await accept(submission)
            metrics.submitted(result.isNew ? "accepted" : "repeated")
            return result
        } catch let error as ControlError {
            metrics.submitted(error.code)
            throw error
        }
    }

    private func accept(_ submission: TransferSubmission) async throws -> (record: TransferRecord, isNew: Bool) {
        guard !isStopping else {
            throw ControlError(
                status: .serviceUnavailable,
                code: "stopping",
                message: "tx-daemon is stopping: try again soon"
            )
        }
        let photo = submission.photo
        let photoDigest = try await threads.photos.run(cost: Double(photo.count) / 10) { _ in
            TransferArtifacts.digest(photo)
        }
        if let known = try earlier(submission, photoDigest: photoDigest) { return (known, false) }
        let unfinished = book.states[.queued, default: 0] + beingAccepted
        guard unfinished < limits.queued else {
            throw ControlError(
                status: .tooManyRequests,
                code: "queue_full",
                message: "\(unfinished) transfers are waiting already: try again later"
            )
        }
        beingAccepted += 1
        if let key = submission.idempotencyKey { keysBeingAccepted.insert(key) }
        defer {
            beingAccepted -= 1
            if let key = submission.idempotencyKey { keysBeingAccepted.remove(key) }
        }
        let began = ContinuousClock.now
        let accepted = try await look(at: submission)
        let record = submission.record(
            as: accepted,
            photoDigest: photoDigest,
            seconds: (ContinuousClock.now - began).seconds
        )
        do {
            try book.create(record, artifacts: accepted.artifacts.merging([.photo: photo]) { $1 })
        } catch {
            throw ControlError(
                status: .init(code: 507),
                code: "spool",
                message: "the spool takes no new transfer: \(error)"
            )
        }
        wake.yield(record.id)
        return (record, true)
    }

    /// What the codec says of a submission, on the photos' thread.
    ///
    /// - Throws: `ControlError`.
    private func look(at submission: TransferSubmission) async throws -> AcceptedOrder {
        guard submission.symbols ?? encoder.dimension <= mostReals else {
            throw ControlError(
                status: .unprocessableContent,
                code: "bad_symbols",
                message: "symbols must be at most \(mostReals) here: a transmission lasts at most a second, "
                    + "pilots included (sample_rate of tx-daemon)"
            )
        }
        do {
            let cost = Self.cost(of: submission.photo)
            return try await threads.photos.run(cost: cost) { [encoder] checkpoint in
                try encoder.accept(
                    submission.order,
                    photo: submission.photo,
                    checkpoint: checkpoint.callAsFunction
                )
            }
        } catch let refusal as EncodingRefusal {
            throw ControlError(
                status: refusal.isTemporary ? .serviceUnavailable : .unprocessableContent,
                code: refusal.code,
                message: refusal.description
            )
        } catch is CancellationError {
            throw ControlError(status: .serviceUnavailable, code: "stopping", message: "it was given up: try again")
        }
    }

    /// About what accepting a photo costs, in pixels: the larger it says it is, the more.
    private static func cost(of photo: [UInt8]) -> Double {
        Double(PictureFile.declaredPixels(in: photo) ?? photo.count) + Double(photo.count)
    }

    /// The transfer that an earlier submission under the same key made.
    private func earlier(_ submission: TransferSubmission, photoDigest: String) throws -> TransferRecord? {
        guard let key = submission.idempotencyKey else { return nil }
        if keysBeingAccepted.contains(key) {
            throw ControlError(
                status: .conflict,
                code: "in_progress",
                message: "a submission under this idempotency key is being accepted: try again soon"
            )
        }
        guard let known = book.record(underKey: key) else { return nil }
        guard submission.matches(known, photoDigest: photoDigest) else {
            throw ControlError(
                status: .unprocessableContent,
                code: "key_reused",
                message: "the idempotency key belongs to another submission: use a new one for each"
            )
        }
        return known
    }
}
