import Foundation
import Synchronization
import Testing

@testable import ServiceKit

private final class SharedCount: Sendable {
    let value = Atomic(0)
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
