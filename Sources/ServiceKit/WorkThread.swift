import Foundation
import Synchronization

/// A thread of our own that runs closures one at a time, in order.
///
/// Work that takes seconds (the maths) or that blocks (fsync) runs here, so that it holds up neither an event loop
/// nor the threads Swift's tasks share. *Prompt* work overtakes: it runs before the next ordinary closure and also
/// whenever the closure that is running passes a checkpoint, on the same thread, so the two never run at once.
///
/// An actor may use it as its executor; such a thread must not be stopped while the actor lives.
public final class WorkThread: SerialExecutor, WatchedLoop, @unchecked Sendable {
    private let condition = NSCondition()
    // Guarded by `condition`.
    private var ordinary: [@Sendable () -> Void] = []
    private var prompt: [@Sendable () -> Void] = []
    private var isStopping = false
    private let clock: ProcessorClock

    /// - Parameter name: shown by `ps -L` and `top -H`; at most 15 characters count.
    public init(name: String) {
        let started = DispatchSemaphore(value: 0)
        let clock = ProcessorClock()
        self.clock = clock
        let thread = Thread { [self] in
            // On Linux a name that is set before `start` has returned is lost.
            started.wait()
            Thread.current.name = name
            clock.begin()
            loop()
        }
        thread.stackSize = 16 << 20
        thread.start()
        started.signal()
    }

    /// Runs `body` on the thread and returns what it returns.
    ///
    /// - Parameters:
    ///   - prompt: whether it overtakes; keep such work short.
    ///   - body: gets a checkpoint, which it should call often: the checkpoint throws once the caller is cancelled.
    /// - Throws: what `body` throws; `CancellationError` when cancelled before it began or when the thread is stopped.
    public func run<Result: Sendable>(
        prompt: Bool = false,
        _ body: @escaping @Sendable (Checkpoint) throws -> Result
    ) async throws -> Result {
        let checkpoint = Checkpoint(servesPromptWorkOf: prompt ? nil : self)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let accepted = add(prompt: prompt) {
                    continuation.resume(
                        with: Swift.Result {
                            try checkpoint()
                            return try body(checkpoint)
                        }
                    )
                }
                if !accepted { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            checkpoint.cancel()
        }
    }

    /// Answers as prompt work: a closure that never reaches a checkpoint and never ends gives no sign of life.
    public func ping(_ answer: @escaping @Sendable () -> Void) {
        if !add(prompt: true, answer) { answer() }
    }

    public func isAtWork(withoutASignFor most: Duration) -> Bool { clock.isAtWork(withoutASignFor: most) }

    /// Lets the thread end once what is queued is done. Later work is refused.
    public func stop() {
        condition.withLock {
            isStopping = true
            condition.signal()
        }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let accepted = add(prompt: false) { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
        precondition(accepted, "an actor outlived its WorkThread")
    }

    private func add(prompt overtakes: Bool, _ work: @escaping @Sendable () -> Void) -> Bool {
        condition.withLock {
            guard !isStopping else { return false }
            if overtakes { prompt.append(work) } else { ordinary.append(work) }
            condition.signal()
            return true
        }
    }

    private func loop() {
        while let work = next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
        clock.sign()
        return condition.withLock {
            while prompt.isEmpty, ordinary.isEmpty, !isStopping { condition.wait() }
            if !prompt.isEmpty { return prompt.removeFirst() }
            return ordinary.isEmpty ? nil : ordinary.removeFirst()
        }
    }

    fileprivate func servePromptWork() {
        clock.sign()
        while let work = condition.withLock({ prompt.isEmpty ? nil : prompt.removeFirst() }) { work() }
    }

    /// Where a long closure lets others in and learns that nobody wants its result any more.
    public final class Checkpoint: Sendable {
        private let thread: WorkThread?
        private let isCancelled = Atomic(false)

        fileprivate init(servesPromptWorkOf thread: WorkThread?) {
            self.thread = thread
        }

        fileprivate func cancel() {
            isCancelled.store(true, ordering: .relaxed)
        }

        /// Runs the prompt work that waits.
        ///
        /// - Throws: `CancellationError` once the task that waits for the result is cancelled.
        public func callAsFunction() throws {
            thread?.servePromptWork()
            if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        }
    }
}
