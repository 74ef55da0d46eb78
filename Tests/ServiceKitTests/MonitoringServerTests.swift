import Foundation
import FoundationNetworking
import Logging
import ServiceLifecycle
import Testing

@testable import ServiceKit

struct MonitoringServerTests {
    private func settings(_ text: String) throws -> MonitoringSettings {
        struct File: ValidatedConfiguration {
            let monitoring: MonitoringSettings
            var complaint: String? { monitoring.complaint }
        }
        return try ConfigurationFile.decode(File.self, text: "[monitoring]\n" + text, path: "test").monitoring
    }

    @Test func otherHostsAreNotAnsweredUnlessToldSo() throws {
        #expect(throws: ConfigurationError.self) { try settings("listen = \"0.0.0.0:9464\"") }
        #expect(throws: ConfigurationError.self) { try settings("listen = \"192.168.1.5:9464\"") }
        #expect(try settings("listen = \"0.0.0.0:9464\"\nallow_remote = true").listen?.port == 9464)
        #expect(try settings("listen = \"[::1]:9464\"").listen?.host == "::1")
        #expect(try settings("").listen == nil)
    }

    @Test func answersMetricsHealthAndReadiness() async throws {
        let readiness = Readiness(starting: ["models"])
        let server = MonitoringServer(
            settings: try settings("listen = \"127.0.0.1:0\""),
            readiness: readiness,
            registry: PrometheusRegistry(),
            logger: Logger(label: "test")
        )
        let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        let port = try #require(await server.port())
        func get(_ path: String) async throws -> (Int, String) {
            let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
            let (data, response) = try await URLSession.shared.data(from: url)
            return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
        }
        #expect(try await get("/healthz") == (200, "ok\n"))
        #expect(try await get("/readyz") == (503, "models: starting\n"))
        #expect(readiness.report("models", trouble: nil))
        #expect(!readiness.report("models", trouble: nil))
        #expect(try await get("/readyz") == (200, "ready\n"))
        let (status, text) = try await get("/metrics")
        #expect(status == 200)
        #expect(text.contains("# TYPE process_resident_memory_bytes gauge"))
        await group.triggerGracefulShutdown()
        try await running.value
    }

    @Test func withoutAnAddressItOnlyWaits() async throws {
        let server = MonitoringServer(
            settings: MonitoringSettings(),
            readiness: Readiness(),
            logger: Logger(label: "test")
        )
        let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        #expect(await server.port() == nil)
        await group.triggerGracefulShutdown()
        try await running.value
    }
}
