import Foundation
import Logging
import NIOCore
import Synchronization
import Testing

@testable import ServiceKit

/// A watchdog that counts how often it is fed.
private final class CountedWatchdog: Sendable {
    let feeds = Atomic(0)

    /// Feeds while `body` runs.
    func run(
        watching loops: [any WatchedLoop],
        every interval: Duration = .milliseconds(20),
        _ body: () async throws -> Void
    ) async throws {
        let watchdog = Watchdog(interval: interval) { [self] in feeds.add(1, ordering: .relaxed) }
        for (number, loop) in loops.enumerated() { watchdog.watch("loop \(number)", loop) }
        let feeding = Task { await watchdog.run(logger: Logger(label: "test")) }
        defer { feeding.cancel() }
        try await body()
    }

    var count: Int { feeds.load(ordering: .relaxed) }

    /// Waits for `more` further feeds.
    func next(_ more: Int) async throws {
        let target = count + more
        while count < target { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Whether not a single feed comes in a time in which twenty are due.
    func isStarved() async throws -> Bool {
        let before = count
        try await Task.sleep(for: .milliseconds(100))
        return count == before
    }
}

/// Tells a thread that it may end.
private final class End: Sendable {
    let hasCome = Atomic(false)
}

struct WatchdogTests {
    @Test(.timeLimit(.minutes(1))) func idleLoopsAreFed() async throws {
        let thread = WorkThread(name: "idle")
        defer { thread.stop() }
        let socket = try await DatagramSocket.bind(#require(Endpoint("127.0.0.1:0")))
        let reader = Task { for await _ in socket.datagrams {} }
        let watchdog = CountedWatchdog()
        try await watchdog.run(watching: [thread, socket]) { try await watchdog.next(5) }
        await socket.close()
        await reader.value
    }

    @Test(.timeLimit(.minutes(1))) func aHungThreadStopsTheFeed() async throws {
        let thread = WorkThread(name: "hung")
        defer { thread.stop() }
        let idle = WorkThread(name: "idle")
        defer { idle.stop() }
        let watchdog = CountedWatchdog()
        try await watchdog.run(watching: [idle, thread]) {
            try await watchdog.next(3)
            let gate = DispatchSemaphore(value: 0)
            let began = AsyncStream.makeStream(of: Void.self)
            let hung = Task {
                try await thread.run { _ in
                    began.continuation.yield()
                    gate.wait()
                }
            }
            for await _ in began.stream { break }
            // One round may have been answered before the thread hung.
            try await Task.sleep(for: .milliseconds(50))
            #expect(try await watchdog.isStarved())
            gate.signal()
            try await hung.value
            try await watchdog.next(3)
        }
    }

    @Test(.timeLimit(.minutes(1))) func longWorkWithCheckpointsIsFed() async throws {
        let thread = WorkThread(name: "maths")
        defer { thread.stop() }
        let watchdog = CountedWatchdog()
        try await watchdog.run(watching: [thread]) {
            let work = Task {
                try await thread.run { checkpoint in
                    while true { try checkpoint() }
                }
            }
            try await watchdog.next(5)
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
        }
    }

    /// As under `CPUQuota=`: the thread runs for a moment and is stopped for long, again and again, and reaches no checkpoint.
    @Test(.timeLimit(.minutes(1))) func starvedWorkIsFed() async throws {
        let thread = WorkThread(name: "starved")
        defer { thread.stop() }
        let end = End()
        let watchdog = CountedWatchdog()
        try await watchdog.run(watching: [thread], every: .milliseconds(400)) {
            async let work: Void = thread.run { _ in
                while !end.hasCome.load(ordering: .relaxed) {
                    Self.burn(.milliseconds(1))
                    usleep(20_000)
                }
            }
            // The first of them may have come before the work began.
            try await watchdog.next(10)
            end.hasCome.store(true, ordering: .relaxed)
            try await work
        }
    }

    @Test(.timeLimit(.minutes(1))) func workThatNeverComesRoundStopsTheFeed() async throws {
        let thread = WorkThread(name: "spinning")
        defer { thread.stop() }
        let end = End()
        let watchdog = CountedWatchdog()
        try await watchdog.run(watching: [thread]) {
            async let work: Void = thread.run { _ in
                while !end.hasCome.load(ordering: .relaxed) { Self.burn(.milliseconds(1)) }
            }
            while try await !watchdog.isStarved() {}
            end.hasCome.store(true, ordering: .relaxed)
            try await work
            try await watchdog.next(3)
        }
    }

    /// Uses so much of a processor.
    private static func burn(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {}
    }

    @Test(.timeLimit(.minutes(1))) func aReaderThatDoesNotComeBackStopsTheFeed() async throws {
        let socket = try await DatagramSocket.bind(#require(Endpoint("127.0.0.1:0")))
        let gate = AsyncStream.makeStream(of: Void.self)
        let reader = Task {
            for await _ in socket.datagrams {
                for await _ in gate.stream { break }
            }
        }
        let watchdog = CountedWatchdog()
        try await watchdog.run(watching: [socket]) {
            try await watchdog.next(3)
            try socket.send([1], to: socket.localAddress)
            while try await !watchdog.isStarved() {}
            gate.continuation.yield()
            try await watchdog.next(3)
        }
        gate.continuation.finish()
        await socket.close()
        await reader.value
    }

    @Test(.timeLimit(.minutes(1))) func loopsThatHaveEndedDoNotStarveTheRest() async throws {
        let stopped = WorkThread(name: "stopped")
        stopped.stop()
        let socket = try await DatagramSocket.bind(#require(Endpoint("127.0.0.1:0")))
        await socket.close()
        let pulse = Pulse()
        pulse.finish()
        let watchdog = CountedWatchdog()
        try await watchdog.run(watching: [stopped, socket, pulse]) { try await watchdog.next(3) }
    }

    @Test func aPulseAnswersWithTheNextBeat() {
        let pulse = Pulse()
        pulse.beat()
        let answers = Mutex(0)
        pulse.ping { answers.withLock { $0 += 1 } }
        #expect(answers.withLock { $0 } == 0)
        pulse.beat()
        #expect(answers.withLock { $0 } == 1)
        pulse.beat()
        #expect(answers.withLock { $0 } == 1)
        pulse.ping { answers.withLock { $0 += 1 } }
        pulse.finish()
        #expect(answers.withLock { $0 } == 2)
    }

    @Test func withoutAnIntervalNothingIsFed() async {
        let watchdog = Watchdog(interval: nil) { Issue.record("fed") }
        await watchdog.run(logger: Logger(label: "test"))
    }
}
