import Logging
import NIOCore
import Synchronization

/// Feeds systemd's watchdog (`WatchdogSec`) as long as every work loop of the daemon answers.
///
/// Each round asks all loops for a sign of life and feeds the watchdog once all have given it. A loop that hangs never
/// answers, so the round does not end, nothing is fed, and systemd ends and restarts the daemon. An idle loop answers
/// at once.
public final class Watchdog: Sendable {
    private let interval: Duration?
    private let feed: @Sendable () -> Void
    private let loops = Mutex<[(name: String, loop: any WatchedLoop)]>([])

    /// The watchdog of this process's unit.
    public convenience init() {
        self.init(interval: ServiceManager.watchdogInterval) { ServiceManager.watchdogIsFed() }
    }

    /// - Parameter interval: the longest time between two feeds; nil: nobody wants to be fed.
    init(interval: Duration?, feed: @escaping @Sendable () -> Void) {
        self.interval = interval
        self.feed = feed
    }

    /// Feeds only as long as `loop` answers, too.
    public func watch(_ name: String, _ loop: any WatchedLoop) {
        loops.withLock { $0.append((name, loop)) }
    }

    /// Feeds until cancelled, four times as often as it must.
    func run(logger: Logger) async {
        guard let interval else { return }
        while !Task.isCancelled {
            if await allAnswer(warningAfter: interval / 2, logger) { feed() }
            try? await Task.sleep(for: interval / 4)
        }
    }

    /// Waits until all loops have answered.
    ///
    /// - Returns: false when cancelled.
    private func allAnswer(warningAfter patience: Duration, _ logger: Logger) async -> Bool {
        let loops = loops.withLock { $0 }
        var silent = Set(loops.indices)
        let (answers, answer) = AsyncStream.makeStream(of: Int?.self)
        for (index, entry) in loops.enumerated() { entry.loop.ping { answer.yield(index) } }
        let reminder = Task {
            try await Task.sleep(for: patience)
            answer.yield(nil)
        }
        defer { reminder.cancel() }
        if silent.isEmpty { return true }
        for await index in answers {
            if let index { silent.remove(index) }
            if silent.isEmpty { return true }
            if index == nil {
                let names = silent.map { loops[$0].name }.sorted().joined(separator: ", ")
                logger.warning("no sign of life from: \(names); the watchdog is not fed")
            }
        }
        return false
    }
}

/// An event loop, which must never be blocked.
struct EventLoopWatch: WatchedLoop {
    let eventLoop: any EventLoop

    func ping(_ answer: @escaping @Sendable () -> Void) {
        eventLoop.execute(answer)
    }
}
