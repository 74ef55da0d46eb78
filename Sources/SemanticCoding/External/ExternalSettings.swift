import Basics

/// `[external]` of both daemons: the process that codes.
public struct ExternalSettings: Codable, Sendable, Equatable {
    /// Path of the unix socket on which it listens.
    public var socket: String
    /// Longest that one call may take, in seconds, the connecting included.
    public var timeoutSeconds: Double

    /// Bytes of the longest path that a unix socket may have.
    private static let longestPath = 107

    private enum CodingKeys: String, CodingKey {
        case socket
        case timeoutSeconds = "timeout_seconds"
    }

    /// A process that listens on `socket`.
    public init(socket: String, timeoutSeconds: Double = 60) {
        (self.socket, self.timeoutSeconds) = (socket, timeoutSeconds)
    }

    /// As the configuration files have it.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        socket = try keys.decode(String.self, forKey: .socket)
        timeoutSeconds = try keys.number(.timeoutSeconds, default: 60)
    }

    /// Says what is wrong with the settings, or nothing.
    public var complaint: String? {
        if socket.isEmpty || socket.utf8.count > Self.longestPath || socket.utf8.contains(0) {
            return "socket must be the path of a unix socket, of 1 to \(Self.longestPath) bytes"
        }
        if !(0.1...3600).contains(timeoutSeconds) {
            return "timeout_seconds must be 0.1 to 3600, not \(timeoutSeconds)"
        }
        return nil
    }
}
