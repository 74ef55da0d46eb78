import Basics
import Foundation
import Synchronization
import Testing

@testable import ServiceKit

private final class SharedCount: Sendable {
    let value = Atomic(0)
}

private final class Order: Sendable {
    let numbers = Mutex<[Int]>([])
}

struct WorkThreadTests {
    @Test func runsOneAfterTheOther() async throws {
        let thread = WorkThread(name: "test")
        defer { thread.stop() }
        let inside = SharedCount()
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await thread.run { _ in
                        let others = inside.value.add(1, ordering: .sequentiallyConsistent).oldValue
                        defer { inside.value.subtract(1, ordering: .sequentiallyConsistent) }
                        return others == 0 ? number : -1000
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == 49 * 50 / 2)
    }

    @Test func errorsReachTheCaller() async {
        let thread = WorkThread(name: "test")
        defer { thread.stop() }
        await #expect(throws: FileError.self) {
            try await thread.run { _ in throw FileError(operation: "x", path: "y", code: 1) }
        }
    }

    @Test func promptWorkRunsAtACheckpointOfLongWork() async throws {
        let thread = WorkThread(name: "test")
        defer { thread.stop() }
        let served = SharedCount()
        // The long work ends only once the prompt work has run, which can only happen at its checkpoints.
        async let long: Void = thread.run { checkpoint in
            while served.value.load(ordering: .acquiring) == 0 { try checkpoint() }
        }
        try await thread.run(prompt: true) { _ in served.value.store(1, ordering: .releasing) }
        try await long
    }

    @Test func cheapWorkRunsAtACheckpointOfDearWork() async throws {
        let thread = WorkThread(name: "test")
        defer { thread.stop() }
        let served = SharedCount()
        async let dear: Void = thread.run(cost: 1000) { checkpoint in
            while served.value.load(ordering: .acquiring) == 0 { try checkpoint() }
        }
        try await thread.run(cost: 100) { _ in served.value.store(1, ordering: .releasing) }
        try await dear
    }

    /// Nothing goes on for long before others, whatever it was said to cost.
    @Test func workThatTakesLongCountsAsDear() async throws {
        let thread = WorkThread(name: "test")
        defer { thread.stop() }
        let served = SharedCount()
        async let long: Void = thread.run(cost: 10) { checkpoint in
            while served.value.load(ordering: .acquiring) == 0 { try checkpoint() }
        }
        try await thread.run(cost: 1_000_000) { _ in served.value.store(1, ordering: .releasing) }
        try await long
    }

    /// Not even where so many wait inside one another that nothing overdue is let in.
    @Test func whatIsKnownToBeCheapIsNeverKeptWaiting() async throws {
        let thread = WorkThread(name: "test")
        defer { thread.stop() }
        let served = SharedCount()
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    try await thread.run(cost: 100_000) { checkpoint in
                        while served.value.load(ordering: .acquiring) == 0 { try checkpoint() }
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(200))
            try await thread.run(cost: 100) { _ in served.value.store(1, ordering: .releasing) }
            try await group.waitForAll()
        }
    }

    @Test func theCheapestRunsNextAndEqualsInOrder() async throws {
        let thread = WorkThread(name: "test")
        defer { thread.stop() }
        let order = Order()
        let (gate, inside) = (DispatchSemaphore(value: 0), AsyncStream.makeStream(of: Void.self))
        async let first: Void = thread.run { _ in
            inside.continuation.yield()
            gate.wait()
        }
        for await _ in inside.stream { break }
        var waiting: [Task<Void, any Error>] = []
        // Seconds each: what takes longer than it was to cost lets others in.
        for (number, cost) in [(0, Double?.none), (1, 50e7), (2, 5e7), (3, 50e7), (4, 500e7)] {
            waiting.append(
                Task { try await thread.run(cost: cost) { _ in order.numbers.withLock { $0.append(number) } } }
            )
            while thread.waitingCount < waiting.count { try await Task.sleep(for: .milliseconds(1)) }
        }
        gate.signal()
        try await first
        for task in waiting { try await task.value }
        #expect(order.numbers.withLock { $0 } == [2, 1, 3, 4, 0])
    }

    @Test func cancellationEndsWorkAtACheckpoint() async throws {
        let thread = WorkThread(name: "test")
        defer { thread.stop() }
        let began = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await thread.run { checkpoint in
                began.continuation.yield()
                while true { try checkpoint() }
            }
        }
        for await _ in began.stream { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await thread.run { _ in 5 } == 5)
    }

    @Test func refusesWorkOnceStopped() async {
        let thread = WorkThread(name: "test")
        thread.stop()
        await #expect(throws: CancellationError.self) { try await thread.run { _ in } }
    }

    @Test func servesAsAnActorsExecutor() async throws {
        let thread = WorkThread(name: "actor")
        let counter = Counter(thread)
        await withTaskGroup { group in
            for _ in 0..<100 { group.addTask { await counter.increment() } }
        }
        #expect(await counter.count == 100)
        let own = try await thread.run { _ in ObjectIdentifier(Thread.current) }
        #expect(await counter.threadIdentity == own)
        #expect(try await thread.run { _ in Thread.current.name } == "actor")
    }

    private actor Counter {
        private let thread: WorkThread
        var count = 0

        init(_ thread: WorkThread) { self.thread = thread }

        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

        /// The thread of the last increment: taken where state is touched, so that the hop cannot be optimised away.
        var threadIdentity: ObjectIdentifier?

        func increment() {
            count += 1
            threadIdentity = ObjectIdentifier(Thread.current)
        }
    }
}
