import CKernels
import Glibc
import Synchronization

/// Threads that share the iterations of one loop at a time.
///
/// The caller works too. Workers spin for a moment after each loop before they sleep, because waking a sleeping thread
/// costs more than most kernels. While the pool is busy with another thread's loop, or inside one of its own
/// iterations, `run` works alone: it never waits and never deadlocks. Each iteration must write its own output, so
/// results do not depend on who ran it.
public final class WorkerPool: @unchecked Sendable {
    /// One thread for each processor that the process may use: systemd's `CPUAffinity=`, a container or `taskset` may
    /// leave it fewer than there are.
    public static let shared = WorkerPool(threads: max(1, Int(ck_permitted_processors())))

    /// Threads that take part in a loop, the caller included.
    public let threads: Int

    /// The loop in progress. Read only by a thread that holds one of its iterations.
    private var body: ((Int) -> Void)?
    private let busy = Atomic<Bool>(false)
    /// The number of the loop in the upper half, its iterations not yet taken in the lower. The next one taken is the
    /// last not yet taken: a thread that has taken none holds nobody up.
    private let ticket = Atomic<UInt64>(0)
    private let finished = Atomic<Int>(0)
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
        precondition(count <= Int(UInt32.max), "\(count) iterations in one loop")
        withoutActuallyEscaping(body) { escaping in
            self.body = escaping
            finished.store(0, ordering: .relaxed)
            let loop = (ticket.load(ordering: .relaxed) >> 32) &+ 1
            ticket.store(loop << 32 | UInt64(count), ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                pthread_mutex_lock(mutex)
                pthread_cond_broadcast(condition)
                pthread_mutex_unlock(mutex)
            }
            while let index = take(from: ticket.load(ordering: .relaxed) >> 32) {
                escaping(index)
                finished.wrappingAdd(1, ordering: .relaxed)
            }
            var waited = 0
            while finished.load(ordering: .acquiring) != count {
                waited += 1
                if waited > Self.spins { sched_yield() }
            }
            self.body = nil
        }
        busy.store(false, ordering: .releasing)
    }

    /// An iteration of loop number `loop`, or nil when all are taken or the loop is over.
    private func take(from loop: UInt64) -> Int? {
        var current = ticket.load(ordering: .acquiring)
        while current >> 32 == loop, current & 0xFFFF_FFFF > 0 {
            let (exchanged, original) = ticket.weakCompareExchange(
                expected: current,
                desired: current - 1,
                ordering: .acquiringAndReleasing
            )
            if exchanged { return Int(current & 0xFFFF_FFFF) - 1 }
            current = original
        }
        return nil
    }

    /// Splits `total` into pieces of at least `grain` and calls `body` with each piece's range.
    public func split(_ total: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        guard total > 0 else { return }
        let pieces = max(1, min(threads * 2, total / max(1, grain)))
        guard pieces > 1 else { return body(0..<total) }
        run(pieces) { piece in body(total * piece / pieces..<total * (piece + 1) / pieces) }
    }

    fileprivate func work() -> Never {
        var seen: UInt64 = 0
        while true {
            seen = awaitLoop(after: seen)
            while let index = take(from: seen) {
                body?(index)
                finished.wrappingAdd(1, ordering: .releasing)
            }
        }
    }

    private func awaitLoop(after seen: UInt64) -> UInt64 {
        for _ in 0..<Self.spins {
            let current = ticket.load(ordering: .sequentiallyConsistent) >> 32
            if current != seen { return current }
        }
        pthread_mutex_lock(mutex)
        sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while ticket.load(ordering: .sequentiallyConsistent) >> 32 == seen {
            pthread_cond_wait(condition, mutex)
        }
        sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
        return ticket.load(ordering: .sequentiallyConsistent) >> 32
    }
}

private func workerMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<WorkerPool>.fromOpaque(context).takeUnretainedValue().work()
}
