import Logging
import ServiceKit

/// snr-relay's configuration file. The keys are explained in Config/snr-relay.toml.
public struct RelayConfiguration: DaemonConfiguration {
    public let logLevel: Logger.Level
    /// The transmitter's side.
    public let listen: Endpoint
    /// The receiver.
    public let peer: Endpoint
    /// Es/N0 per complex symbol at nominal power, in dB.
    public var snrDecibels: Double
    /// Of the noise.
    public var seed: Int
    /// Samples a second, which places the samples of a packet in its transmission.
    public let sampleRate: Int
    public let readyFile: String?

    private enum CodingKeys: String, CodingKey {
        case logLevel = "log_level"
        case listen, peer
        case snrDecibels = "snr_db"
        case seed
        case sampleRate = "sample_rate"
        case readyFile = "ready_file"
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        logLevel = try keys.value(.logLevel, default: .info)
        listen = try keys.decode(Endpoint.self, forKey: .listen)
        peer = try keys.decode(Endpoint.self, forKey: .peer)
        snrDecibels = try keys.number(.snrDecibels, default: 12)
        seed = try keys.value(.seed, default: 1)
        sampleRate = try keys.value(.sampleRate, default: 1_000_000)
        readyFile = try keys.decodeIfPresent(String.self, forKey: .readyFile)
    }

    public var complaint: String? {
        if peer.port == 0 { return "peer needs a port" }
        if !(-60...100).contains(snrDecibels) { return "snr_db must be -60 to 100, not \(snrDecibels)" }
        if seed < 0 { return "seed must be 0 or more, not \(seed)" }
        if !(1000...1_000_000_000).contains(sampleRate) {
            return "sample_rate must be 1000 to 1000000000 Hz, not \(sampleRate)"
        }
        return nil
    }
}
