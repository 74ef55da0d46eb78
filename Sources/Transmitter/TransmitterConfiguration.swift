import Basics
import Channel
import Logging
import SemanticCoding
import ServiceKit
import Wire

/// tx-daemon's configuration file. The keys are explained in Config/tx-daemon.toml.
package struct TransmitterConfiguration: DaemonConfiguration {
    package let logLevel: Logger.Level
    package let models: String
    /// What draws plain W: `modelctl import stylegan2`'s name; the shipped generator when nil.
    package let generator: String?
    /// Which codec codes: one of `SemanticCodecs`.
    package let codec: String
    package let spool: String
    package let controlSocket: String
    /// The receiver's key, or two while one is changed for the other; the first is the one to send under.
    package let keys: [String]
    package let readyFile: String?
    package let resolution: Int
    /// Whether a draft is sent while the photo is still inverted.
    package let firstPicture: Bool
    package let semantic: SemanticSettings
    package let link: LinkSettings
    package let limits: TransmitterLimits
    package let retention: RetentionPolicy
    package let monitoring: MonitoringSettings

    private enum CodingKeys: String, CodingKey {
        case logLevel = "log_level"
        case models, generator, codec, spool
        case controlSocket = "control_socket"
        case keys
        case readyFile = "ready_file"
        case firstPicture = "first_picture"
        case resolution, semantic, external, link, limits, retention, monitoring
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        logLevel = try keys.value(.logLevel, default: .info)
        models = try keys.decode(String.self, forKey: .models)
        generator = try keys.decodeIfPresent(String.self, forKey: .generator)
        codec = try keys.value(.codec, default: SemanticCodecs.standard)
        spool = try keys.decode(String.self, forKey: .spool)
        controlSocket = try keys.decode(String.self, forKey: .controlSocket)
        self.keys = try keys.decode([String].self, forKey: .keys)
        readyFile = try keys.decodeIfPresent(String.self, forKey: .readyFile)
        resolution = try keys.value(.resolution, default: 1024)
        firstPicture = try keys.value(.firstPicture, default: true)
        var semantic = try keys.decodeIfPresent(SemanticSection.self, forKey: .semantic)?.settings ?? SemanticSettings()
        semantic.external = try keys.decodeIfPresent(ExternalSettings.self, forKey: .external)
        self.semantic = semantic
        link = try keys.decode(LinkSettings.self, forKey: .link)
        limits = try keys.decodeIfPresent(TransmitterLimits.self, forKey: .limits) ?? TransmitterLimits()
        retention = try keys.decodeIfPresent(RetentionPolicy.self, forKey: .retention) ?? RetentionPolicy()
        monitoring = try keys.decodeIfPresent(MonitoringSettings.self, forKey: .monitoring) ?? MonitoringSettings()
    }

    /// Reads the key files.
    ///
    /// - Throws: as `KeyRing.init(reading:)`.
    func keyRing() throws -> KeyRing {
        try KeyRing(reading: [PeerKeys(name: "receiver", keys: keys)])
    }

    package var complaint: String? {
        if ![128, 256, 512, 1024].contains(resolution) {
            return "resolution must be 128, 256, 512 or 1024, not \(resolution)"
        }
        if let complaint = SemanticCodecs.complaint(ofGenerator: generator) { return complaint }
        if let complaint = SemanticCodecs.complaint(of: codec, external: semantic.external) { return complaint }
        return semantic.complaint.map { "[semantic] \($0)" } ?? link.complaint.map { "[link] \($0)" }
            ?? limits.complaint.map { "[limits] \($0)" } ?? retention.complaint.map { "[retention] \($0)" }
            ?? monitoring.complaint.map { "[monitoring] \($0)" }
    }
}

/// `[semantic]`: the settings of SemanticCoding under TOML's names.
private struct SemanticSection: Decodable {
    var settings = SemanticSettings()

    private enum CodingKeys: String, CodingKey {
        case mode, start, optimizer, precision
        case identityWeight = "identity_weight"
        case priorWeight = "prior_weight"
        case inversionSteps = "inversion_steps"
        case studentSteps = "student_steps"
        case leastGain = "least_gain"
        case lpipsWeight = "lpips_weight"
        case learningRate = "learning_rate"
        case damping
        case latentNoise = "latent_noise"
        case seed
        case workingResolution = "working_resolution"
        case editSteps = "edit_steps"
        case editRefinementSteps = "edit_refinement_steps"
        case matchingSteps = "matching_steps"
        case draftSteps = "draft_steps"
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        settings = SemanticSettings(mode: try keys.value(.mode, default: .full))
        settings.start = try keys.value(.start, default: settings.start)
        settings.optimizer = try keys.value(.optimizer, default: settings.optimizer)
        settings.precision = try keys.value(.precision, default: settings.precision)
        settings.inversionSteps = try keys.value(.inversionSteps, default: settings.inversionSteps)
        settings.studentSteps = try keys.value(.studentSteps, default: settings.studentSteps)
        settings.leastGain = Float(try keys.number(.leastGain, default: Double(settings.leastGain)))
        settings.lpipsWeight = Float(try keys.number(.lpipsWeight, default: Double(settings.lpipsWeight)))
        settings.learningRate = Float(try keys.number(.learningRate, default: Double(settings.learningRate)))
        settings.damping = Float(try keys.number(.damping, default: Double(settings.damping)))
        settings.identityWeight = Float(
            try keys.number(.identityWeight, default: Double(settings.identityWeight))
        )
        settings.priorWeight = Float(try keys.number(.priorWeight, default: Double(settings.priorWeight)))
        settings.latentNoise = Float(try keys.number(.latentNoise, default: Double(settings.latentNoise)))
        settings.seed = UInt64(max(0, try keys.value(.seed, default: 1)))
        settings.workingResolution = try keys.value(.workingResolution, default: settings.workingResolution)
        settings.editSteps = try keys.value(.editSteps, default: settings.editSteps)
        settings.editRefinementSteps = try keys.value(.editRefinementSteps, default: settings.editRefinementSteps)
        settings.matchingSteps = try keys.value(.matchingSteps, default: settings.matchingSteps)
        settings.draftSteps = try keys.value(.draftSteps, default: settings.draftSteps)
    }
}

/// `[link]`: where signals go, and when they are sent again.
package struct LinkSettings: Decodable, Sendable {
    package let listen: Endpoint
    package let peer: Endpoint
    /// Stream id of the first transmission; each takes the next one.
    package let streamID: Int
    /// Stream id of the side information.
    package let sideStreamID: Int
    /// Samples a second.
    package let sampleRate: Int
    /// Complex pilot symbols in each transmission.
    package let pilots: Int
    package let waveform: Waveform
    /// What codes are made for.
    package let snr: DesignSNR
    package let retries: RetrySchedule
    /// Seconds from the first sending after which a transfer expires.
    package let expireSeconds: Double

    /// How symbols ride, by its name in the file.
    package enum Waveform: String, Decodable, Sendable {
        case singleCarrier = "single-carrier"
        case ofdm

        /// As the side information tells it.
        var told: SideInformation.Waveform {
            switch self {
            case .singleCarrier: .singleCarrier
            case .ofdm: .ofdm
            }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case listen, peer
        case streamID = "stream_id"
        case sideStreamID = "side_stream_id"
        case sampleRate = "sample_rate"
        case pilots, waveform, snr
        case firstRetry = "first_retry_seconds"
        case longestRetry = "longest_retry_seconds"
        case expire = "expire_seconds"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        listen = try keys.decode(Endpoint.self, forKey: .listen)
        peer = try keys.decode(Endpoint.self, forKey: .peer)
        streamID = try keys.value(.streamID, default: 1)
        sideStreamID = try keys.value(.sideStreamID, default: 0xED5C_0001)
        sampleRate = try keys.value(.sampleRate, default: 1_000_000)
        pilots = try keys.value(.pilots, default: PilotPattern.defaultPilotCount)
        waveform = try keys.value(.waveform, default: .singleCarrier)
        snr = try keys.value(.snr, default: .automatic)
        retries = RetrySchedule(
            first: try keys.number(.firstRetry, default: 2),
            longest: try keys.number(.longestRetry, default: 15)
        )
        expireSeconds = try keys.number(.expire, default: 600)
    }

    /// Most reals that one transmission carries: it lasts at most a second.
    var mostReals: Int {
        2 * (waveform.told.capacity(of: min(sampleRate, SideInformation.maximumSymbols)) - pilots)
    }

    var complaint: String? {
        if peer.port == 0 { return "peer needs a port" }
        if let mismatch = Endpoint.mismatch(listen: listen, peer: peer) { return mismatch }
        if !(1...0x7FFF_FFFF).contains(streamID) { return "stream_id must be 1 to 0x7FFFFFFF, not \(streamID)" }
        if !(0x9000_0000...0xFFFF_FFFF).contains(sideStreamID) {
            return "side_stream_id must be 0x90000000 to 0xFFFFFFFF, not \(sideStreamID)"
        }
        if !(1000...1_000_000_000).contains(sampleRate) {
            return "sample_rate must be 1000 to 1000000000 Hz, not \(sampleRate)"
        }
        if !(4...4096).contains(pilots) { return "pilots must be 4 to 4096, not \(pilots)" }
        if mostReals < EditingEncoder.leastDimension {
            return
                "sample_rate \(sampleRate) leaves no room beside \(pilots) pilots: a transmission lasts a second at most"
        }
        if let complaint = snr.complaint { return complaint }
        if !(0.01...3600).contains(retries.first) { return "first_retry_seconds must be 0.01 to 3600" }
        if !(retries.first...3600).contains(retries.longest) {
            return "longest_retry_seconds must be first_retry_seconds to 3600"
        }
        if !(1...604_800).contains(expireSeconds) { return "expire_seconds must be 1 to 604800" }
        return nil
    }
}

/// `[limits]`: what is refused, and how long a stop may take.
package struct TransmitterLimits: Decodable, Sendable {
    /// Largest photo file in bytes.
    package var photoBytes = 32 << 20
    /// Most transfers that may wait.
    package var queued = 64
    /// Seconds that a stopping daemon waits for acknowledgements of what is on the air.
    package var drainSeconds = 10.0

    private enum CodingKeys: String, CodingKey {
        case photoBytes = "photo_bytes"
        case queued
        case drainSeconds = "drain_seconds"
    }

    package init() {}

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        photoBytes = try keys.value(.photoBytes, default: photoBytes)
        queued = try keys.value(.queued, default: queued)
        drainSeconds = try keys.number(.drainSeconds, default: drainSeconds)
    }

    var complaint: String? {
        if !(1...(1 << 30)).contains(photoBytes) { return "photo_bytes must be 1 to 2^30, not \(photoBytes)" }
        if !(1...100_000).contains(queued) { return "queued must be 1 to 100000, not \(queued)" }
        if !(0...50).contains(drainSeconds) { return "drain_seconds must be 0 to 50, not \(drainSeconds)" }
        return nil
    }
}
