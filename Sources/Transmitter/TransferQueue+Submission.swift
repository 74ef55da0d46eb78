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
        try await counted { try await accept(submission) }
    }

    /// Counts how it went to hand something in.
    func counted(
        _ body: () async throws -> (record: TransferRecord, isNew: Bool)
    ) async throws -> (record: TransferRecord, isNew: Bool) {
        do {
            let result = try await body()
            metrics.submitted(result.isNew ? "accepted" : "repeated")
            return result
        } catch let error as ControlError {
            metrics.submitted(error.code)
            throw error
        }
    }

    private func accept(_ submission: TransferSubmission) async throws -> (record: TransferRecord, isNew: Bool) {
        guard !isStopping else { throw Self.stopping }
        let photo = submission.photo
        let photoDigest = try await threads.photos.run(cost: Double(photo.count) / 10) { _ in
            TransferArtifacts.digest(photo)
        }
        let known = try earlier(under: submission.idempotencyKey) {
            submission.matches($0, photoDigest: photoDigest)
        }
        if let known { return (known, false) }
        return try await admitted(key: submission.idempotencyKey) {
            let began = ContinuousClock.now
            let accepted = try await look(at: submission)
            let record = submission.record(
                as: accepted,
                photoDigest: photoDigest,
                seconds: (ContinuousClock.now - began).seconds
            )
            try enter(record, accepted.artifacts.merging([.photo: photo]) { $1 })
            return (record, true)
        }
    }

    /// Makes room for one more while it is accepted.
    ///
    /// - Throws: `ControlError` when there is none, and what `body` throws.
    func admitted<Result>(key: String?, _ body: () async throws -> Result) async throws -> Result {
        guard !isStopping else { throw Self.stopping }
        if let key, keysBeingAccepted.contains(key) { throw Self.keyInProgress }
        let unfinished = book.states[.queued, default: 0] + beingAccepted
        guard unfinished < limits.queued else {
            throw ControlError(
                status: .tooManyRequests,
                code: "queue_full",
                message: "\(unfinished) transfers are waiting already: try again later"
            )
        }
        beingAccepted += 1
        if let key { keysBeingAccepted.insert(key) }
        defer {
            beingAccepted -= 1
            if let key { keysBeingAccepted.remove(key) }
        }
        return try await body()
    }

    /// Puts a transfer on disk and queues it.
    ///
    /// - Throws: `ControlError` with status 507.
    func enter(_ record: TransferRecord, _ artifacts: [EncodingArtifact: [UInt8]]) throws(ControlError) {
        do {
            try book.create(record, artifacts: artifacts)
        } catch {
            throw Self.noRoom(error)
        }
        beginDraft(of: record.id)
        wake.yield(record.id)
    }

    /// Replaces a record.
    ///
    /// - Throws: `ControlError` with status 507.
    func save(_ record: TransferRecord) throws(ControlError) {
        do {
            try book.save(record)
        } catch {
            throw Self.noRoom(error)
        }
    }

    private static func noRoom(_ error: any Error) -> ControlError {
        ControlError(
            status: .init(code: 507),
            code: "spool",
            message: "the spool takes no new transfer: \(error)"
        )
    }

    private static let stopping = ControlError(
        status: .serviceUnavailable,
        code: "stopping",
        message: "tx-daemon is stopping: try again soon"
    )
    private static let keyInProgress = ControlError(
        status: .conflict,
        code: "in_progress",
        message: "a submission under this idempotency key is being accepted: try again soon"
    )
    private static let keyReused = ControlError(
        status: .unprocessableContent,
        code: "key_reused",
        message: "the idempotency key belongs to another submission: use a new one for each"
    )

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
        return try await asked(cost: Self.cost(of: submission.photo)) { encoder, checkpoint in
            try encoder.accept(submission.order, photo: submission.photo, checkpoint: checkpoint)
        }
    }

    /// Asks the codec something on the photos' thread.
    ///
    /// - Throws: `ControlError`.
    func asked<Answer: Sendable>(
        cost: Double = 0,
        _ question: @escaping @Sendable (any SemanticEncoder, () throws -> Void) throws -> Answer
    ) async throws -> Answer {
        do {
            return try await threads.photos.run(cost: cost) { [encoder] checkpoint in
                try question(encoder, checkpoint.callAsFunction)
            }
        } catch let refusal as EncodingRefusal {
            throw ControlError(refusal)
        } catch is CancellationError {
            throw ControlError(status: .serviceUnavailable, code: "stopping", message: "it was given up: try again")
        }
    }

    /// About what accepting a photo costs, in pixels: the larger it says it is, the more.
    private static func cost(of photo: [UInt8]) -> Double {
        Double(PictureFile.declaredPixels(in: photo) ?? photo.count) + Double(photo.count)
    }

    /// The transfer that was handed in under a key before; nil when there is none, or no key.
    ///
    /// - Parameter isSame: whether that was the same.
    /// - Throws: `ControlError` when it was something else.
    func earlier(
        under key: String?,
        _ isSame: (TransferRecord) -> Bool
    ) throws(ControlError) -> TransferRecord? {
        guard let known = key.flatMap({ book.record(underKey: $0) }) else { return nil }
        guard isSame(known) else { throw Self.keyReused }
        return known
    }
}

extension ControlError {
    /// As the control API tells a codec's refusal.
    init(_ refusal: EncodingRefusal) {
        self.init(
            status: refusal.isTemporary ? .serviceUnavailable : .unprocessableContent,
            code: refusal.code,
            message: refusal.description
        )
    }
}
