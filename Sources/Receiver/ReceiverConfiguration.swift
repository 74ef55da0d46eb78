import Basics
import Logging
import SemanticCoding
import ServiceKit

/// rx-daemon's configuration file. The keys are explained in Config/rx-daemon.toml.
package struct ReceiverConfiguration: DaemonConfiguration {
    package let logLevel: Logger.Level
    package let models: String
    /// What draws plain W, besides the shipped generator: `modelctl import stylegan2`'s name.
    package let generator: String?
    /// Which codec decodes: one of `SemanticCodecs`, the transmitters' too.
    package let codec: String
    package let external: ExternalSettings?
    package let results: String
    /// Where others may read what has arrived; nowhere when nil.
    package let resultsSocket: String?
    /// Edge of all pictures in pixels; what the transmitter asks for when nil.
    package let resolution: Int?
    /// The transmitters that are listened to.
    package let peers: [PeerKeys]
    package let readyFile: String?
    package let link: Link
    package let limits: Limits
    package let quality: QualityGate
    package let stream: StreamSettings
    package let retention: RetentionPolicy
    package let monitoring: MonitoringSettings

    private enum CodingKeys: String, CodingKey {
        case logLevel = "log_level"
        case models, generator, codec, external, results, resolution
        case resultsSocket = "results_socket"
        case peers
        case readyFile = "ready_file"
        case link, limits, quality, stream, retention, monitoring
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        logLevel = try keys.value(.logLevel, default: .info)
        models = try keys.decode(String.self, forKey: .models)
        generator = try keys.decodeIfPresent(String.self, forKey: .generator)
        codec = try keys.value(.codec, default: SemanticCodecs.standard)
        external = try keys.decodeIfPresent(ExternalSettings.self, forKey: .external)
        results = try keys.decode(String.self, forKey: .results)
        resultsSocket = try keys.decodeIfPresent(String.self, forKey: .resultsSocket)
        resolution = try keys.decodeIfPresent(Int.self, forKey: .resolution)
        peers = try keys.decode([PeerKeys].self, forKey: .peers)
        readyFile = try keys.decodeIfPresent(String.self, forKey: .readyFile)
        link = try keys.decode(Link.self, forKey: .link)
        limits = try keys.decodeIfPresent(Limits.self, forKey: .limits) ?? Limits()
        quality = try keys.decodeIfPresent(QualityGate.self, forKey: .quality) ?? QualityGate()
        stream = try keys.decodeIfPresent(StreamSettings.self, forKey: .stream) ?? StreamSettings()
        retention = try keys.decodeIfPresent(RetentionPolicy.self, forKey: .retention) ?? RetentionPolicy()
        monitoring = try keys.decodeIfPresent(MonitoringSettings.self, forKey: .monitoring) ?? MonitoringSettings()
    }

    package var complaint: String? {
        if let resolution, !TransferReceiver.resolutions.contains(resolution) {
            return "resolution must be 128, 256, 512 or 1024, not \(resolution)"
        }
        if let complaint = SemanticCodecs.complaint(ofGenerator: generator) { return complaint }
        if let complaint = SemanticCodecs.complaint(of: codec, external: external) { return complaint }
        if !(0.1...60).contains(link.assemblySeconds) { return "[link] assembly_seconds must be 0.1 to 60" }
        if !(1...0xFFFF_FFFF).contains(link.reportStreamID) { return "[link] report_stream_id must be 1 to 0xFFFFFFFF" }
        if !(1...10_000).contains(limits.transfers) { return "[limits] transfers must be 1 to 10000" }
        if !(0...1).contains(limits.mostErased) { return "[limits] most_erased must be 0 to 1" }
        if !(1...1_000_000).contains(limits.packetsPerSecond) {
            return "[limits] packets_per_second must be 1 to 1000000"
        }
        if !(1...4096).contains(limits.memory) { return "[limits] memory_mib must be 1 to 4096" }
        if let complaint = quality.complaint { return "[quality] \(complaint)" }
        if !(20...5000).contains(stream.delayMilliseconds) { return "[stream] delay_ms must be 20 to 5000" }
        return retention.complaint.map { "[retention] \($0)" } ?? monitoring.complaint.map { "[monitoring] \($0)" }
    }

    /// `[stream]`: how frames of a face are shown.
    package struct StreamSettings: Decodable, Sendable {
        /// What a frame waits before it is shown, so that those which come unevenly are shown evenly.
        package var delayMilliseconds = 300
        var delay: Duration { .milliseconds(delayMilliseconds) }

        private enum CodingKeys: String, CodingKey {
            case delayMilliseconds = "delay_ms"
        }

        package init() {}

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            delayMilliseconds = try keys.value(.delayMilliseconds, default: delayMilliseconds)
        }
    }

    /// `[link]`: where signals come in.
    package struct Link: Decodable, Sendable {
        package let listen: Endpoint
        /// Seconds after which a transmission is taken as it is, with what was lost erased.
        package let assemblySeconds: Double
        /// Stream id of the sealed reports.
        package let reportStreamID: Int

        private enum CodingKeys: String, CodingKey {
            case listen
            case assemblySeconds = "assembly_seconds"
            case reportStreamID = "report_stream_id"
        }

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            listen = try keys.decode(Endpoint.self, forKey: .listen)
            assemblySeconds = try keys.number(.assemblySeconds, default: 2)
            reportStreamID = try keys.value(.reportStreamID, default: 0xED5C_0002)
        }
    }

    /// `[limits]`: how much is kept in memory, and what is too little to draw.
    package struct Limits: Decodable, Sendable {
        /// Most transmissions in assembly, most transfers being drawn or waiting for it, and most that wait for a repeat.
        package var transfers = 64
        /// Datagrams a second that one address may send for long; ten times as many at once.
        package var packetsPerSecond = 5000
        /// Most MiB of samples in assembly or waiting for their side information.
        package var memory = 64
        /// Bytes for what is being put together, and as many for what waits for a repeat.
        var shareOfMemory: Int { memory << 19 }
        /// A transfer of which more than this share is erased is asked for again.
        package var mostErased = 0.5

        private enum CodingKeys: String, CodingKey {
            case transfers
            case packetsPerSecond = "packets_per_second"
            case memory = "memory_mib"
            case mostErased = "most_erased"
        }

        package init() {}

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            transfers = try keys.value(.transfers, default: transfers)
            packetsPerSecond = try keys.value(.packetsPerSecond, default: packetsPerSecond)
            memory = try keys.value(.memory, default: memory)
            mostErased = try keys.number(.mostErased, default: mostErased)
        }
    }
}
