import Basics

/// A named state of the link: how noisy it is, and what happens to packets each way.
package struct LinkProfile: Codable, Sendable, Equatable {
    /// For people, in a line.
    package var description: String
    /// Es/N0 per complex symbol in dB, or nil to leave it as it is.
    package var snrDecibels: Double?
    /// What happens to the samples besides noise.
    package var channel: ChannelImpairments
    /// Towards the receiver.
    package var forward: PacketFaults
    /// Back to the transmitter.
    package var back: PacketFaults

    private enum CodingKeys: String, CodingKey {
        case description
        case snrDecibels = "snr_db"
        case channel, forward, back
    }

    package init(
        description: String = "",
        snrDecibels: Double? = nil,
        channel: ChannelImpairments = ChannelImpairments(),
        forward: PacketFaults = PacketFaults(),
        back: PacketFaults = PacketFaults()
    ) {
        self.description = description
        self.snrDecibels = snrDecibels
        self.channel = channel
        self.forward = forward
        self.back = back
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        description = try keys.value(.description, default: "")
        snrDecibels = keys.contains(.snrDecibels) ? try keys.number(.snrDecibels, default: 0) : nil
        channel = try keys.value(.channel, default: ChannelImpairments())
        forward = try keys.value(.forward, default: PacketFaults())
        back = try keys.value(.back, default: PacketFaults())
    }
}

/// The answer of `GET /v1/relay/profiles`.
package struct LinkProfileList: Codable, Sendable {
    package let profiles: [String: LinkProfile]

    package init(profiles: [String: LinkProfile]) {
        self.profiles = profiles
    }
}
