import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import ServiceKit

struct HealthProbeTests {
    private struct NoAnswer: Error {}

    @Test func whatAPartSaysIsShownUntilItIsWell() async throws {
        let readiness = Readiness()
        let answer = Mutex(Result<String?, NoAnswer>.success("away"))
        let asked = Atomic(0)
        let probe = HealthProbe(
            "codec",
            readiness: readiness,
            logger: Logger(label: "test"),
            pause: .milliseconds(5)
        ) {
            asked.add(1, ordering: .sequentiallyConsistent)
            return try answer.withLock { $0 }.get()
        }
        let group = ServiceGroup(services: [probe], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        while readiness.complaints.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        #expect(readiness.complaints == ["codec: away"])
        // Who does not answer is neither well nor unwell.
        answer.withLock { $0 = .failure(NoAnswer()) }
        let before = asked.load(ordering: .sequentiallyConsistent)
        while asked.load(ordering: .sequentiallyConsistent) < before + 3 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(readiness.complaints == ["codec: away"])
        answer.withLock { $0 = .success(nil) }
        while !readiness.complaints.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        await group.triggerGracefulShutdown()
        try await running.value
    }
}
