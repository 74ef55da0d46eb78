import Foundation
import NIOCore

/// What the system says when a socket cannot do something.
package struct SocketError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, up to the address: `send to`, `listen on`.
    package let operation: String
    /// Where, as `Endpoint` writes it.
    package let address: String
    /// The system's error number.
    package let code: Int32

    /// - Parameter code: `errno` after the call that failed.
    package init(_ operation: String, _ address: SocketAddress, _ code: Int32) {
        self.init(operation, address.hostAndPort, code)
    }

    /// - Parameter address: as a person knows it: `host:port`, or the path of a unix socket.
    package init(_ operation: String, _ address: String, _ code: Int32) {
        self.operation = operation
        self.address = address
        self.code = code
    }

    package var description: String { "cannot \(operation) \(address): \(String(cString: strerror(code)))" }
}

extension SocketAddress {
    /// As `Endpoint` writes it: `127.0.0.1:4991`, `[::1]:4991`.
    package var hostAndPort: String {
        guard let host = ipAddress, let port else { return "\(self)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
