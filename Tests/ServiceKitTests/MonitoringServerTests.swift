import Foundation
import FoundationNetworking
import Logging
import ServiceLifecycle
import TestSupport
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

    /// A scrape that comes while the server closes is closed too, and ends nothing else.
    @Test func connectionsThatComeAtTheEndAreClosed() async throws {
        for _ in 0..<200 {
            let server = MonitoringServer(
                settings: try settings("listen = \"127.0.0.1:0\""),
                readiness: Readiness(),
                registry: PrometheusRegistry(),
                logger: Logger(label: "test")
            )
            let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
            let running = Task { try await group.run() }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
            address.sin_port = UInt16(try #require(await server.port())).bigEndian
            let clients = (0..<4).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
            defer { for client in clients { close(client) } }
            for client in clients {
                let connected = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                #expect(connected == 0)
            }
            await group.triggerGracefulShutdown()
            try await running.value
            for client in clients { #expect(isClosedByPeer(client)) }
        }
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
