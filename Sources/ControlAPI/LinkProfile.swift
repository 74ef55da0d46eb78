/// A named state of the link: how noisy it is, and what happens to packets each way.
public struct LinkProfile: Codable, Sendable, Equatable {
    /// For people, in a line.
    public var description: String
    /// Es/N0 per complex symbol in dB, or nil to leave it as it is.
    public var snrDecibels: Double?
    /// Towards the receiver.
    public var forward: PacketFaults
    /// Back to the transmitter.
    public var back: PacketFaults

    private enum CodingKeys: String, CodingKey {
        case description
        case snrDecibels = "snr_db"
        case forward, back
    }

    public init(
        description: String = "",
        snrDecibels: Double? = nil,
        forward: PacketFaults = PacketFaults(),
        back: PacketFaults = PacketFaults()
    ) {
        self.description = description
        self.snrDecibels = snrDecibels
        self.forward = forward
        self.back = back
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        description = try keys.value(.description, default: "")
        snrDecibels = keys.contains(.snrDecibels) ? try keys.number(.snrDecibels, default: 0) : nil
        forward = try keys.value(.forward, default: PacketFaults())
        back = try keys.value(.back, default: PacketFaults())
    }
}

/// The answer of `GET /v1/relay/profiles`.
public struct LinkProfileList: Codable, Sendable {
    public let profiles: [String: LinkProfile]

    public init(profiles: [String: LinkProfile]) {
        self.profiles = profiles
    }
}
