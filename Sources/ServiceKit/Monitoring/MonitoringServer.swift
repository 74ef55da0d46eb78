import Basics
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// `[monitoring]`: where `/metrics`, `/healthz` and `/readyz` are answered.
package struct MonitoringSettings: Decodable, Sendable {
    /// Nowhere when nil.
    package let listen: Endpoint?
    /// Whether other hosts may ask.
    package let allowRemote: Bool

    private enum CodingKeys: String, CodingKey {
        case listen
        case allowRemote = "allow_remote"
    }

    package init() {
        listen = nil
        allowRemote = false
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        listen = try keys.decodeIfPresent(Endpoint.self, forKey: .listen)
        allowRemote = try keys.value(.allowRemote, default: false)
    }

    /// What is wrong with the settings, or nil.
    package var complaint: String? {
        guard let listen, !allowRemote, !WebServer.isLoopback(listen) else { return nil }
        return "listen is \(listen), which other hosts can reach: choose 127.0.0.1, or say allow_remote = true"
    }
}

/// HTTP for the operator's monitoring, without secrets and without any way to change things:
///
/// - `GET /metrics` → Prometheus text format
/// - `GET /healthz` → 200 while the process answers
/// - `GET /readyz` → 200 when it can do its work, 503 and the reasons when not
package struct MonitoringServer: Service {
    private let server: WebServer

    package init(
        settings: MonitoringSettings,
        readiness: Readiness,
        registry: PrometheusRegistry = .shared,
        logger: Logger
    ) {
        if settings.listen != nil { ProcessMetrics.register(in: registry) }
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: NoQuery<BasicRequestContext>())
        router.get("metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4"],
                body: .init(byteBuffer: ByteBuffer(string: registry.text))
            )
        }
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { _, _ in
            let complaints = readiness.complaints
            return Response(
                status: complaints.isEmpty ? .ok : .serviceUnavailable,
                headers: [.contentType: "text/plain"],
                body: .init(
                    byteBuffer: ByteBuffer(
                        string: complaints.isEmpty ? "ready\n" : complaints.joined(separator: "\n") + "\n"
                    )
                )
            )
        }
        server = WebServer(listen: settings.listen, router: router, logger: logger)
    }

    /// Waits until requests are answered and returns the TCP port; nil when nothing is listened on. To be asked once.
    package func port() async -> Int? { await server.port() }

    package func run() async throws { try await server.run() }
}
