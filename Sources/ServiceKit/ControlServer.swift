import Basics
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Why a control socket cannot be opened.
package enum ControlSocketError: Error, Equatable, CustomStringConvertible {
    case inUse(path: String)
    case notASocket(path: String)
    case pathTooLong(path: String)

    package var description: String {
        switch self {
        case .inUse(let path): "another daemon answers on \(path): stop it, or choose another control_socket"
        case .notASocket(let path): "\(path) is there and is no socket: move it away, or choose another control_socket"
        case .pathTooLong(let path): "the socket path \(path) is longer than 107 bytes: choose a shorter control_socket"
        }
    }
}

/// HTTP on a unix socket: the one systemd passes, or else one of our own that owner and group may use (mode 0660).
package struct ControlServer: Service {
    private let path: String
    private let listener: HTTPListener
    private let logger: Logger
    private let readiness: Readiness
    private let passed: @Sendable () throws -> Int32?
    private let onRunning: @Sendable () async -> Void

    /// - Parameters:
    ///   - path: where the socket is made, unless systemd passes one.
    ///   - readiness: learns when the socket is gone, until it is made anew.
    ///   - onRunning: called once requests are answered.
    package init(
        path: String,
        router: Router<BasicRequestContext>,
        readiness: Readiness,
        logger: Logger,
        onRunning: @escaping @Sendable () async -> Void
    ) {
        self.init(
            path: path,
            router: router,
            readiness: readiness,
            logger: logger,
            passed: { try SocketActivation.takeListener() },
            onRunning: onRunning
        )
    }

    init(
        path: String,
        router: Router<BasicRequestContext>,
        limits: HTTPListener.Limits = .init(),
        readiness: Readiness = Readiness(),
        logger: Logger,
        passed: @escaping @Sendable () throws -> Int32?,
        onRunning: @escaping @Sendable () async -> Void
    ) {
        self.path = path
        listener = HTTPListener(router: router, limits: limits, logger: logger)
        self.readiness = readiness
        self.logger = logger
        self.passed = passed
        self.onRunning = onRunning
    }

    package func run() async throws {
        if let socket = try passed() {
            logger.info("the control socket is systemd's")
            return try await listener.run {
                try await $0.withBoundSocket(socket).get()
            } onRunning: { _ in
                await onRunning()
            }
        }
        let bound = Mutex(SocketIdentity?.none)
        defer { if bound.withLock({ $0 }) == SocketIdentity(path) { unlink(path) } }
        try await listener.run {
            [path] bootstrap in
            try Self.prepare(path)
            let socket = try Self.bind(path)
            bound.withLock { $0 = SocketIdentity(path) }
            return try await bootstrap.withBoundSocket(socket).get()
        } isLost: { [path] in
            bound.withLock { $0 } != SocketIdentity(path)
        } onTrouble: { [readiness, logger, path] trouble in
            guard readiness.report("control socket", trouble: trouble.map { "\(path): \($0)" }) else { return }
            if let trouble { logger.error("\(path): \(trouble)") } else { logger.info("\(path) is there again") }
        } onRunning: { _ in
            await onRunning()
        }
    }

    /// Which socket lies at a path.
    private struct SocketIdentity: Equatable {
        private let device: UInt64
        private let number: UInt64

        /// Nil when there is none.
        init?(_ path: String) {
            var information = stat()
            guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFSOCK else { return nil }
            device = UInt64(information.st_dev)
            number = UInt64(information.st_ino)
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

    /// A socket of our own, bound and for owner and group. NIO would remove the path when it closes a socket that it has
    /// bound itself, also when another lies there by then.
    private static func bind(_ path: String) throws(SocketError) -> Int32 {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw SocketError("open a socket for", path, errno) }
        guard withAddress(path, { Foundation.bind(listener, $0, $1) }) == 0 else {
            defer { close(listener) }
            throw SocketError("listen on", path, errno)
        }
        chmod(path, 0o660)
        return listener
    }

    private static func answers(_ path: String) -> Bool {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard client >= 0 else { return true }
        defer { close(client) }
        // Anything but a refusal, a full backlog for one, says that somebody is there.
        return withAddress(path) { connect(client, $0, $1) } == 0 || errno != ECONNREFUSED
    }

    /// - Precondition: the path fits, as `prepare` checks.
    private static func withAddress(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
