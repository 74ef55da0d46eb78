import Foundation
import Synchronization

/// A thread of our own that runs closures one at a time, in order.
///
/// Work that takes seconds (the maths) or that blocks (fsync) runs here, so that it holds up neither an event loop
/// nor the threads Swift's tasks share. Cheap work overtakes dear work: what costs least runs next, and what costs less
/// than a quarter of the closure that is running runs whenever that one passes a checkpoint, on the same thread, so the
/// two never run at once. Ordinary work costs more than any that has a price, *prompt* work nothing.
///
/// An actor may use it as its executor; such a thread must not be stopped while the actor lives.
package final class WorkThread: SerialExecutor, WatchedLoop, @unchecked Sendable {
    private let condition = NSCondition()
    // Guarded by `condition`.
    /// The cheapest first, in order of arrival where they cost the same.
    private var waiting: [(cost: Double, work: @Sendable () -> Void)] = []
    private var isStopping = false
    private let clock: ProcessorClock
    /// Closures that are running, one inside a checkpoint of the other. Touched by the thread only.
    private var depth = 0

    /// A closure that runs for long has cost so much a second, whatever was expected of it.
    private static let costOfASecond = 100_000_000.0
    /// So many run inside one another at most, besides those that were known to be cheap.
    private static let deepest = 6

    /// - Parameter name: shown by `ps -L` and `top -H`; at most 15 characters count.
    package init(name: String) {
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
    ///   - cost: what it will cost, in any unit of which about a hundred million are a second; not known when nil.
    ///   - body: gets a checkpoint, which it should call often: the checkpoint throws once the caller is cancelled.
    /// - Throws: what `body` throws; `CancellationError` when cancelled before it began or when the thread is stopped.
    package func run<Result: Sendable>(
        prompt: Bool = false,
        cost: Double? = nil,
        _ body: @escaping @Sendable (Checkpoint) throws -> Result
    ) async throws -> Result {
        let cost = prompt ? 0 : max(cost ?? .infinity, 1)
        let checkpoint = Checkpoint(of: prompt ? nil : self, cost: cost)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let accepted = add(cost: cost) {
                    checkpoint.begin()
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
    package func ping(_ answer: @escaping @Sendable () -> Void) {
        if !add(cost: 0, answer) { answer() }
    }

    package func isAtWork(withoutASignFor most: Duration) -> Bool { clock.isAtWork(withoutASignFor: most) }

    /// Lets the thread end once what is queued is done. Later work is refused.
    package func stop() {
        condition.withLock {
            isStopping = true
            condition.signal()
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let accepted = add(cost: .infinity) { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
        precondition(accepted, "an actor outlived its WorkThread")
    }

    /// Closures that have not begun.
    var waitingCount: Int { condition.withLock { waiting.count } }

    private func add(cost: Double, _ work: @escaping @Sendable () -> Void) -> Bool {
        condition.withLock {
            guard !isStopping else { return false }
            var place = waiting.endIndex
            while place > 0, waiting[place - 1].cost > cost { place -= 1 }
            waiting.insert((cost, work), at: place)
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
            while waiting.isEmpty, !isStopping { condition.wait() }
            return waiting.isEmpty ? nil : waiting.removeFirst().work
        }
    }

    /// Runs what is cheap beside work that was to cost so much, or that has cost more by now.
    fileprivate func serve(besideWorkOf cost: Double, seconds: Double) {
        clock.sign()
        while let next = condition.withLock({
            guard let first = waiting.first else { return nil }
            let isCheap = first.cost < cost / 4
            let isOverdue = first.cost < seconds * Self.costOfASecond / 4 && depth < Self.deepest
            return isCheap || isOverdue ? waiting.removeFirst() : nil
        }) as (cost: Double, work: @Sendable () -> Void)? {
            depth += 1
            next.work()
            depth -= 1
        }
    }

    /// Where a long closure lets others in and learns that nobody wants its result any more.
    package final class Checkpoint: Sendable {
        private let thread: WorkThread?
        private let cost: Double
        private let began = Mutex(ContinuousClock.now)
        private let isCancelled = Atomic(false)

        fileprivate init(of thread: WorkThread?, cost: Double) {
            (self.thread, self.cost) = (thread, cost)
        }

        fileprivate func begin() {
            began.withLock { $0 = .now }
        }

        fileprivate func cancel() {
            isCancelled.store(true, ordering: .relaxed)
        }

        /// Runs the work that waits and is cheap beside this.
        ///
        /// - Throws: `CancellationError` once the task that waits for the result is cancelled.
        package func callAsFunction() throws {
            if let thread {
                let seconds = (ContinuousClock.now - began.withLock { $0 }) / .seconds(1)
                thread.serve(besideWorkOf: cost, seconds: seconds)
            }
            if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        }
    }
}
