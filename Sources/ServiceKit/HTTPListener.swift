import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Answers HTTP on a listening socket by Hummingbird's routes.
///
/// Hummingbird's own server binds by address only and gets its connections from NIO's asynchronous `bind`, which loses those
/// that are accepted while the socket closes; NIO ends the process for each (swift-nio issue 2813). Here none is lost.
struct HTTPListener {
    private typealias Connection = HTTP1Channel.Value

    private let http: HTTP1Channel
    private let logger: Logger

    init(router: Router<BasicRequestContext>, logger: Logger) {
        self.logger = logger
        http = HTTP1Channel { [responder = router.buildResponder()] request, writer, channel in
            let response: Response
            do {
                let context = BasicRequestContext(source: .init(channel: channel, logger: logger))
                response = try await responder.respond(to: request, context: context)
            } catch {
                logger.error("request failed: \(error)")
                response = Response(status: .internalServerError)
            }
            try await writer.write(response: response.head, body: response.body)
        }
    }

    /// Answers until shut down or cancelled, and then no longer than what has been asked already.
    ///
    /// - Parameters:
    ///   - bind: makes the listening socket.
    ///   - onRunning: called once requests are answered.
    /// - Throws: what `bind` throws.
    func run(
        bind: (ServerBootstrap) async throws -> any Channel,
        onRunning: (any Channel) async -> Void
    ) async throws {
        let accepted = Accepted()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [http, logger] channel in
                http.setup(channel: channel, logger: logger).map { connection in
                    // Too late: the channel is about to be closed, which this waits for.
                    if !accepted.add(connection) { Task { await http.handle(value: connection, logger: logger) } }
                }
            }
        let socket = try await bind(bootstrap)
        socket.closeFuture.whenComplete { _ in accepted.signal.finish() }
        await onRunning(socket)
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await _ in accepted.signals {
                    for connection in accepted.take() { group.addTask { await answer(connection) } }
                }
                socket.close(promise: nil)
                for connection in accepted.take(last: true) { group.addTask { await answer(connection) } }
            }
        } onGracefulShutdown: {
            socket.close(promise: nil)
        }
    }

    /// Answers on one connection until it is closed.
    private func answer(_ connection: Connection) async {
        await withGracefulShutdownHandler {
            await http.handle(value: connection, logger: logger)
        } onGracefulShutdown: {
            connection.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Connections that wait for a task to answer them; each is handed on exactly once.
    private final class Accepted: Sendable {
        /// Says that connections wait.
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        /// nil once nobody takes them any more.
        private let waiting = Mutex<[Connection]?>([])

        /// - Returns: false when it was not taken.
        func add(_ connection: Connection) -> Bool {
            let added = waiting.withLock { $0?.append(connection) } != nil
            signal.yield()
            return added
        }

        /// - Parameter last: whether nobody will ask again.
        func take(last: Bool = false) -> [Connection] {
            waiting.withLock { connections in
                defer { connections = last ? nil : [] }
                return connections ?? []
            }
        }
    }
}
