import NIOCore

/// A host and UDP port as written in configuration: `127.0.0.1:4991`, `[::1]:4991`, `rx.example.org:4992`.
public struct Endpoint: Sendable, Equatable, Decodable, CustomStringConvertible {
    public let host: String
    /// 0 lets the system choose.
    public let port: Int

    /// Nil when the text is no `host:port`.
    public init?(_ text: String) {
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
    public init(anyLike peer: SocketAddress) {
        host = if case .v6 = peer { "::" } else { "0.0.0.0" }
        port = 0
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let endpoint = Endpoint(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not of the form host:port")
            )
        }
        self = endpoint
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Looks the host up (blocking; call it while a daemon starts).
    ///
    /// - Throws: `SocketAddressError` when the name is not known.
    public func resolve() throws -> SocketAddress {
        try SocketAddress.makeAddressResolvingHost(host, port: port)
    }
}
