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
public actor TransferQueue: Service {
    private let disk: WorkThread
    private let spool: Spool
    private let stages: TransferStages
    private let maths: WorkThread
    private let link: SignalLink
    private let limits: TransmitterLimits
    private let logger: Logger
    private nonisolated let feed = UpdateFeed()

    private var records: [String: TransferRecord] = [:]
    private var beingAccepted = 0
    private var isStopping = false
    private var tasks: [String: any CancellableTask] = [:]
    private nonisolated let waiting: AsyncStream<String>
    private nonisolated let wake: AsyncStream<String>.Continuation

    public nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    /// Opens the spool and takes up what it holds.
    ///
    /// - Parameters:
    ///   - maths: where the codec runs.
    ///   - disk: where the actor itself runs.
    public init(
        spool path: String,
        codec: any EditingCodec,
        link: SignalLink,
        resolution: Int,
        limits: TransmitterLimits,
        maths: WorkThread,
        disk: WorkThread,
        logger: Logger
    ) throws {
        spool = try Spool(root: path)
        stages = TransferStages(codec: codec, spool: spool, resolution: resolution)
        self.maths = maths
        self.disk = disk
        self.link = link
        self.limits = limits
        self.logger = logger
        (waiting, wake) = AsyncStream.makeStream(of: String.self)
        let found = try spool.load()
        for problem in found.problems { logger.error("spool entry set aside: \(problem)") }
        for record in found.records {
            records[record.id] = record
            guard !record.state.isFinal else { continue }
            logger.info("resuming at \(record.state.rawValue)", metadata: ["transfer": "\(record.id)"])
            wake.yield(record.id)
        }
    }

    // MARK: What the control API asks

    /// Checks photo and sentence, puts the transfer on disk and queues it.
    ///
    /// - Throws: `ControlError` with a 4xx status for what the user can mend.
    public func submit(
        photo: [UInt8],
        sentence: String,
        face: Int?,
        aligned: Bool
    ) async throws -> TransferRecord {
        guard !isStopping else {
            throw ControlError(
                status: .serviceUnavailable,
                code: "stopping",
                message: "tx-daemon is stopping: try again soon"
            )
        }
        let unfinished = records.values.count { $0.state == .queued } + beingAccepted
        guard unfinished < limits.queued else {
            throw ControlError(
                status: .tooManyRequests,
                code: "queue_full",
                message: "\(unfinished) transfers are waiting already: try again later"
            )
        }
        beingAccepted += 1
        defer { beingAccepted -= 1 }
        let began = ContinuousClock.now
        let (request, square) = try await refusing { [maths, stages] in
            try await maths.run(prompt: true) { _ in
                try stages.accept(photo: photo, sentence: sentence, face: face, aligned: aligned)
            }
        }
        var record = TransferRecord(
            id: UUID().uuidString.lowercased(),
            sentence: sentence,
            face: face,
            aligned: aligned,
            request: "\(request)",
            created: Date()
        )
        record.seconds[TransferState.aligning.rawValue] = (ContinuousClock.now - began).seconds
        do {
            try spool.create(
                record,
                artifacts: [.photo: photo, .aligned: square, .request: ControlJSON.encode(request)]
            )
        } catch {
            logger.error("cannot accept a transfer: \(error)")
            throw ControlError(
                status: .init(code: 507),
                code: "spool",
                message: "the spool takes no new transfer: \(error)"
            )
        }
        records[record.id] = record
        log(record.id).info("accepted: \(record.request)")
        wake.yield(record.id)
        return record
    }

    /// All transfers, the oldest first.
    public func all() -> [TransferRecord] { records.values.sorted { $0.created < $1.created } }

    public func record(_ id: String) throws -> TransferRecord {
        guard let record = records[id] else { throw Self.unknown(id) }
        return record
    }

    /// Ends a transfer that is not over.
    public func cancel(_ id: String) throws -> TransferRecord {
        guard let record = records[id] else { throw Self.unknown(id) }
        guard !record.state.isFinal else {
            throw ControlError(
                status: .conflict,
                code: "over",
                message: "the transfer is over already: it is \(record.state.rawValue)"
            )
        }
        try advance(id, .cancelled)
        tasks[id]?.cancel()
        return try self.record(id)
    }

    /// Progress of a transfer until it is over.
    public func updates(of id: String) throws -> AsyncStream<TransferUpdate> {
        let record = try record(id)
        if record.state.isFinal {
            return AsyncStream {
                $0.yield(TransferUpdate(id: id, state: record.state, fraction: 1, note: ""))
                $0.finish()
            }
        }
        return feed.watch(id)
    }

    /// A picture of a finished stage as a PNG file's bytes.
    public func picture(of id: String, stage: PictureStage) throws -> [UInt8] {
        let record = try record(id)
        guard let bytes = try? spool.read(stage.artifact, of: id) else {
            throw ControlError(
                status: .notFound,
                code: "no_picture",
                message: "there is no \(stage.rawValue) picture: the transfer is \(record.state.rawValue)"
            )
        }
        return bytes
    }

    // MARK: The work

    public func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await id in waiting.cancelOnGracefulShutdown() {
                    guard let codeWord = await prepare(id) else { continue }
                    group.addTask { await self.transmit(id, codeWord) }
                }
            }
        } onGracefulShutdown: {
            Task { await self.drain() }
        }
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
        let task = Task {
            try await work(id, .aligning) { stages, record, _ in _ = try stages.align(record) }
            let inversion = try await work(id, .inverting) { try $0.invert($1, progress: $2) }
            if let inversion {
                records[id]?.inversion = .init(lpips: inversion.lpips, mse: inversion.mse, steps: inversion.steps)
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
            try advance(id, .began(.sending))
            return try await maths.run { [stages, record = try record(id)] _ in try stages.codeWord(record) }
        }
        return await follow(task, of: id)
    }

    /// Runs one stage, unless the transfer is past it.
    private func work<Result: Sendable>(
        _ id: String,
        _ stage: TransferState,
        _ body: @escaping @Sendable (TransferStages, TransferRecord, (StageProgress) throws -> Void) throws -> Result
    ) async throws -> Result? {
        let record = try record(id)
        guard record.state == stage || record.state.next == stage else { return nil }
        try advance(id, .began(stage))
        let began = ContinuousClock.now
        let result = try await maths.run { [stages, feed] checkpoint in
            try body(stages, record) { progress in
                try checkpoint()
                feed.publish(.init(id: id, state: stage, fraction: progress.fraction, note: progress.note))
            }
        }
        records[id]?.seconds[stage.rawValue, default: 0] += (ContinuousClock.now - began).seconds
        return result
    }

    /// Sends until acknowledged, expired or cancelled.
    private func transmit(_ id: String, _ codeWord: [Float]) async {
        let task = Task {
            let began = ContinuousClock.now
            let outcome = try await link.send(codeWord, for: record(id)) { await self.sent(id, $0) }
            records[id]?.seconds[TransferState.sending.rawValue, default: 0] += (ContinuousClock.now - began).seconds
            try advance(id, outcome)
        }
        await follow(task, of: id)
    }

    /// Notes one sending.
    private func sent(_ id: String, _ signal: TransferRecord.Signal) {
        guard records[id]?.state == .sending else { return }
        records[id]?.signal = signal
        save(id)
        feed.publish(.init(id: id, state: .sending, fraction: 0, note: "sent \(signal.attempts) times"))
    }

    /// Waits for work on a transfer, which `cancel` and `drain` may cancel meanwhile, and files its failure.
    @discardableResult
    private func follow<Result: Sendable>(_ task: Task<Result, any Error>, of id: String) async -> Result? {
        tasks[id] = task
        defer { tasks[id] = nil }
        switch await task.result {
        case .success(let result): return result
        case .failure(is CancellationError): return nil
        case .failure(let error):
            // A transfer that was cancelled meanwhile stays cancelled.
            try? advance(id, .failed(.init(code: Self.code(of: error), message: "\(error)")))
            return nil
        }
    }

    /// Applies an event, saves, and tells the watchers.
    private func advance(_ id: String, _ event: TransferEvent) throws {
        guard var record = records[id] else { throw Self.unknown(id) }
        try record.apply(event, at: Date())
        records[id] = record
        save(id)
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

    /// A record that cannot be saved is logged and kept in memory; the spool still holds the one before, from which a
    /// restart goes on.
    private func save(_ id: String) {
        do {
            if let record = records[id] { try spool.save(record) }
        } catch {
            log(id).error("cannot save: \(error)")
        }
    }

    private nonisolated func log(_ id: String) -> Logger {
        var logger = logger
        logger[metadataKey: "transfer"] = "\(id)"
        return logger
    }

    private static func unknown(_ id: String) -> ControlError {
        ControlError(status: .notFound, code: "unknown", message: "there is no transfer \(id): see `txctl list`")
    }

    private static func code(of error: any Error) -> String {
        switch error {
        case is RequestRefusal: "not_understood"
        case AlignmentError.noFace: "no_face"
        case is AlignmentError: "photo"
        case is EditError: "no_codec"
        case let error as ControlError: error.code
        default: "internal"
        }
    }

    /// Turns what is wrong with a submission into a 422.
    private func refusing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch  where error is RequestRefusal || error is AlignmentError {
            throw ControlError(status: .unprocessableContent, code: Self.code(of: error), message: "\(error)")
        }
    }
}

private protocol CancellableTask: Sendable {
    func cancel()
}

extension Task: CancellableTask {}

/// Pictures the control API shows.
public enum PictureStage: String, Sendable, CaseIterable {
    case aligned, inverted, edited

    var artifact: Spool.Artifact {
        switch self {
        case .aligned: .aligned
        case .inverted: .invertedPicture
        case .edited: .editedPicture
        }
    }
}
