import CSystemd
import Foundation

/// Why a passed socket is not used.
package enum SocketActivationError: Error, Equatable, CustomStringConvertible {
    case tooMany(Int32)
    case notAListener

    package var description: String {
        switch self {
        case .tooMany(let count): "\(count) sockets were passed: the .socket unit must have one ListenStream"
        case .notAListener: "the passed socket is no listening unix stream socket: see ListenStream in the .socket unit"
        }
    }
}

/// The listening socket that systemd opened for the daemon (sd_listen_fds(3)).
enum SocketActivation {
    /// The passed socket, nil when none was. It is handed out once: children and later calls do not see it.
    static func takeListener() throws(SocketActivationError) -> Int32? {
        let count = sd_listen_fds(1)
        guard count > 0 else { return nil }
        guard count == 1 else { throw .tooMany(count) }
        let first: Int32 = 3  // SD_LISTEN_FDS_START
        guard sd_is_socket_unix(first, Int32(SOCK_STREAM.rawValue), 1, nil, 0) > 0 else { throw .notAListener }
        return first
    }
}
