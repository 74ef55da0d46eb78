import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// HTTP on a TCP port, where one is configured.
package struct WebServer: Service {
    private let listen: Endpoint?
    private let listener: HTTPListener
    private let ports: AsyncStream<Int?>
    private let bound: AsyncStream<Int?>.Continuation

    /// - Parameter listen: nowhere when nil.
    package init(listen: Endpoint?, router: Router<BasicRequestContext>, logger: Logger) {
        self.listen = listen
        (ports, bound) = AsyncStream.makeStream(of: Int?.self)
        listener = HTTPListener(router: router, logger: logger)
    }

    /// Waits until requests are answered and returns the TCP port; nil when nothing is listened on. To be asked once.
    package func port() async -> Int? {
        for await port in ports { return port }
        return nil
    }

    /// Whether only this host reaches an address.
    package static func isLoopback(_ endpoint: Endpoint) -> Bool {
        ["127.0.0.1", "::1", "localhost"].contains(endpoint.host)
    }

    package func run() async throws {
        guard let listen else {
            bound.yield(nil)
            try? await gracefulShutdown()
            return
        }
        try await listener.run {
            do {
                return try await $0.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: listen.host, port: listen.port).get()
            } catch let error as IOError {
                throw SocketError("listen on", "\(listen)", error.errnoCode)
            }
        } onRunning: {
            bound.yield($0.localAddress?.port)
        }
    }
}
