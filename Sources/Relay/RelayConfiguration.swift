import Basics
import Channel
import ControlAPI
import Logging
import ServiceKit

/// snr-relay's configuration file. The keys are explained in Config/snr-relay.toml.
package struct RelayConfiguration: DaemonConfiguration {
    package let logLevel: Logger.Level
    /// The transmitter's side.
    package let listen: Endpoint
    /// The receiver.
    package let peer: Endpoint
    /// Where `txctl relay` asks; nil for no control socket.
    package let controlSocket: String?
    /// Es/N0 per complex symbol at nominal power, in dB, where the profile has none.
    package let snrDecibels: Double
    /// In place of both the above and the profile's.
    package var snrOverride: Double?
    /// Of noise and fates.
    package var seed: Int
    /// Samples a second, which places the samples of a packet in its transmission.
    package let sampleRate: Int
    /// The profile at the start; nil for no faults.
    package var profile: String?
    package let profiles: [String: LinkProfile]
    /// Tables of echoes by the names that profiles and changes call them.
    let delayLines: [String: DelayLineFile]
    package let limits: RelayLimits
    package let recording: RecordingSettings?
    package let monitoring: MonitoringSettings
    package let readyFile: String?

    private enum CodingKeys: String, CodingKey {
        case logLevel = "log_level"
        case listen, peer
        case controlSocket = "control_socket"
        case snrDecibels = "snr_db"
        case seed
        case sampleRate = "sample_rate"
        case profile, profiles
        case delayLines = "delay_lines"
        case limits, recording, monitoring
        case readyFile = "ready_file"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        logLevel = try keys.value(.logLevel, default: .info)
        listen = try keys.decode(Endpoint.self, forKey: .listen)
        peer = try keys.decode(Endpoint.self, forKey: .peer)
        controlSocket = try keys.decodeIfPresent(String.self, forKey: .controlSocket)
        snrDecibels = try keys.number(.snrDecibels, default: 12)
        seed = try keys.value(.seed, default: 1)
        sampleRate = try keys.value(.sampleRate, default: 1_000_000)
        profile = try keys.decodeIfPresent(String.self, forKey: .profile)
        profiles = try keys.value(.profiles, default: [:])
        delayLines = try keys.value(.delayLines, default: [:])
        limits = try keys.value(.limits, default: RelayLimits())
        recording = try keys.decodeIfPresent(RecordingSettings.self, forKey: .recording)
        monitoring = try keys.value(.monitoring, default: MonitoringSettings())
        readyFile = try keys.decodeIfPresent(String.self, forKey: .readyFile)
    }

    package var complaint: String? {
        if peer.port == 0 { return "peer needs a port" }
        for snr in [snrDecibels, snrOverride].compactMap({ $0 }) where !RelaySettings.snrRange.contains(snr) {
            return "snr_db must be -60 to 100, not \(snr)"
        }
        if seed < 0 { return "seed must be 0 or more, not \(seed)" }
        if !(1000...1_000_000_000).contains(sampleRate) {
            return "sample_rate must be 1000 to 1000000000 Hz, not \(sampleRate)"
        }
        for (name, file) in delayLines.sorted(by: { $0.key < $1.key }) {
            if name == ChannelImpairments.none || !Self.isPlain(name) {
                return "delay_lines.\(name): \(Self.plainNames)"
            }
            if let complaint = file.complaint { return "delay_lines.\(name): \(complaint)" }
        }
        for (name, profile) in profiles.sorted(by: { $0.key < $1.key }) {
            if let complaint = complaint(about: profile, named: name) { return "profiles.\(name): \(complaint)" }
        }
        if let profile, profiles[profile] == nil {
            return "profile \"\(profile)\" is not there: profiles are \(profiles.keys.sorted().joined(separator: ", "))"
        }
        return limits.complaint ?? recording?.complaint ?? monitoring.complaint.map { "[monitoring] \($0)" }
    }

    /// The settings that the relay starts with.
    var settings: RelaySettings {
        var settings = RelaySettings(
            snrDecibels: snrDecibels,
            seed: UInt64(max(0, seed)),
            delayLines: delayLines.compactMapValues(\.line)
        )
        if let profile, let chosen = profiles[profile] { settings.apply(chosen, named: profile) }
        if let snrOverride { settings.override(snrDecibels: snrOverride) }
        return settings
    }

    private static let plainNames = "a name has 1 to 64 letters, digits, - and _, and is not \"none\""

    private static func isPlain(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    private func complaint(about profile: LinkProfile, named name: String) -> String? {
        guard Self.isPlain(name) else { return "a name has 1 to 64 letters, digits, - and _" }
        if let snr = profile.snrDecibels, !RelaySettings.snrRange.contains(snr) {
            return "snr_db must be -60 to 100, not \(snr)"
        }
        if let complaint = RelaySettings.complaint(about: profile.channel, delayLines.compactMapValues(\.line)) {
            return "channel: \(complaint)"
        }
        if let complaint = profile.forward.complaint { return "forward: \(complaint)" }
        return profile.back.complaint.map { "back: \($0)" }
    }
}

/// What the relay may hold back.
package struct RelayLimits: Decodable, Sendable {
    package var queuedPackets = 4096
    package var queuedBytes = 8 << 20

    private enum CodingKeys: String, CodingKey {
        case queuedPackets = "queued_packets"
        case queuedBytes = "queued_bytes"
    }

    package init() {}

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        queuedPackets = try keys.value(.queuedPackets, default: queuedPackets)
        queuedBytes = try keys.value(.queuedBytes, default: queuedBytes)
    }

    var complaint: String? {
        if !(1...1_000_000).contains(queuedPackets) {
            return "queued_packets must be 1 to 1000000, not \(queuedPackets)"
        }
        if !(65_536...1 << 30).contains(queuedBytes) {
            return "queued_bytes must be 65536 to 1073741824, not \(queuedBytes)"
        }
        return nil
    }
}

/// Where samples are recorded.
package struct RecordingSettings: Decodable, Sendable {
    /// Point of the relay at which samples are recorded.
    package enum Tap: String, Decodable, Sendable, CaseIterable {
        /// As they come from the transmitter.
        case before
        /// As they leave for the receiver.
        case after
    }

    package let directory: String
    package let taps: [Tap]
    /// Most bytes of each recording, data and metadata together.
    package let bytes: Int

    private enum CodingKeys: String, CodingKey {
        case directory, taps
        case bytes = "record_bytes"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        directory = try keys.decode(String.self, forKey: .directory)
        taps = try keys.value(.taps, default: Tap.allCases)
        bytes = try keys.value(.bytes, default: 64 << 20)
    }

    var complaint: String? {
        if directory.isEmpty { return "recording.directory must not be empty" }
        if taps.isEmpty || Set(taps).count != taps.count { return "taps must be \"before\", \"after\" or both" }
        if !(4096...1 << 40).contains(bytes) { return "record_bytes must be 4096 to 1099511627776, not \(bytes)" }
        return nil
    }
}
