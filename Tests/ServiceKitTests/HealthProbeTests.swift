import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import ServiceKit

struct HealthProbeTests {
    private struct NoAnswer: Error {}

    @Test func whatAPartSaysIsShownUntilItIsWell() async throws {
        let readiness = Readiness()
        let answers = Mutex<[Result<String?, NoAnswer>]>([.success("away"), .failure(NoAnswer()), .success(nil)])
        let probe = HealthProbe(
            "codec",
            readiness: readiness,
            logger: Logger(label: "test"),
            pause: .milliseconds(100)
        ) {
            try answers.withLock { $0.isEmpty ? .success(nil) : $0.removeFirst() }.get()
        }
        let group = ServiceGroup(services: [probe], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        while readiness.complaints.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        #expect(readiness.complaints == ["codec: away"])
        while answers.withLock({ $0.count }) > 1 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(readiness.complaints == ["codec: away"])
        while !readiness.complaints.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        await group.triggerGracefulShutdown()
        try await running.value
    }
}
