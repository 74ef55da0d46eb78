import Foundation
import NIOCore

/// What the system says when a socket cannot do something.
public struct SocketError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, up to the address: `send to`, `listen on`.
    public let operation: String
    /// Where, as `Endpoint` writes it.
    public let address: String
    /// The system's error number.
    public let code: Int32

    /// - Parameter code: `errno` after the call that failed.
    public init(_ operation: String, _ address: SocketAddress, _ code: Int32) {
        self.operation = operation
        self.address = address.hostAndPort
        self.code = code
    }

    public var description: String { "cannot \(operation) \(address): \(String(cString: strerror(code)))" }
}

extension SocketAddress {
    /// As `Endpoint` writes it: `127.0.0.1:4991`, `[::1]:4991`.
    public var hostAndPort: String {
        guard let host = ipAddress, let port else { return "\(self)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
