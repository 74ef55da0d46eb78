import Logging
import NIOCore
import Synchronization

/// Feeds systemd's watchdog (`WatchdogSec`) as long as every work loop of the daemon answers.
///
/// Each round asks all loops for a sign of life and feeds the watchdog once all have given it. A loop that hangs never
/// answers, so the round does not end, nothing is fed, and systemd ends and restarts the daemon. An idle loop answers
/// at once. A loop that is silent but at work (`WatchedLoop.isAtWork`) may go on for as much processor time as an idle one
/// has time to answer: on a host that is starved (`CPUQuota=`, a neighbour) that takes long, and is no reason to begin
/// again, since nothing would ever be done.
package final class Watchdog: Sendable {
    private let interval: Duration?
    private let feed: @Sendable () -> Void
    private let loops = Mutex<[(name: String, loop: any WatchedLoop)]>([])

    /// The watchdog of this process's unit.
    package convenience init() {
        self.init(interval: ServiceManager.watchdogInterval) { ServiceManager.watchdogIsFed() }
    }

    /// - Parameter interval: the longest time between two feeds; nil: nobody wants to be fed.
    init(interval: Duration?, feed: @escaping @Sendable () -> Void) {
        self.interval = interval
        self.feed = feed
    }

    /// Feeds only as long as `loop` answers, too.
    package func watch(_ name: String, _ loop: any WatchedLoop) {
        loops.withLock { $0.append((name, loop)) }
    }

    /// Feeds until cancelled, four times as often as it must.
    func run(logger: Logger) async {
        guard let interval else { return }
        while !Task.isCancelled {
            if await allAnswer(within: interval, logger) { feed() }
            try? await Task.sleep(for: interval / 4)
        }
    }

    /// Waits until all loops have answered, and feeds meanwhile as long as those that have not are at work.
    ///
    /// - Returns: false when cancelled.
    private func allAnswer(within interval: Duration, _ logger: Logger) async -> Bool {
        let loops = loops.withLock { $0 }
        var silent = Set(loops.indices)
        let (answers, answer) = AsyncStream.makeStream(of: Int?.self)
        for (index, entry) in loops.enumerated() { entry.loop.ping { answer.yield(index) } }
        let looks = Task {
            while (try? await Task.sleep(for: interval / 4)) != nil { answer.yield(nil) }
        }
        defer { looks.cancel() }
        if silent.isEmpty { return true }
        var looked = 0
        for await index in answers {
            if let index { silent.remove(index) }
            if silent.isEmpty { return true }
            guard index == nil else { continue }
            looked += 1
            // All are asked: each counts from when it was asked last.
            let idle = silent.filter { !loops[$0].loop.isAtWork(withoutASignFor: interval) }
            if idle.isEmpty {
                feed()
            } else if looked == 2 {
                let names = idle.map { loops[$0].name }.sorted().joined(separator: ", ")
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
