import Basics
import ControlAPI
import Foundation
import SemanticCoding
import ServiceKit

/// What the control API asks of the queue.
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
        let photoDigest = try await photos.run(cost: Double(submission.photo.count) / 10) { _ in
            TransferStages.digest(submission.photo)
        }
        if let known = try earlier(submission, photoDigest: photoDigest) { return (known, false) }
        let unfinished = records.values.count { $0.state == .queued } + beingAccepted
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
        let (request, square, turned) = try await refusing { [photos, stages] in
            try await photos.run(cost: TransferStages.cost(of: submission.photo)) {
                try stages.accept(submission, checkpoint: $0.callAsFunction)
            }
        }
        var record = TransferRecord(
            id: UUID().uuidString.lowercased(),
            sentence: submission.sentence,
            face: submission.face,
            aligned: submission.aligned,
            symbols: submission.symbols,
            leastLikeness: submission.leastLikeness,
            request: "\(request)",
            idempotencyKey: submission.idempotencyKey,
            photoDigest: photoDigest,
            created: Date()
        )
        record.turned = turned == 0 ? nil : turned
        record.seconds[TransferState.aligning.rawValue] = (ContinuousClock.now - began).seconds
        do {
            try spool.create(
                record,
                artifacts: [.photo: submission.photo, .aligned: square, .request: ChecksummedJSON.encode(request)]
            )
        } catch {
            report(trouble: "\(error)")
            throw ControlError(
                status: .init(code: 507),
                code: "spool",
                message: "the spool takes no new transfer: \(error)"
            )
        }
        report(trouble: nil)
        records[record.id] = record
        if let key = record.idempotencyKey { submissions[key] = record.id }
        log(record.id).info("accepted: \(record.request)")
        showMetrics()
        wake.yield(record.id)
        return (record, true)
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
        guard let known = submissions[key].flatMap({ records[$0] }) else { return nil }
        guard submission.matches(known, photoDigest: photoDigest) else {
            throw ControlError(
                status: .unprocessableContent,
                code: "key_reused",
                message: "the idempotency key belongs to another submission: use a new one for each"
            )
        }
        return known
    }

    package func status() -> TransmitterStatus {
        TransmitterStatus(
            pid: getpid(),
            started: started,
            jobs: Dictionary(records.values.map { ($0.state.rawValue, 1) }, uniquingKeysWith: +),
            spoolBytes: sizes.values.reduce(0, +),
            dropped: sockets.drops,
            troubles: readiness.complaints
        )
    }

    /// All transfers, the oldest first.
    package func all() -> [TransferRecord] { records.values.sorted { $0.created < $1.created } }

    /// - Parameter id: or its first characters, where they fit one transfer alone.
    package func record(_ id: String) throws -> TransferRecord {
        if let record = records[id] { return record }
        let id = id.lowercased()
        let found = id.count < Self.fewestCharacters ? [] : records.keys.filter { $0.hasPrefix(id) }
        guard found.count <= 1 else {
            throw ControlError(
                status: .conflict,
                code: "ambiguous",
                message: "\(found.count) transfers begin with \(id): give more of the id"
            )
        }
        guard let record = found.first.flatMap({ records[$0] }) else { throw Self.unknown(id) }
        return record
    }

    /// Of an id, to name a transfer by.
    private static var fewestCharacters: Int { 4 }

    /// Ends a transfer that is not over.
    package func cancel(_ id: String) throws -> TransferRecord {
        let record = try record(id)
        let id = record.id
        guard !record.state.isFinal else {
            throw ControlError(
                status: .conflict,
                code: "over",
                message: "the transfer is over already: it is \(record.state.rawValue)"
            )
        }
        do {
            try advance(id, .cancelled)
        } catch let error as FileError {
            throw ControlError(status: .init(code: 507), code: "spool", message: "cannot be cancelled now: \(error)")
        }
        tasks[id]?.cancel()
        return try self.record(id)
    }

    /// Progress of a transfer until it is over.
    package func updates(of id: String) throws -> AsyncStream<TransferUpdate> {
        let record = try record(id)
        let id = record.id
        if record.state.isFinal {
            return AsyncStream {
                $0.yield(TransferUpdate(id: id, state: record.state, fraction: 1, note: ""))
                $0.finish()
            }
        }
        return feed.watch(id)
    }

    /// A picture of a finished stage as a PNG file's bytes.
    package func picture(of id: String, stage: PictureStage) throws -> [UInt8] {
        let record = try record(id)
        guard let bytes = try? spool.read(stage.artifact, of: record.id) else {
            throw ControlError(
                status: .notFound,
                code: "no_picture",
                message: "there is no \(stage.rawValue) picture: the transfer is \(record.state.rawValue)"
            )
        }
        return bytes
    }

    /// Turns what is wrong with a submission into a 422.
    private func refusing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch AlignmentError.noMemory {
            throw ControlError(
                status: .serviceUnavailable,
                code: "no_memory",
                message: "\(AlignmentError.noMemory)"
            )
        } catch is CancellationError {
            throw ControlError(status: .serviceUnavailable, code: "stopping", message: "it was given up: try again")
        } catch
            where error is RequestRefusal || error is EditError || error is AlignmentError || error is SymbolsRefusal
        {
            throw ControlError(status: .unprocessableContent, code: Self.code(of: error), message: "\(error)")
        }
    }
}
