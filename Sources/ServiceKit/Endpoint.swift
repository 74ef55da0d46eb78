import Foundation
import NIOCore

/// A host and UDP port as written in configuration: `127.0.0.1:4991`, `[::1]:4991`, `rx.example.org:4992`.
package struct Endpoint: Sendable, Equatable, Decodable, CustomStringConvertible {
    package let host: String
    /// 0 lets the system choose.
    package let port: Int

    /// Nil when the text is no `host:port`.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }

    /// Any address and port of this host, of the same family as `peer`.
    package init(anyLike peer: SocketAddress) {
        host = if case .v6 = peer { "::" } else { "0.0.0.0" }
        port = 0
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let endpoint = Endpoint(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not of the form host:port")
            )
        }
        self = endpoint
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The address when the host is written as one; nil for a name.
    package var literal: SocketAddress? {
        (try? lookUp(family: .any, flags: AI_NUMERICHOST))?.first
    }

    /// Looks the host up, on a thread of its own.
    ///
    /// - Throws: `EndpointError` when the name is not known.
    package func resolve() async throws -> SocketAddress {
        if let literal { return literal }
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.first(of: lookUp(family: .any), for: self) })
            }
        }
    }

    static func first(of addresses: [SocketAddress], for endpoint: Endpoint) throws(EndpointError) -> SocketAddress {
        guard let first = addresses.first else { throw EndpointError("\(endpoint.host) has no address") }
        return first
    }

    /// All addresses of the host, the best first. Blocks, for as long as the system's resolver waits for its servers.
    ///
    /// - Parameter family: which addresses are of use.
    /// - Throws: `EndpointError` when there is none.
    func lookUp(family: Family, flags: Int32 = 0) throws(EndpointError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = family.number
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV | (family == .mapped ? AI_V4MAPPED | AI_ALL : 0)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &found)
        guard code == 0 else {
            let reason = code == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(code))
            throw EndpointError("cannot look up \(host)\(family.remark): \(reason)")
        }
        defer { freeaddrinfo(found) }
        return sequence(first: found, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
            entry?.pointee.ai_addr.flatMap { SocketAddress(UnsafeRawPointer($0)) }
        }
    }

    /// Which addresses a socket can send to.
    enum Family: Sendable {
        case any, v4, v6
        /// IPv6, and IPv4 written as IPv6: of a socket that listens on `[::]`.
        case mapped

        init(of socket: SocketAddress) {
            switch socket {
            case .v4: self = .v4
            case .v6: self = socket.ipAddress == "::" ? .mapped : .v6
            case .unixDomainSocket: self = .any
            }
        }

        fileprivate var number: Int32 {
            switch self {
            case .any: AF_UNSPEC
            case .v4: AF_INET
            case .v6, .mapped: AF_INET6
            }
        }

        fileprivate var remark: String {
            switch self {
            case .any, .mapped: ""
            case .v4: " as an IPv4 address (listen on [::] to send to either kind)"
            case .v6: " as an IPv6 address (listen on [::] to send to either kind)"
            }
        }
    }

    /// Why a socket that is bound to `listen` can never send to `peer`; nil when it can, or when that depends on a name.
    package static func mismatch(listen: Endpoint, peer: Endpoint) -> String? {
        guard let from = listen.literal, peer.literal != nil,
            (try? peer.lookUp(family: Family(of: from), flags: AI_NUMERICHOST)) == nil
        else { return nil }
        return "listen = \"\(listen)\" and peer = \"\(peer)\" are addresses of different kinds: "
            + "give two of IPv4 or two of IPv6, or listen on \"[::]:\(listen.port)\""
    }
}

/// Why an endpoint has no address.
package struct EndpointError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
