import Synchronization

/// A work loop that gives a sign of life when asked.
package protocol WatchedLoop: Sendable {
    /// Has `answer` called by the loop itself, once what is before it in the loop's queue is done; at once when the
    /// loop has ended, as it may.
    func ping(_ answer: @escaping @Sendable () -> Void)

    /// Whether the loop, although it gives no sign of life, was seen at work since this was asked last: a host that leaves
    /// it little of its processors makes it slow, not dead.
    ///
    /// - Parameter most: processor time after which work without a sign of life counts as hung.
    func isAtWork(withoutASignFor most: Duration) -> Bool
}

extension WatchedLoop {
    package func isAtWork(withoutASignFor most: Duration) -> Bool { false }
}

/// The signs of life of a loop that comes round often by itself: it calls `beat` each time.
package final class Pulse: WatchedLoop {
    /// Who waits for a beat; nil once the loop has ended.
    private let waiting = Mutex<[@Sendable () -> Void]?>([])

    package init() {}

    package func ping(_ answer: @escaping @Sendable () -> Void) {
        let isWaiting = waiting.withLock {
            $0?.append(answer)
            return $0 != nil
        }
        if !isWaiting { answer() }
    }

    /// The loop has come round.
    package func beat() {
        let answers = waiting.withLock { waiting in
            defer { if waiting != nil { waiting = [] } }
            return waiting
        }
        for answer in answers ?? [] { answer() }
    }

    /// The loop has ended, as it should.
    package func finish() {
        let answers = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        for answer in answers ?? [] { answer() }
    }
}
