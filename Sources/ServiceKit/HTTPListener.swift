import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Answers HTTP on a listening socket by Hummingbird's routes.
///
/// Hummingbird's own server binds by address only and gets its connections from NIO's asynchronous `bind`, which loses those
/// that are accepted while the socket closes; NIO ends the process for each (swift-nio issue 2813). Here none is lost.
struct HTTPListener {
    private typealias Connection = HTTP1Channel.Value

    /// How much the callers may cost.
    struct Limits {
        /// Connections at once; a further one is closed. A quarter of the descriptors that the process may have, so that there
        /// are some left for files, sockets and another listener.
        var connections = min(512, max(8, Int(clamping: descriptors) / 4))
        /// After that without a byte a connection is closed, unless it waits for its answer.
        var idle = TimeAmount.seconds(60)
        /// Bytes of a request's headers.
        var headers = 16 << 10

        /// That the process may have at once.
        private static var descriptors: UInt {
            var limit = rlimit()
            return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? UInt(limit.rlim_cur) : 1024
        }
    }

    private let http: HTTP1Channel
    private let limits: Limits
    private let logger: Logger

    init(router: Router<BasicRequestContext>, limits: Limits = Limits(), logger: Logger) {
        self.logger = logger
        self.limits = limits
        let configuration = HTTP1Channel.Configuration(
            idleTimeout: limits.idle,
            httpDecoderConfiguration: .init(maxHeaderFieldSize: limits.headers, maxHeaderListSize: limits.headers)
        )
        http = HTTP1Channel(
            responder: { [responder = router.buildResponder()] request, writer, channel in
                let response: Response
                do {
                    let context = BasicRequestContext(source: .init(channel: channel, logger: logger))
                    response = try await responder.respond(to: request, context: context)
                } catch {
                    // A caller that went away is no fault of ours.
                    if channel.isActive { logger.error("request failed: \(error)") }
                    response = Response(status: .internalServerError)
                }
                try await writer.write(response: response.head, body: response.body)
            },
            configuration: configuration
        )
    }

    /// Answers until shut down or cancelled, and then no longer than what has been asked already.
    ///
    /// - Parameters:
    ///   - bind: makes the listening socket, again when it is lost.
    ///   - isLost: whether nobody can find the socket any more; asked every second.
    ///   - onTrouble: called with what is wrong when the socket is lost, and with nil when it is there again.
    ///   - onRunning: called once requests are answered.
    /// - Throws: what `bind` throws at first; `SocketError` for what the system says.
    func run(
        bind: @escaping @Sendable (ServerBootstrap) async throws -> any Channel,
        isLost: @escaping @Sendable () -> Bool = { false },
        onTrouble: @escaping @Sendable (String?) -> Void = { _ in },
        onRunning: (any Channel) async -> Void
    ) async throws {
        let accepted = Accepted(most: limits.connections)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // With no descriptor left for a caller, asking again at once would keep a processor busy.
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler { _ in .milliseconds(100) })
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [http, logger] channel in
                guard accepted.mayOpen(channel) else { return channel.close() }
                return http.setup(channel: channel, logger: logger).flatMapThrowing { connection in
                    let pipeline = channel.pipeline.syncOperations
                    let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
                    try pipeline.addHandler(HTTPManners(), position: .before(codec))
                    // Too late: the channel is about to be closed, which this waits for.
                    if !accepted.add(connection) { Task { await http.handle(value: connection, logger: logger) } }
                }
            }
        let first = try await bind(bootstrap)
        let socket = ListeningSocket(first, onEnd: { accepted.signal.finish() })
        await onRunning(first)
        let guardian = Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                guard isLost() else { continue }
                onTrouble("the socket is gone; it is made anew")
                do {
                    socket.replace(with: try await bind(bootstrap))
                    onTrouble(nil)
                } catch {
                    onTrouble("\(error)")
                }
            }
        }
        defer { guardian.cancel() }
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await _ in accepted.signals {
                    for connection in accepted.take() { group.addTask { await answer(connection) } }
                }
                socket.close()
                for connection in accepted.take(last: true) { group.addTask { await answer(connection) } }
            }
        } onGracefulShutdown: {
            socket.close()
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

    /// The socket that connections come in by; another takes its place when nobody can find it any more.
    private final class ListeningSocket: Sendable {
        private let current: Mutex<(any Channel)?>
        private let onEnd: @Sendable () -> Void

        /// - Parameter onEnd: called when the socket closes and no other has taken its place.
        init(_ channel: any Channel, onEnd: @escaping @Sendable () -> Void) {
            current = Mutex(channel)
            self.onEnd = onEnd
            follow(channel)
        }

        func replace(with channel: any Channel) {
            let old = current.withLock { current in
                defer { if current != nil { current = channel } }
                return current
            }
            if old == nil { return channel.close(promise: nil) }
            follow(channel)
            old?.close(promise: nil)
        }

        func close() {
            let channel = current.withLock { current in
                defer { current = nil }
                return current
            }
            channel?.close(promise: nil)
        }

        /// Connections may still come in while a socket closes: the end is when it has closed.
        private func follow(_ channel: any Channel) {
            channel.closeFuture.whenComplete { [self] _ in
                let isReplaced = current.withLock { current in
                    guard let other = current, other !== channel else {
                        current = nil
                        return false
                    }
                    return true
                }
                if !isReplaced { onEnd() }
            }
        }
    }

    /// Connections that wait for a task to answer them; each is handed on exactly once.
    private final class Accepted: Sendable {
        /// Says that connections wait.
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        /// nil once nobody takes them any more.
        private let waiting = Mutex<[Connection]?>([])
        private let open = Atomic(0)
        private let most: Int

        init(most: Int) {
            self.most = most
        }

        /// Counts a connection until it closes.
        ///
        /// - Returns: false when there are too many already.
        func mayOpen(_ channel: any Channel) -> Bool {
            guard open.add(1, ordering: .relaxed).newValue <= most else {
                open.subtract(1, ordering: .relaxed)
                return false
            }
            channel.closeFuture.whenComplete { [self] _ in open.subtract(1, ordering: .relaxed) }
            return true
        }

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
