import Basics
import ControlAPI
import Foundation
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Synchronization

/// The transmitter's work: runs the stages of one transfer at a time, and keeps any number of them on the air.
///
/// The actor runs on a thread of its own, because it waits for the disk. The maths runs on another one.
package actor TransferQueue: Service {
    /// Where the work is done.
    struct Threads {
        /// The codec.
        let maths: WorkThread
        /// Decoding of photos and looking for faces, so that submissions are answered while the maths runs.
        let photos: WorkThread
        /// The actor itself.
        let disk: WorkThread
    }

    let book: TransferBook
    let encoder: any SemanticEncoder
    let threads: Threads
    let metrics: TransmitterMetrics
    let link: SignalLink
    private let atWork: WorkAtCrash
    private(set) var limits: TransmitterLimits
    private let designSNR: DesignSNR
    /// That one transmission carries.
    let mostReals: Int

    /// Submissions that are being looked at.
    var beingAccepted = 0
    var keysBeingAccepted: Set<String> = []
    private(set) var isStopping = false
    /// Whether drafts are sent.
    private let sendsDrafts: Bool
    /// What a draft costs: it overtakes an inversion, at the next of its steps.
    private static let costOfDraft = 100_000_000.0
    private var drafts: [String: Task<Void, Never>] = [:]
    private var tasks: [String: any CancellableTask] = [:]
    private nonisolated let waiting: AsyncStream<String>
    nonisolated let wake: AsyncStream<String>.Continuation
    /// Transfers that are sent whole, because the receiver does not have what they would go on from.
    var sentWhole: Set<String> = []
    /// After trouble with the disk or the codec, work on a transfer is tried again so much later.
    private let troubleRetry = Duration.seconds(2)
    /// Transfers that wait for the codec: their trouble is told until the codec has done its work.
    private var waitingForCodec: Set<String> = []

    package nonisolated var unownedExecutor: UnownedSerialExecutor { threads.disk.asUnownedSerialExecutor() }

    /// Takes up what the spool holds.
    ///
    /// - Parameters:
    ///   - designSNR: what codes are made for.
    ///   - mostReals: that one transmission carries.
    ///   - sendsDrafts: whether people get something to see while their photo is still inverted.
    /// - Throws: `FileError`.
    init(
        book: sending TransferBook,
        encoder: any SemanticEncoder,
        link: SignalLink,
        limits: TransmitterLimits,
        designSNR: DesignSNR,
        mostReals: Int,
        sendsDrafts: Bool,
        metrics: TransmitterMetrics,
        threads: Threads
    ) throws {
        (waiting, wake) = AsyncStream.makeStream(of: String.self)
        self.sendsDrafts = sendsDrafts
        atWork = WorkAtCrash(root: book.spool.root)
        for id in try book.load(culprit: atWork.takePrevious()) { wake.yield(id) }
        (self.book, self.encoder, self.link) = (book, encoder, link)
        (self.limits, self.designSNR, self.mostReals) = (limits, designSNR, mostReals)
        (self.metrics, self.threads) = (metrics, threads)
    }

    /// Takes other limits from now on.
    func use(_ limits: TransmitterLimits, _ retention: RetentionPolicy) {
        self.limits = limits
        book.use(retention)
    }

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
        for (id, task) in tasks where book[id]?.state != .sending { task.cancel() }
        try? await Task.sleep(for: .seconds(limits.drainSeconds))
        for task in tasks.values { task.cancel() }
        for task in drafts.values { task.cancel() }
    }

    /// Removes finished transfers that are too old or too much, at once and then every minute.
    private func keepTidy() async {
        while !Task.isCancelled, !isStopping {
            book.tidy(at: Date())
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(60)) }
        }
    }

    /// Ends the work on a transfer.
    func stopWork(on id: String) { tasks[id]?.cancel() }

    // MARK: Encoding

    /// Begins a draft of a transfer that is new: what can be made of its photo at once is sent, and the final picture
    /// replaces it.
    func beginDraft(of id: String) {
        guard sendsDrafts, let record = book[id], record.once != true, record.leastLikeness == nil,
            baseDigest(of: record) == nil
        else { return }
        drafts[id] = Task {
            defer { drafts[id] = nil }
            do {
                try await sendDraft(of: id)
            } catch is CancellationError {
            } catch {
                // No failure of the transfer's.
                book.log(id).warning("no draft was sent: \(error)")
            }
        }
    }

    private func sendDraft(of id: String) async throws {
        assumeSNR(for: id)
        let record = try book.record(id)
        let (order, files) = (EncodingOrder(record), artifacts(of: record))
        let made = try await threads.maths.run(cost: Self.costOfDraft) { [encoder] checkpoint in
            try encoder.draft(order, artifacts: files) { _ in try checkpoint() }
        }
        guard let made, book[id]?.state.isFinal == false else { return }
        try check(made)
        let signal = Mutex(TransferRecord.Signal?.none)
        let outcome = try await link.send(made, for: record) { progress in
            if case .sending(let figures) = progress { signal.withLock { $0 = figures } }
        }
        guard case .acknowledged(let reception) = outcome, let signal = signal.withLock({ $0 }),
            book[id]?.state.isFinal == false
        else { return }
        let seconds = Date().timeIntervalSince(record.created)
        book.note(id) { $0.draft = .init(seconds: seconds, signal: signal, reception: reception) }
        metrics.link.took(seconds, stage: "first_picture")
        book.log(id).info("a draft was received", metadata: ["seconds": "\(String(format: "%.2f", seconds))"])
        book.tell(id, hasDraft: true, "a first picture was received")
    }

    /// Runs the stages that are left and returns what is to be sent; nil when nothing is.
    private func prepare(_ id: String) async -> CodeWord? {
        guard !isStopping, book[id]?.state.isFinal == false else {
            waitingForCodec.remove(id)
            return nil
        }
        defer { atWork.end() }
        let task = Task {
            if !waitingForCodec.contains(id) { try clearTrouble(id) }
            try atWork.begin(id)
            for stage in EncodingStage.allCases { try await encode(id, stage) }
            // What was made in another mode, or is damaged, is made anew here: a stage like any other.
            let made = try await work(id, .sending, on: threads.maths) {
                try $0.codeWord($1, artifacts: $2, progress: $3)
            }
            guard let made else { return nil as CodeWord? }
            note(made.report, of: id)
            try check(made.codeWord)
            waitingForCodec.remove(id)
            try clearTrouble(id)
            return made.codeWord
        }
        return await follow(task, of: id) ?? nil
    }

    /// Does one stage, unless the transfer is past it, and notes what it came to.
    private func encode(_ id: String, _ stage: EncodingStage) async throws {
        // Done at acceptance already, unless the disk has lost it: only then it may have to wait for other photos.
        if stage == .editing {
            // For a moment at most; the final picture is made for the SNR that the draft met.
            await drafts[id]?.value
            assumeSNR(for: id)
        }
        let isForPhotos = try stage == .aligning && !encoder.isAligned(artifacts(of: book.record(id)))
        let thread = isForPhotos ? threads.photos : threads.maths
        let report = try await work(id, TransferState(stage), on: thread) {
            try $0.encode($1, stage: stage, artifacts: $2, progress: $3)
        }
        guard let report else { return }
        note(report, of: id)
        // A codec that inverts nothing does not know the likeness, and where one is asked for, nothing is sent.
        if stage == .inverting { try TooUnlike.check(report.inversion?.likeness, least: book[id]?.leastLikeness) }
    }

    /// Whether a code word fits into one transmission: not every codec knows its length before.
    func check(_ codeWord: CodeWord) throws(EncodingRefusal) {
        let count = codeWord.reals.count
        guard count <= mostReals else {
            throw EncodingRefusal(
                code: "bad_symbols",
                "the codec made \(count) reals, and a transmission carries \(mostReals): ask for fewer symbols, or raise "
                    + "sample_rate of tx-daemon"
            )
        }
    }

    /// What the channel is taken for, once for each transfer: what the receiver reported last, of the draft at best.
    private func assumeSNR(for id: String) {
        book.note(id) { [book, designSNR] record in
            if let known = record.draft?.reception, [.aligning, .inverting].contains(record.state) {
                record.designSNR = designSNR.value(reported: known.snrDecibels)
            } else {
                record.designSNR = record.designSNR ?? designSNR.value(reported: book.latestReception?.snrDecibels)
            }
        }
    }

    private func note(_ report: StageReport, of id: String) {
        book.note(id) { record in
            if let edits = report.edit?.edits.map(TransferRecord.Edit.init) {
                (record.edit, record.edits) = (edits.last, edits)
            }
            guard let inversion = report.inversion else { return }
            record.inversion = .init(lpips: inversion.lpips, mse: inversion.mse, steps: inversion.steps)
            record.likeness = inversion.likeness.map { TransferRecord.Likeness($0) }
        }
    }

    private typealias Work<Result> =
        @Sendable (
            any SemanticEncoder, EncodingOrder, TransferArtifacts, (StageProgress) throws -> Void
        ) throws -> Result

    /// Has the codec work on a thread, unless the transfer is past that state.
    private func work<Result: Sendable>(
        _ id: String,
        _ state: TransferState,
        on thread: WorkThread,
        _ body: @escaping Work<Result>
    ) async throws -> Result? {
        let record = try book.record(id)
        guard record.state == state || record.state.next == state else { return nil }
        try book.advance(id, .began(state))
        let began = ContinuousClock.now
        let order = EncodingOrder(record, baseDigest: baseDigest(of: record))
        let files = artifacts(of: record)
        let result = try await thread.run { [encoder, feed = book.feed] checkpoint in
            try body(encoder, order, files) { progress in
                try checkpoint()
                feed.publish(.init(id: id, state: state, fraction: progress.fraction, note: progress.note))
            }
        }
        took(.now - began, id, state)
        return result
    }

    /// SHA-256 of the picture from which the receiver can go on; nil where it has none, or one that is not worth it.
    private func baseDigest(of record: TransferRecord) -> [UInt8]? {
        guard !sentWhole.contains(record.id), let base = record.base.flatMap({ book[$0] }), base.state == .acknowledged,
            let reception = base.reception, reception.quality?.isDoubtful != true
        else { return nil }
        return [UInt8](hexadecimal: reception.pictureDigest.utf8)
    }

    func artifacts(of record: TransferRecord) -> TransferArtifacts {
        TransferArtifacts(of: record, in: book.spool)
    }

    func took(_ time: Duration, _ id: String, _ state: TransferState) {
        book.note(id) { $0.seconds[state.rawValue, default: 0] += time.seconds }
        metrics.link.took(time.seconds, stage: state.rawValue)
    }

    // MARK: Failures

    /// Waits for work on a transfer, which `cancel` and `drain` may cancel meanwhile, and files its failure. Trouble with
    /// the disk, or with what the codec needs, is no failure of the transfer: it is tried again.
    @discardableResult
    func follow<Result: Sendable>(_ task: Task<Result, any Error>, of id: String) async -> Result? {
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
        case .failure(is CancellationError):
            waitingForCodec.remove(id)
            return nil
        case .failure(let error as FileError) where error.operation != "read" || error.code != ENOENT:
            holdForDisk(id, error)
            return nil
        case .failure(let refusal as EncodingRefusal) where refusal.isTemporary:
            metrics.link.codecRefused(isTemporary: true)
            waitingForCodec.insert(id)
            hold(id, "waits for the codec", refusal.description)
            if let record = book[id] { try? book.save(record) }
            return nil
        case .failure(let error):
            waitingForCodec.remove(id)
            if error is EncodingRefusal { metrics.link.codecRefused(isTemporary: false) }
            do {
                try book.advance(id, .failed(.init(error)))
            } catch let error as FileError {
                holdForDisk(id, error)
            } catch {
                // A transfer that was cancelled meanwhile stays cancelled.
            }
            return nil
        }
    }

    private func holdForDisk(_ id: String, _ error: FileError) {
        book.report(trouble: "\(error)")
        hold(id, "waits for the disk", "\(error)")
    }

    /// Lets a transfer stand where it is until what it waits for may be well again.
    private func hold(_ id: String, _ what: String, _ trouble: String) {
        if book[id]?.trouble != trouble { book.log(id).error("stands still: \(trouble)") }
        book.note(id) { $0.trouble = trouble }
        book.tell(id, "\(what): \(trouble)")
        Task { [wake, troubleRetry] in
            try? await Task.sleep(for: troubleRetry)
            wake.yield(id)
        }
    }

    private func clearTrouble(_ id: String) throws {
        guard var record = book[id], record.trouble != nil else { return }
        record.trouble = nil
        try book.save(record)
    }
}

private protocol CancellableTask: Sendable {
    func cancel()
}

extension Task: CancellableTask {}

extension TransferState {
    /// The state in which a stage is done.
    fileprivate init(_ stage: EncodingStage) {
        self =
            switch stage {
            case .aligning: .aligning
            case .inverting: .inverting
            case .editing: .editing
            }
    }
}

extension TransferRecord.Failure {
    /// As the record shows an error.
    fileprivate init(_ error: any Error) {
        let code =
            switch error {
            case let refusal as EncodingRefusal: refusal.code
            case is TooUnlike: "unlike"
            case let error as ControlError: error.code
            default: "internal"
            }
        self.init(code: code, message: "\(error)")
    }
}

extension TransferRecord.Edit {
    /// As the record shows an edit.
    fileprivate init(_ edit: AttributeEdit) {
        self.init(
            attribute: edit.attribute,
            degreeBefore: edit.degreeBefore,
            degreeExpected: edit.degreeExpected,
            degreeAfter: edit.degreeAfter,
            steps: edit.steps,
            isHeldBack: edit.isHeldBack
        )
    }
}
