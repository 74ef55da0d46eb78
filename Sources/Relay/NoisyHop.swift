import Channel
import ControlAPI
import ServiceKit
import Wire

/// The samples of data packets go through the channel; everything else passes untouched.
///
/// What the samples are, and how fast they follow one another, a stream's context packets say; before the first of them
/// they are taken for 16-bit ones at the configured rate. Where the channel has a memory, a packet waits for those round it.
struct NoisyHop<Model: ChannelModel, Source: Hashable & Sendable>: Sendable {
    /// Streams whose context is remembered, at least.
    static var streams: Int { 1024 }
    /// Streams whose latest samples are remembered, at least: a quarter of a megabyte each.
    static var histories: Int { 32 }
    /// A stream that is silent for longer, in seconds of its own clock, begins anew.
    static var pause: Int64 { 10 }

    /// Two transmitters may use the same stream id.
    struct Key: Hashable, Sendable {
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

    /// A packet that goes through the channel once the packets round it are there.
    struct Placed: Sendable {
        fileprivate var packet: DIFISamplePacket
        fileprivate let format: SampleFormat
        fileprivate let run: SymbolRun
        fileprivate let key: Key
        fileprivate let channel: Model
    }

    /// What becomes of a datagram.
    enum Passage: Sendable {
        /// It leaves as it is here.
        case passed([UInt8])
        /// It needs its neighbours.
        case waits(Placed)
    }

    var channel: Model
    private let rate: SampleRate?
    private var known = RecentTable<Key, Stream>(room: Self.streams)
    private var histories = RecentTable<Key, SampleHistory>(room: Self.histories)
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
        guard DIFIContextPacket.claims(datagram), let context = try? DIFIContextPacket(parsing: datagram) else {
            return
        }
        known.update(Key(source: source, streamID: context.streamID), default: Stream()) {
            $0.context = (
                try? SampleFormat(payloadFormat: context.payloadFormat), try? SampleRate(hertz: context.sampleRateHz)
            )
        }
    }

    /// Whether a data packet's samples are such as are taken for granted without a context packet.
    func hasUsualSamples(_ datagram: [UInt8], from source: Source) -> Bool {
        guard let packet = try? DIFISamplePacket(parsing: datagram) else { return false }
        let key = Key(source: source, streamID: packet.streamID)
        guard let context = known[key, default: Stream()].context else { return true }
        return context.format == .int16 && context.rate == rate
    }

    /// Takes a datagram into the channel.
    mutating func enter(_ datagram: [UInt8], from source: Source) -> Passage {
        guard DIFISamplePacket.claims(datagram) else {
            counters.untouched += 1
            return .passed(datagram)
        }
        do throws(Unplaceable) {
            let placed = try place(datagram, from: source)
            return remember(placed) ? .waits(placed) : .passed(leaves(placed))
        } catch {
            return .passed(leave(datagram, error))
        }
    }

    /// Takes note of a datagram that gets lost behind the antenna: its samples are in the air all the same.
    mutating func overhear(_ datagram: [UInt8], from source: Source) {
        guard DIFISamplePacket.claims(datagram), let placed = try? place(datagram, from: source) else { return }
        _ = remember(placed)
    }

    /// Why a data packet cannot go through the channel.
    private struct Unplaceable: Error {
        let key: Key
        let cause: RelayStatus.Noise.Cause
        let reason: String
    }

    private mutating func place(_ datagram: [UInt8], from source: Source) throws(Unplaceable) -> Placed {
        let packet: DIFISamplePacket
        do throws(WireError) {
            packet = try DIFISamplePacket(parsing: datagram)
        } catch {
            let streamID = datagram[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let key = Key(source: source, streamID: streamID)
            throw Unplaceable(key: key, cause: .notDIFI, reason: "\(error)")
        }
        let key = Key(source: source, streamID: packet.streamID)
        let second = packet.seconds
        let (context, origin) = known.update(key, default: Stream()) { stream in
            var seconds = stream.seconds ?? (second, second)
            if abs(Int64(second) - Int64(seconds.latest)) > Self.pause { seconds = (second, second) }
            stream.seconds = (seconds.origin, second)
            return (stream.context, seconds.origin)
        }
        let (format, rate) = context ?? (.int16, rate)
        guard let format else {
            let reason = "its context packet names a sample format without noise"
            throw Unplaceable(key: key, cause: .sampleFormat, reason: reason)
        }
        guard let rate else {
            throw Unplaceable(key: key, cause: .sampleRate, reason: "its sample rate has no use")
        }
        let first = Int64(bitPattern: packet.sampleIndex(rate: rate, origin: origin))
        let run = SymbolRun(stream: packet.streamID, firstIndex: first, rate: rate.hertz)
        return Placed(packet: packet, format: format, run: run, key: key, channel: channel)
    }

    /// Keeps a packet's samples for those round it.
    ///
    /// - Returns: whether the channel needs that.
    private mutating func remember(_ placed: Placed) -> Bool {
        guard channel.memory(atRate: placed.run.rate) != .none else { return false }
        let symbols = [ComplexSymbol](interleaved: placed.packet.unitSamples(placed.format))
        histories.update(placed.key, default: SampleHistory()) { $0.record(symbols, first: placed.run.firstIndex) }
        return true
    }

    /// The datagram as the receiver gets it.
    mutating func leaves(_ placed: consuming Placed) -> [UInt8] {
        var sent = [ComplexSymbol](interleaved: placed.packet.unitSamples(placed.format))
        let memory = placed.channel.memory(atRate: placed.run.rate)
        if memory != .none {
            let history = histories[placed.key, default: SampleHistory()]
            sent = history.surroundings(of: sent, first: placed.run.firstIndex, memory)
        }
        let received = placed.channel.apply(consume sent, at: placed.run)
        counters.clipped += placed.packet.setUnitSamples(received.interleaved, placed.format)
        counters.symbols += received.count
        counters.packets += 1
        return placed.packet.serialized()
    }

    /// Passes a data packet without the noise that it should have.
    private mutating func leave(_ datagram: [UInt8], _ problem: Unplaceable) -> [UInt8] {
        counters.untouched += 1
        counters.impossible[problem.cause, default: 0] += 1
        let isNews = known.update(problem.key, default: Stream()) { stream in
            defer { stream.isWarned = true }
            return !stream.isWarned
        }
        if isNews, warnings.count < Self.streams {
            warnings.append("stream \(problem.key.streamID) passes without noise: \(problem.reason)")
        }
        return datagram
    }

    /// The warnings since the last call, one for each stream that passes without noise.
    mutating func takeWarnings() -> [String] {
        defer { warnings = [] }
        return warnings
    }
}
