import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Why a control socket cannot be opened.
public enum ControlSocketError: Error, Equatable, CustomStringConvertible {
    case inUse(path: String)
    case notASocket(path: String)
    case pathTooLong(path: String)

    public var description: String {
        switch self {
        case .inUse(let path): "another daemon answers on \(path): stop it, or choose another control_socket"
        case .notASocket(let path): "\(path) is there and is no socket: move it away, or choose another control_socket"
        case .pathTooLong(let path): "the socket path \(path) is longer than 107 bytes: choose a shorter control_socket"
        }
    }
}

/// HTTP on a unix socket: the one systemd passes, or else one of our own that owner and group may use (mode 0660).
public struct ControlServer: Service {
    private let path: String
    private let listener: HTTPListener
    private let logger: Logger
    private let passed: @Sendable () throws -> Int32?
    private let onRunning: @Sendable () async -> Void

    /// - Parameters:
    ///   - path: where the socket is made, unless systemd passes one.
    ///   - onRunning: called once requests are answered.
    public init(
        path: String,
        router: Router<BasicRequestContext>,
        logger: Logger,
        onRunning: @escaping @Sendable () async -> Void
    ) {
        self.init(
            path: path,
            router: router,
            logger: logger,
            passed: { try SocketActivation.takeListener() },
            onRunning: onRunning
        )
    }

    init(
        path: String,
        router: Router<BasicRequestContext>,
        logger: Logger,
        passed: @escaping @Sendable () throws -> Int32?,
        onRunning: @escaping @Sendable () async -> Void
    ) {
        self.path = path
        listener = HTTPListener(router: router, logger: logger)
        self.logger = logger
        self.passed = passed
        self.onRunning = onRunning
    }

    public func run() async throws {
        if let socket = try passed() {
            logger.info("the control socket is systemd's")
            return try await listener.run {
                try await $0.withBoundSocket(socket).get()
            } onRunning: { _ in
                await onRunning()
            }
        }
        try Self.prepare(path)
        defer { unlink(path) }
        try await listener.run {
            let socket = try await $0.bind(unixDomainSocketPath: path).get()
            chmod(path, 0o660)
            return socket
        } onRunning: { _ in
            await onRunning()
        }
    }

    /// Makes the way free: a socket on which nobody answers is left over from a daemon that was killed.
    static func prepare(_ path: String) throws {
        guard path.utf8.count <= 107 else { throw ControlSocketError.pathTooLong(path: path) }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try AtomicFile.makeDirectory(String(path[..<slash]))
        }
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFSOCK else { throw ControlSocketError.notASocket(path: path) }
        guard !answers(path) else { throw ControlSocketError.inUse(path: path) }
        unlink(path)
    }

    private static func answers(_ path: String) -> Bool {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard client >= 0 else { return true }
        defer { close(client) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // Anything but a refusal, a full backlog for one, says that somebody is there.
        return connected == 0 || errno != ECONNREFUSED
    }
}
