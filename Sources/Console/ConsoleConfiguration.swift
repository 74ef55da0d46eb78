import Basics
import ControlAPI
import Logging
import ServiceKit

/// deepsc-console's configuration file. The keys are explained in Config/deepsc-console.toml.
package struct ConsoleConfiguration: DaemonConfiguration {
    package let logLevel: Logger.Level
    /// Where the page is served.
    package let listen: Endpoint
    /// Whether other hosts may ask.
    package let allowRemote: Bool
    /// Names by which a browser may call this host, besides those of loopback.
    package let hosts: [String]
    /// The file with the token that opens the page; made where it is missing.
    package let tokenFile: String
    /// The control socket of tx-daemon.
    package let transmitter: String
    /// That of snr-relay; nil where there is none.
    package let relay: String?
    /// `results_socket` of rx-daemon; nil where it runs on another host.
    package let receiver: String?
    /// Most bytes of a photo.
    package let photoBytes: Int
    package let readyFile: String?

    private enum CodingKeys: String, CodingKey {
        case logLevel = "log_level"
        case listen
        case allowRemote = "allow_remote"
        case hosts
        case tokenFile = "token_file"
        case transmitter, relay, receiver
        case photoBytes = "photo_bytes"
        case readyFile = "ready_file"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        logLevel = try keys.value(.logLevel, default: .info)
        listen = try keys.decode(Endpoint.self, forKey: .listen)
        allowRemote = try keys.value(.allowRemote, default: false)
        hosts = try keys.value(.hosts, default: [])
        tokenFile = try keys.decode(String.self, forKey: .tokenFile)
        transmitter = try keys.decode(String.self, forKey: .transmitter)
        relay = try keys.decodeIfPresent(String.self, forKey: .relay)
        receiver = try keys.decodeIfPresent(String.self, forKey: .receiver)
        photoBytes = try keys.value(.photoBytes, default: 32 << 20)
        readyFile = try keys.decodeIfPresent(String.self, forKey: .readyFile)
    }

    package var complaint: String? {
        if !(1...1 << 30).contains(photoBytes) { return "photo_bytes must be 1 to 1073741824" }
        if !allowRemote, !WebServer.isLoopback(listen) {
            return "listen is \(listen), which other hosts can reach: choose 127.0.0.1, or say allow_remote = true and "
                + "put TLS before it"
        }
        if allowRemote, hosts.isEmpty {
            return
                "allow_remote = true needs hosts, the names by which browsers call this host, as [\"console.example\"]"
        }
        return nil
    }
}
