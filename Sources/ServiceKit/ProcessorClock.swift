import Foundation
import Synchronization

/// How much processor time a thread uses between its signs of life.
final class ProcessorClock: Sendable {
    private struct State {
        var clock: clockid_t?
        /// Of the thread, in nanoseconds: at its last sign of life, and when somebody looked last.
        var atSign: UInt64 = 0
        var atLook: UInt64 = 0
    }

    private let state = Mutex(State())

    /// To be called by the thread, once.
    func begin() {
        var clock = clockid_t()
        guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return }
        state.withLock { $0.clock = clock }
        sign()
    }

    /// The thread gives a sign of life; it calls this itself.
    func sign() {
        let now = Self.now(CLOCK_THREAD_CPUTIME_ID)
        state.withLock { $0.atSign = now }
    }

    /// Whether the thread has run since this was asked last, and since its last sign of life for no longer than `most`.
    func isAtWork(withoutASignFor most: Duration) -> Bool {
        state.withLock { state in
            guard let clock = state.clock else { return false }
            let now = Self.now(clock)
            defer { state.atLook = now }
            return now > state.atLook && .nanoseconds(Int64(clamping: now - min(now, state.atSign))) < most
        }
    }

    /// 0 when the thread has ended.
    private static func now(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
