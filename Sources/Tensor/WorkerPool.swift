import Glibc
import Synchronization

/// Threads that share the iterations of one loop at a time.
///
/// The caller works too. Workers spin for a moment after each loop before they sleep, because waking a sleeping thread
/// costs more than most kernels. While the pool is busy with another thread's loop, or inside one of its own
/// iterations, `run` works alone: it never waits and never deadlocks. Each iteration must write its own output, so
/// results do not depend on who ran it.
public final class WorkerPool: @unchecked Sendable {
    /// One thread per active core.
    public static let shared = WorkerPool(threads: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// Threads that take part in a loop, the caller included.
    public let threads: Int

    private struct Job {
        var body: (Int) -> Void
        var count: Int
    }

    private var job: Job?
    private let busy = Atomic<Bool>(false)
    private let generation = Atomic<Int>(0)
    private let next = Atomic<Int>(0)
    private let inside = Atomic<Int>(0)
    private let open = Atomic<Bool>(false)
    private let sleepers = Atomic<Int>(0)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    private static let spins = 20_000

    init(threads: Int) {
        self.threads = threads
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        for _ in 1..<max(1, threads) {
            var handle = pthread_t()
            let context = Unmanaged.passRetained(self).toOpaque()
            let status = pthread_create(&handle, nil, workerMain, context)
            precondition(status == 0, "pthread_create failed with \(status)")
            pthread_detach(handle)
        }
    }

    /// Calls `body` once for every index below `count` and returns when all calls have returned.
    public func run(_ count: Int, _ body: (Int) -> Void) {
        guard count > 1, threads > 1, !busy.exchange(true, ordering: .acquiring) else {
            for index in 0..<count { body(index) }
            return
        }
        withoutActuallyEscaping(body) { escaping in
            job = Job(body: escaping, count: count)
            next.store(0, ordering: .relaxed)
            open.store(true, ordering: .sequentiallyConsistent)
            generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                pthread_mutex_lock(mutex)
                pthread_cond_broadcast(condition)
                pthread_mutex_unlock(mutex)
            }
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { break }
                escaping(index)
            }
            open.store(false, ordering: .sequentiallyConsistent)
            var waited = 0
            while inside.load(ordering: .sequentiallyConsistent) != 0 {
                waited += 1
                if waited > Self.spins { sched_yield() }
            }
            job = nil
        }
        busy.store(false, ordering: .releasing)
    }

    /// Splits `total` into pieces of at least `grain` and calls `body` with each piece's range.
    public func split(_ total: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        guard total > 0 else { return }
        let pieces = max(1, min(threads * 2, total / max(1, grain)))
        guard pieces > 1 else { return body(0..<total) }
        run(pieces) { piece in body(total * piece / pieces..<total * (piece + 1) / pieces) }
    }

    fileprivate func work() -> Never {
        var seen = 0
        while true {
            seen = awaitGeneration(after: seen)
            inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
            if open.load(ordering: .sequentiallyConsistent), let job {
                while true {
                    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard index < job.count else { break }
                    job.body(index)
                }
            }
            inside.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        }
    }

    private func awaitGeneration(after seen: Int) -> Int {
        for _ in 0..<Self.spins {
            let current = generation.load(ordering: .sequentiallyConsistent)
            if current != seen { return current }
        }
        pthread_mutex_lock(mutex)
        sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while generation.load(ordering: .sequentiallyConsistent) == seen {
            pthread_cond_wait(condition, mutex)
        }
        sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
        return generation.load(ordering: .sequentiallyConsistent)
    }
}

private func workerMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<WorkerPool>.fromOpaque(context).takeUnretainedValue().work()
}
