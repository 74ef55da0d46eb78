import Basics
import ControlAPI
import Foundation
import Imaging
import Logging
import SemanticCoding
import ServiceKit
import ServiceLifecycle

/// The transmitter's work: takes transfers in, runs their stages one transfer at a time, and keeps any number of them
/// on the air.
///
/// The actor runs on a thread of its own, because it waits for the disk. The maths runs on another one.
package actor TransferQueue: Service {
    let disk: WorkThread
    let spool: Spool
    let stages: TransferStages
    private let atWork: WorkAtCrash
    let maths: WorkThread
    let photos: WorkThread
    let link: SignalLink
    private(set) var limits: TransmitterLimits
    private var retention: RetentionPolicy
    let readiness: Readiness
    let metrics: TransmitterMetrics
    let sockets: SocketMetrics
    let logger: Logger
    nonisolated let feed = UpdateFeed()

    let started = Date()
    var records: [String: TransferRecord] = [:]
    /// Ids by idempotency key.
    var submissions: [String: String] = [:]
    /// Bytes of the finished transfers in the spool.
    var sizes: [String: Int] = [:]
    var beingAccepted = 0
    var keysBeingAccepted: Set<String> = []
    var isStopping = false
    var tasks: [String: any CancellableTask] = [:]
    nonisolated let waiting: AsyncStream<String>
    nonisolated let wake: AsyncStream<String>.Continuation
    /// After trouble with the disk, work on a transfer is tried again so much later.
    let troubleRetry = Duration.seconds(2)

    package nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    /// Opens the spool and takes up what it holds.
    ///
    /// - Parameters:
    ///   - mostReals: that one transmission carries.
    ///   - maths: where the codec runs.
    ///   - photos: where photos are decoded and faces found, so that submissions are answered while the maths runs.
    ///   - disk: where the actor itself runs.
    init(
        spool path: String,
        codec: any EditingCodec,
        link: SignalLink,
        resolution: Int,
        mostReals: Int,
        sockets: SocketMetrics,
        limits: TransmitterLimits,
        retention: RetentionPolicy,
        readiness: Readiness,
        metrics: TransmitterMetrics,
        maths: WorkThread,
        photos: WorkThread,
        disk: WorkThread,
        logger: Logger
    ) throws {
        spool = try Spool(root: path)
        atWork = WorkAtCrash(root: path)
        stages = TransferStages(codec: codec, spool: spool, mostReals: mostReals, resolution: resolution)
        self.sockets = sockets
        self.maths = maths
        self.photos = photos
        self.disk = disk
        self.link = link
        self.limits = limits
        self.retention = retention
        self.readiness = readiness
        self.metrics = metrics
        self.logger = logger
        (waiting, wake) = AsyncStream.makeStream(of: String.self)
        let found = try spool.load()
        for problem in found.problems { logger.error("spool entry set aside: \(problem)") }
        let culprit = try atWork.takePrevious()
        for var record in found.records {
            if record.id == culprit, !record.state.isFinal {
                logger.error("the daemon crashed while it was \(record.state.rawValue) transfer \(record.id)")
                try record.crashed(at: Date())
                try spool.save(record)
            }
            records[record.id] = record
            if let key = record.idempotencyKey { submissions[key] = record.id }
            if record.state.isFinal {
                sizes[record.id] = spool.size(of: record.id)
                continue
            }
            logger.info("resuming at \(record.state.rawValue)", metadata: ["transfer": "\(record.id)"])
            wake.yield(record.id)
        }
        metrics.show(records.values, spoolBytes: sizes.values.reduce(0, +))
    }

    /// Takes other limits from now on.
    func use(_ limits: TransmitterLimits, _ retention: RetentionPolicy) {
        self.limits = limits
        self.retention = retention
    }

    // MARK: The work

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.keepTidy() }
                for await id in waiting.cancelOnGracefulShutdown() {
                    guard let codeWord = await prepare(id) else { continue }
                    group.addTask { await self.transmit(id, codeWord) }
                }
            }
        } onGracefulShutdown: {
            Task { await self.drain() }
        }
        atWork.stop()
    }

    /// Stops the maths at its next step (the transfer goes on after a restart), and gives what is on the air some time.
    private func drain() async {
        isStopping = true
        for (id, task) in tasks where records[id]?.state != .sending { task.cancel() }
        try? await Task.sleep(for: .seconds(limits.drainSeconds))
        for task in tasks.values { task.cancel() }
    }

    /// Runs the stages that are left and returns what is to be sent; nil when nothing is.
    private func prepare(_ id: String) async -> [Float]? {
        guard !isStopping, records[id]?.state.isFinal == false else { return nil }
        defer { atWork.end() }
        let task = Task {
            try clearTrouble(id)
            try atWork.begin(id)
            // Done at acceptance already, unless the disk has lost it: only then it may have to wait for other photos.
            try await work(id, .aligning, on: stages.isAligned(id) ? maths : photos) { stages, record, progress in
                _ = try stages.align(record) { try progress(.init(fraction: 0, note: "")) }
            }
            let inversion = try await work(id, .inverting) { try $0.invert($1, progress: $2) }
            if let inversion {
                records[id]?.inversion = .init(lpips: inversion.lpips, mse: inversion.mse, steps: inversion.steps)
                records[id]?.likeness = inversion.likeness.map { TransferRecord.Likeness($0) }
                try TooUnlike.check(inversion.likeness, least: record(id).leastLikeness)
            }
            let edited = try await work(id, .editing) { try $0.edit($1, progress: $2) }
            if let edited {
                records[id]?.edit = .init(
                    attribute: edited.attribute,
                    degreeBefore: edited.degreeBefore,
                    degreeExpected: edited.degreeExpected,
                    degreeAfter: edited.degreeAfter,
                    steps: edited.steps
                )
            }
            // What was made in another mode, or is damaged, is made anew here: a stage like any other.
            return try await work(id, .sending) { try $0.codeWord($1, progress: $2) }
        }
        return await follow(task, of: id) ?? nil
    }

    /// Runs one stage, unless the transfer is past it.
    private func work<Result: Sendable>(
        _ id: String,
        _ stage: TransferState,
        on thread: WorkThread? = nil,
        _ body: @escaping @Sendable (TransferStages, TransferRecord, (StageProgress) throws -> Void) throws -> Result
    ) async throws -> Result? {
        let record = try record(id)
        guard record.state == stage || record.state.next == stage else { return nil }
        try advance(id, .began(stage))
        let began = ContinuousClock.now
        let result = try await (thread ?? maths).run { [stages, feed] checkpoint in
            try body(stages, record) { progress in
                try checkpoint()
                feed.publish(.init(id: id, state: stage, fraction: progress.fraction, note: progress.note))
            }
        }
        let seconds = (ContinuousClock.now - began).seconds
        records[id]?.seconds[stage.rawValue, default: 0] += seconds
        metrics.link.took(seconds, stage: stage.rawValue)
        return result
    }

    /// Sends until acknowledged, expired or cancelled.
    private func transmit(_ id: String, _ codeWord: [Float]) async {
        let task = Task {
            let began = ContinuousClock.now
            let outcome = try await link.send(codeWord, for: record(id)) { try await self.note($0, of: id) }
            let seconds = (ContinuousClock.now - began).seconds
            records[id]?.seconds[TransferState.sending.rawValue, default: 0] += seconds
            metrics.link.took(seconds, stage: TransferState.sending.rawValue)
            try advance(id, outcome)
        }
        await follow(task, of: id)
    }

    /// Notes how a sending goes: on disk before it happens. Trouble is told, and ends nothing.
    private func note(_ progress: SignalLink.Progress, of id: String) throws {
        guard var record = records[id], record.state == .sending else { throw CancellationError() }
        let note: String
        switch progress {
        case .sending(let signal):
            record.signal = signal
            try save(record)
            note = "sent \(signal.attempts) times"
        case .trouble(let trouble):
            guard record.trouble != trouble else { return }
            records[id]?.trouble = trouble
            note = trouble.map { "waits for the link: \($0)" } ?? "sent"
        }
        feed.publish(.init(id: id, state: .sending, fraction: 0, note: note))
    }

    /// Waits for work on a transfer, which `cancel` and `drain` may cancel meanwhile, and files its failure. Trouble with
    /// the disk is no failure of the transfer: it is tried again.
    @discardableResult
    private func follow<Result: Sendable>(_ task: Task<Result, any Error>, of id: String) async -> Result? {
        tasks[id] = task
        defer { tasks[id] = nil }
        // The daemon that ends because a part of it failed does not wait for what is on the air.
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        switch result {
        case .success(let result): return result
        case .failure(is CancellationError): return nil
        case .failure(let error as FileError) where error.operation != "read" || error.code != ENOENT:
            hold(id, error)
            return nil
        case .failure(let error):
            do {
                try advance(id, .failed(.init(code: Self.code(of: error), message: "\(error)")))
            } catch let error as FileError {
                hold(id, error)
            } catch {
                // A transfer that was cancelled meanwhile stays cancelled.
            }
            return nil
        }
    }

    /// Lets a transfer stand where it is until the disk may be well again.
    private func hold(_ id: String, _ error: FileError) {
        log(id).error("stands still: \(error)")
        report(trouble: "\(error)")
        records[id]?.trouble = "\(error)"
        if let record = records[id] {
            feed.publish(.init(id: id, state: record.state, fraction: 0, note: "waits for the disk: \(error)"))
        }
        Task { [wake, troubleRetry] in
            try? await Task.sleep(for: troubleRetry)
            wake.yield(id)
        }
    }

    private func clearTrouble(_ id: String) throws {
        guard var record = records[id], record.trouble != nil else { return }
        record.trouble = nil
        try save(record)
    }

    /// Says that the disk takes nothing, or that it does again.
    func report(trouble: String?) {
        if readiness.report("spool", trouble: trouble), let trouble { logger.error("the spool: \(trouble)") }
    }

    /// Applies an event, saves, and tells the watchers. Nothing has happened when it cannot be saved.
    func advance(_ id: String, _ event: TransferEvent) throws {
        guard var record = records[id] else { throw Self.unknown(id) }
        try record.apply(event, at: Date())
        try save(record)
        showMetrics()
        if record.state.isFinal {
            metrics.ended(record)
            sizes[id] = spool.size(of: id)
        }
        log(id).info("\(record.state.rawValue)\(record.failure.map { ": \($0.message)" } ?? "")")
        feed.publish(
            .init(
                id: id,
                state: record.state,
                fraction: record.state.isFinal ? 1 : 0,
                note: record.failure?.message ?? ""
            )
        )
    }

    /// The spool first, then the memory: what anybody is told is on disk.
    private func save(_ record: TransferRecord) throws {
        try spool.save(record)
        report(trouble: nil)
        records[record.id] = record
    }

    func showMetrics() {
        metrics.show(records.values, spoolBytes: sizes.values.reduce(0, +))
    }

    /// Removes finished transfers that are too old or too much, at once and then every minute.
    private func keepTidy() async {
        while !Task.isCancelled, !isStopping {
            let entries = sizes.compactMap { id, bytes in
                records[id].map { RetentionPolicy.Entry(id: id, finished: $0.updated, bytes: bytes) }
            }
            for id in retention.expired(among: entries, at: Date()) {
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
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(60)) }
        }
    }

    nonisolated func log(_ id: String) -> Logger {
        var logger = logger
        logger[metadataKey: "transfer"] = "\(id)"
        return logger
    }

    static func unknown(_ id: String) -> ControlError {
        ControlError(status: .notFound, code: "unknown", message: "there is no transfer \(id): see `txctl list`")
    }

    static func code(of error: any Error) -> String {
        switch error {
        case is RequestRefusal: "not_understood"
        case AlignmentError.noFace: "no_face"
        case is AlignmentError: "photo"
        case is SymbolsRefusal: "bad_symbols"
        case is EditError: "no_codec"
        case is TooUnlike: "unlike"
        case let error as ControlError: error.code
        default: "internal"
        }
    }
}

protocol CancellableTask: Sendable {
    func cancel()
}

extension Task: CancellableTask {}

/// Pictures the control API shows.
package enum PictureStage: String, Sendable, CaseIterable {
    case aligned, inverted, edited

    var artifact: Spool.Artifact {
        switch self {
        case .aligned: .aligned
        case .inverted: .invertedPicture
        case .edited: .editedPicture
        }
    }
}
