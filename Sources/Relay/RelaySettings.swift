import Channel
import ControlAPI
import ServiceKit

/// What an operator may change while the relay runs.
struct RelaySettings: Sendable, Equatable {
    static let snrRange = -60.0...100.0

    /// The profile that was applied last, unless settings were changed one by one since.
    private(set) var profile: String?
    /// Es/N0 per complex symbol in dB.
    private(set) var snrDecibels: Double
    /// Of noise and fates.
    private(set) var seed: UInt64
    /// What happens to samples besides noise.
    private(set) var channel = ChannelImpairments()
    private(set) var forward = PacketFaults()
    private(set) var back = PacketFaults()
    /// The tables of echoes that the channel may name.
    private let delayLines: [String: DelayLine]

    init(snrDecibels: Double, seed: UInt64, delayLines: [String: DelayLine] = [:]) {
        self.snrDecibels = snrDecibels
        self.seed = seed
        self.delayLines = delayLines
    }

    /// Replaces the impairments, the faults of both directions, and the SNR where the profile has one.
    mutating func apply(_ profile: LinkProfile, named name: String) {
        self.profile = name
        snrDecibels = profile.snrDecibels ?? snrDecibels
        channel = profile.channel
        forward = profile.forward
        back = profile.back
    }

    /// Puts another SNR in place of the profile's, which stays.
    mutating func override(snrDecibels: Double) {
        self.snrDecibels = snrDecibels
    }

    /// Changes what is named. All of it or, when something is wrong, nothing.
    mutating func apply(_ change: RelayChange) throws(RelaySettingError) {
        var changed = self
        changed.snrDecibels = change.snrDecibels ?? snrDecibels
        changed.seed = change.seed ?? seed
        for (name, value) in (change.channel ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let complaint = changed.channel.set(name, to: value) { throw RelaySettingError("channel: \(complaint)") }
        }
        if let complaint = Self.complaint(about: changed.channel, delayLines) {
            throw RelaySettingError("channel: \(complaint)")
        }
        try changed.forward.apply(change.forward ?? [:], direction: .forward)
        try changed.back.apply(change.back ?? [:], direction: .back)
        guard Self.snrRange.contains(changed.snrDecibels) else {
            throw RelaySettingError("snr_db must be -60 to 100, not \(changed.snrDecibels)")
        }
        if changed != self { changed.profile = nil }
        self = changed
    }

    /// What is wrong with impairments, in words, or nil.
    static func complaint(about channel: ChannelImpairments, _ delayLines: [String: DelayLine]) -> String? {
        if let complaint = channel.complaint { return complaint }
        guard channel.delayLine != ChannelImpairments.none, delayLines[channel.delayLine] == nil else { return nil }
        let names = [ChannelImpairments.none] + delayLines.keys.sorted()
        return "there is no delay_line \"\(channel.delayLine)\": there are \(names.joined(separator: ", "))"
    }

    /// The channel that samples go through.
    var channelModel: ImpairedChannel {
        let line = channel.delayLine == ChannelImpairments.none ? nil : delayLines[channel.delayLine]
        return ImpairedChannel(channel, delayLine: line, snrDecibels: snrDecibels, seed: seed)
    }
}

/// A setting that does not exist or is out of its range.
struct RelaySettingError: Error, Equatable, CustomStringConvertible {
    let message: String
    var description: String { message }

    init(_ message: String) {
        self.message = message
    }
}

extension PacketFaults {
    fileprivate mutating func apply(
        _ values: [String: Double],
        direction: LinkDirection
    ) throws(RelaySettingError) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let setting = Self.settings.first(where: { $0.name == name }) else {
                let names = Self.settings.map(\.name).joined(separator: ", ")
                throw RelaySettingError("\(direction.rawValue) has no \"\(name)\": there are \(names)")
            }
            self[keyPath: setting.path] = value
        }
        if let complaint { throw RelaySettingError("\(direction.rawValue): \(complaint)") }
    }
}
