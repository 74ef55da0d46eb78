/// Which way a packet goes through the relay.
package enum LinkDirection: String, Codable, Sendable, CaseIterable {
    /// From the transmitter to the receiver.
    case forward
    /// From the receiver to the transmitter.
    case back
}

/// What became of a packet in the relay.
///
/// A packet received, and each copy made (`duplicated`), is in the end `forwarded`, `lost`, `rate_limited`,
/// `queue_full`, `unroutable` or `unsent`; until then it is in the queue. `held_back` packets count as forwarded too.
package enum PacketFate: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    case forwarded
    /// By chance, as configured.
    case lost
    /// It would have waited too long for the rate limit.
    case rateLimited = "rate_limited"
    /// The relay held as many packets or bytes as it may.
    case queueFull = "queue_full"
    /// Its transmitter's place was taken while it was delayed.
    case unroutable
    /// The system would not send it: no route, no address yet.
    case unsent
    case duplicated
    /// For reordering.
    case heldBack = "held_back"
}

/// What `GET /v1/relay` answers and `txctl relay status --json` prints.
package struct RelayStatus: Codable, Sendable, Equatable {
    /// The profile that was applied last, unless settings were changed one by one since.
    package let profile: String?
    /// Names of the profiles there are.
    package let profiles: [String]
    /// Es/N0 per complex symbol in dB.
    package let snrDecibels: Double
    /// Of noise, fading, phase noise and fates.
    package let seed: UInt64
    /// What happens to the samples besides noise.
    package let channel: ChannelImpairments
    package let forward, back: Direction
    package let noise: Noise
    package let queue: Queue
    /// Transmitters that have a path now.
    package let transmitters: Int
    /// Datagrams that its sockets dropped.
    package let dropped: DatagramDrops
    package let recordings: [Recording]

    private enum CodingKeys: String, CodingKey {
        case profile, profiles
        case snrDecibels = "snr_db"
        case seed, channel, forward, back, noise, queue, transmitters, dropped, recordings
    }

    package init(
        profile: String?,
        profiles: [String],
        snrDecibels: Double,
        seed: UInt64,
        channel: ChannelImpairments,
        forward: Direction,
        back: Direction,
        noise: Noise,
        queue: Queue,
        transmitters: Int,
        dropped: DatagramDrops,
        recordings: [Recording]
    ) {
        self.profile = profile
        self.profiles = profiles
        self.snrDecibels = snrDecibels
        self.seed = seed
        self.channel = channel
        self.forward = forward
        self.back = back
        self.noise = noise
        self.queue = queue
        self.transmitters = transmitters
        self.dropped = dropped
        self.recordings = recordings
    }

    /// One direction: its faults and what became of the packets.
    package struct Direction: Codable, Sendable, Equatable {
        package let faults: PacketFaults
        package let received: Int
        package let fates: [PacketFate: Int]

        package init(faults: PacketFaults, received: Int, fates: [PacketFate: Int]) {
            self.faults = faults
            self.received = received
            self.fates = fates
        }

        /// The counts that are not 0, as `received 9, forwarded 8, lost 1`.
        package var summary: String {
            let counts = PacketFate.allCases.compactMap { fate in fates[fate].map { "\(fate.rawValue) \($0)" } }
            return (["received \(received)"] + counts).joined(separator: ", ")
        }
    }

    /// What the noise did, towards the receiver.
    package struct Noise: Codable, Sendable, Equatable {
        /// Data packets that got noise.
        package var packets = 0
        /// Packets that passed byte for byte.
        package var untouched = 0
        /// Data packets among them that should have got noise.
        package var impossible: [Cause: Int] = [:]
        /// Complex symbols that got noise.
        package var symbols = 0
        /// Components of symbols that left the range of their bits.
        package var clipped = 0

        /// Why a data packet gets no noise.
        package enum Cause: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
            /// VITA-49, but not as DIFI has it.
            case notDIFI = "not_difi"
            /// Its stream's context packet names samples other than signed integers of 4 to 16 bits.
            case sampleFormat = "sample_format"
            /// There is no sample rate for it.
            case sampleRate = "sample_rate"
        }

        package init() {}
    }

    /// What the relay holds back now.
    package struct Queue: Codable, Sendable, Equatable {
        package let packets, bytes: Int

        package init(packets: Int, bytes: Int) {
            self.packets = packets
            self.bytes = bytes
        }
    }

    /// A recording of samples.
    package struct Recording: Codable, Sendable, Equatable {
        package enum State: String, Codable, Sendable {
            case recording
            /// `record_bytes` are written.
            case full
            /// The disk refused.
            case failed
            /// The relay stops.
            case finished
        }

        /// `before` or `after` the channel.
        package let tap: String
        /// Without `.sigmf-data` and `.sigmf-meta`.
        package let path: String
        package var state = State.recording
        /// Bytes of samples written.
        package var bytes = 0
        /// Packets that came faster than the disk took them.
        package var dropped = 0
        /// Data packets of other samples than the recording's.
        package var skipped = 0

        package init(tap: String, path: String) {
            self.tap = tap
            self.path = path
        }
    }
}

/// The body of `PATCH /v1/relay`: what is named changes, all else stays.
package struct RelayChange: Codable, Sendable, Equatable {
    /// Es/N0 per complex symbol in dB.
    package var snrDecibels: Double?
    /// A new seed also begins the fates anew, at packet 0 of each direction.
    package var seed: UInt64?
    /// Settings of `ChannelImpairments` by name.
    package var channel: [String: ChannelImpairments.Value]?
    /// Settings of `PacketFaults` by name, towards the receiver.
    package var forward: [String: Double]?
    /// And back to the transmitter.
    package var back: [String: Double]?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case snrDecibels = "snr_db"
        case seed, channel, forward, back
    }

    package init() {}

    /// - Throws: `DecodingError` for a key that is not known, too.
    package init(from decoder: any Decoder) throws {
        let names = CodingKeys.allCases.map(\.rawValue)
        for name in try [String: Ignored](from: decoder).keys.sorted() where !names.contains(name) {
            let reason = "unknown key \"\(name)\": keys are \(names.joined(separator: ", "))"
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: reason))
        }
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        snrDecibels = try keys.decodeIfPresent(Double.self, forKey: .snrDecibels)
        seed = try keys.decodeIfPresent(UInt64.self, forKey: .seed)
        channel = try keys.decodeIfPresent([String: ChannelImpairments.Value].self, forKey: .channel)
        forward = try keys.decodeIfPresent([String: Double].self, forKey: .forward)
        back = try keys.decodeIfPresent([String: Double].self, forKey: .back)
    }

    private struct Ignored: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}
