import Basics
import ControlAPI
import Foundation
import Logging
import ServiceKit

/// What is known of the transfers: on disk first, then in memory, and told to whoever watches.
///
/// Belongs to `TransferQueue`, on whose thread everything here happens.
final class TransferBook {
    let spool: Spool
    let feed = UpdateFeed()
    private let readiness: Readiness
    private let metrics: TransmitterMetrics
    private let logger: Logger
    private var retention: RetentionPolicy

    private var records: [String: TransferRecord] = [:]
    /// Ids by idempotency key.
    private var submissions: [String: String] = [:]
    /// Bytes of the finished transfers in the spool.
    private var sizes: [String: Int] = [:]

    /// Of an id, to name a transfer by.
    private static let fewestCharacters = 4

    init(
        spool: Spool,
        retention: RetentionPolicy,
        readiness: Readiness,
        metrics: TransmitterMetrics,
        logger: Logger
    ) {
        (self.spool, self.retention, self.readiness) = (spool, retention, readiness)
        (self.metrics, self.logger) = (metrics, logger)
    }

    /// Takes up what the spool holds.
    ///
    /// - Parameter culprit: the transfer at which the process before this one crashed.
    /// - Returns: the ids of those that are not over, the oldest first.
    /// - Throws: `FileError`.
    func load(culprit: String?) throws -> [String] {
        let found = try spool.load()
        for problem in found.problems { logger.error("spool entry set aside: \(problem)") }
        var unfinished: [String] = []
        for var record in found.records {
            if record.id == culprit, !record.state.isFinal {
                logger.error("the daemon crashed while it was \(record.state.rawValue) transfer \(record.id)")
                try record.crashed(at: Date())
                try spool.save(record)
            }
            enter(record)
            if record.state.isFinal {
                sizes[record.id] = spool.size(of: record.id)
                continue
            }
            logger.info("resuming at \(record.state.rawValue)", metadata: ["transfer": "\(record.id)"])
            unfinished.append(record.id)
        }
        showMetrics()
        return unfinished
    }

    /// Keeps finished transfers by this policy from now on.
    func use(_ retention: RetentionPolicy) { self.retention = retention }

    // MARK: Looking up

    subscript(id: String) -> TransferRecord? { records[id] }

    /// All transfers, the oldest first.
    var all: [TransferRecord] { records.values.sorted { $0.created < $1.created } }

    /// What was reported of the transfer that arrived last.
    var latestReception: TransferRecord.Reception? {
        records.values.filter { $0.reception != nil }.max { $0.updated < $1.updated }?.reception
    }

    /// How many are in each state; states without one are left out.
    var states: [TransferState: Int] {
        Dictionary(records.values.map { ($0.state, 1) }, uniquingKeysWith: +)
    }

    /// Bytes of the finished transfers in the spool.
    var bytes: Int { sizes.values.reduce(0, +) }

    /// - Parameter id: or its first characters, where they fit one transfer alone.
    /// - Throws: `ControlError` where they fit none or several.
    func record(_ id: String) throws(ControlError) -> TransferRecord {
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
        guard let record = found.first.flatMap({ records[$0] }) else {
            throw ControlError(
                status: .notFound,
                code: "unknown",
                message: "there is no transfer \(id): see `txctl list`"
            )
        }
        return record
    }

    /// The transfer that a submission under this idempotency key made.
    func record(underKey key: String) -> TransferRecord? { submissions[key].flatMap { records[$0] } }

    // MARK: Changing

    /// Puts a new transfer on disk.
    ///
    /// - Throws: `FileError`; then there is none.
    func create(_ record: TransferRecord, artifacts: [Spool.Artifact: [UInt8]]) throws {
        do {
            try spool.create(record, artifacts: artifacts)
        } catch {
            report(trouble: "\(error)")
            throw error
        }
        report(trouble: nil)
        enter(record)
        log(record.id).info("accepted: \(record.request)")
        showMetrics()
    }

    /// Applies an event, saves, and tells the watchers. Nothing has happened when it cannot be saved.
    ///
    /// - Throws: `ControlError` where there is no such transfer, `LifecycleError`, `FileError`.
    func advance(_ id: String, _ event: TransferEvent) throws {
        var record = try record(id)
        try record.apply(event, at: Date())
        try save(record)
        showMetrics()
        if record.state.isFinal {
            metrics.ended(record)
            sizes[id] = spool.size(of: id)
        }
        log(id).info("\(record.state.rawValue)\(record.failure.map { ": \($0.message)" } ?? "")")
        tell(id, fraction: record.state.isFinal ? 1 : 0, record.failure?.message ?? "")
    }

    /// The spool first, then the memory: what anybody is told is on disk.
    ///
    /// - Throws: `FileError`.
    func save(_ record: TransferRecord) throws {
        try spool.save(record)
        report(trouble: nil)
        records[record.id] = record
    }

    /// Changes what goes to disk with the next event.
    func note(_ id: String, _ change: (inout TransferRecord) -> Void) {
        guard var record = records[id] else { return }
        change(&record)
        records[id] = record
    }

    /// Removes finished transfers that are too old or too much.
    func tidy(at now: Date) {
        let entries = sizes.compactMap { id, bytes in
            records[id].map { RetentionPolicy.Entry(id: id, finished: $0.updated, bytes: bytes) }
        }
        for id in retention.expired(among: entries, at: now) {
            do {
                try spool.remove(id)
            } catch {
                log(id).error("cannot be removed: \(error)")
                continue
            }
            if let key = records[id]?.idempotencyKey { submissions[key] = nil }
            records[id] = nil
            sizes[id] = nil
            log(id).info("removed: retention")
        }
        showMetrics()
    }

    private func enter(_ record: TransferRecord) {
        records[record.id] = record
        if let key = record.idempotencyKey { submissions[key] = record.id }
    }

    // MARK: Telling

    /// Tells the watchers how far a transfer is in its state.
    func tell(_ id: String, fraction: Double = 0, hasDraft: Bool? = nil, _ note: String) {
        guard let record = records[id] else { return }
        feed.publish(.init(id: id, state: record.state, fraction: fraction, note: note, hasDraft: hasDraft))
    }

    /// Says that the disk takes nothing, or that it does again.
    func report(trouble: String?) {
        if readiness.report("spool", trouble: trouble), let trouble { logger.error("the spool: \(trouble)") }
    }

    private func showMetrics() { metrics.show(records.values, spoolBytes: bytes) }

    func log(_ id: String) -> Logger {
        var logger = logger
        logger[metadataKey: "transfer"] = "\(id)"
        return logger
    }
}
