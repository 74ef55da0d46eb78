import Channel
import ControlAPI
import ServiceKit
import Wire

/// The samples of data packets go through the channel; everything else passes untouched.
///
/// What the samples are, and how fast they follow one another, a stream's context packets say; before the first of them
/// they are taken for 16-bit ones at the configured rate.
struct NoisyHop<Model: ChannelModel, Source: Hashable & Sendable>: Sendable {
    /// Streams whose context is remembered, at least.
    static var streams: Int { 1024 }
    /// A stream that is silent for longer, in seconds of its own clock, begins anew.
    static var pause: Int64 { 10 }

    /// Two transmitters may use the same stream id.
    private struct Key: Hashable {
        let source: Source
        let streamID: UInt32
    }

    private struct Stream {
        /// What its latest context packet says, nil each for what has no use; nil without a context packet.
        var context: (format: SampleFormat?, rate: SampleRate?)?
        /// The second that sample places are counted from, and that of the latest packet.
        var seconds: (origin: UInt32, latest: UInt32)?
        var isWarned = false
    }

    var channel: Model
    private let rate: SampleRate?
    private var known = RecentTable<Key, Stream>(room: Self.streams)
    private(set) var counters = RelayStatus.Noise()
    /// Why streams have no noise, a line for each stream.
    private var warnings: [String] = []

    /// - Parameter sampleRate: in Hz, of streams without a context packet.
    init(channel: Model, sampleRate: UInt32) {
        self.channel = channel
        rate = try? SampleRate(hertz: Double(sampleRate))
    }

    /// Looks at a datagram that comes in, whatever becomes of it: a context packet tells about its stream.
    mutating func observe(_ datagram: [UInt8], from source: Source) {
        guard let context = try? DIFIContextPacket(parsing: datagram) else { return }
        let key = Key(source: source, streamID: context.streamID)
        var stream = known[key, default: Stream()]
        stream.context = (
            try? SampleFormat(payloadFormat: context.payloadFormat), try? SampleRate(hertz: context.sampleRateHz)
        )
        known[key, default: Stream()] = stream
    }

    /// Whether a data packet's samples are such as are taken for granted without a context packet.
    func hasUsualSamples(_ datagram: [UInt8], from source: Source) -> Bool {
        guard let packet = try? DIFISamplePacket(parsing: datagram) else { return false }
        let key = Key(source: source, streamID: packet.streamID)
        guard let context = known[key, default: Stream()].context else { return true }
        return context.format == .int16 && context.rate == rate
    }

    /// The datagram as the receiver gets it.
    mutating func pass(_ datagram: [UInt8], from source: Source) -> [UInt8] {
        guard DIFISamplePacket.claims(datagram) else {
            counters.untouched += 1
            return datagram
        }
        let packet: DIFISamplePacket
        do throws(WireError) {
            packet = try DIFISamplePacket(parsing: datagram)
        } catch {
            let streamID = datagram[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return leave(datagram, Key(source: source, streamID: streamID), because: .notDIFI, "\(error)")
        }
        let key = Key(source: source, streamID: packet.streamID)
        var stream = known[key, default: Stream()]
        let (format, rate) = stream.context ?? (.int16, rate)
        guard let format else {
            return leave(
                datagram,
                key,
                because: .sampleFormat,
                "its context packet names a sample format without noise"
            )
        }
        guard let rate else {
            return leave(datagram, key, because: .sampleRate, "its sample rate has no use")
        }
        let second = packet.seconds
        var seconds = stream.seconds ?? (second, second)
        if abs(Int64(second) - Int64(seconds.latest)) > Self.pause { seconds = (second, second) }
        seconds.latest = second
        stream.seconds = seconds
        known[key, default: Stream()] = stream
        return noisy(packet, format, first: packet.sampleIndex(rate: rate, origin: seconds.origin))
    }

    private mutating func noisy(_ packet: DIFISamplePacket, _ format: SampleFormat, first: UInt64) -> [UInt8] {
        var packet = packet
        let sent = [ComplexSymbol](interleaved: packet.unitSamples(format))
        let received = channel.apply(sent, stream: packet.streamID, firstIndex: first)
        counters.clipped += packet.setUnitSamples(received.interleaved, format)
        counters.symbols += received.count
        counters.packets += 1
        return packet.serialized()
    }

    /// Passes a data packet without the noise that it should have.
    private mutating func leave(
        _ datagram: [UInt8],
        _ key: Key,
        because cause: RelayStatus.Noise.Cause,
        _ reason: String
    ) -> [UInt8] {
        counters.untouched += 1
        counters.impossible[cause, default: 0] += 1
        var stream = known[key, default: Stream()]
        if !stream.isWarned, warnings.count < Self.streams {
            warnings.append("stream \(key.streamID) passes without noise: \(reason)")
        }
        stream.isWarned = true
        known[key, default: Stream()] = stream
        return datagram
    }

    /// The warnings since the last call, one for each stream that passes without noise.
    mutating func takeWarnings() -> [String] {
        defer { warnings = [] }
        return warnings
    }
}
