import Channel
import Wire

/// What the relay does to one datagram on its way to the receiver: the samples in it go through the channel, everything
/// else passes untouched.
struct NoisyHop<Model: ChannelModel>: Sendable {
    let channel: Model
    /// Samples a second.
    let sampleRate: UInt32
    private(set) var counters = RelayCounters()

    init(channel: Model, sampleRate: UInt32) {
        self.channel = channel
        self.sampleRate = sampleRate
    }

    /// The datagram as the receiver gets it.
    mutating func pass(_ datagram: [UInt8]) -> [UInt8] {
        guard var packet = try? DIFIDataPacket(parsing: datagram),
            let first = packet.timestamp.sampleIndex(rate: sampleRate)
        else {
            counters.untouched += 1
            return datagram
        }
        let sent = [ComplexSymbol](interleaved: packet.unitSamples)
        let received = channel.apply(sent, stream: packet.streamID, firstIndex: first)
        counters.clipped += packet.setUnitSamples(received.interleaved)
        counters.symbols += received.count
        counters.noisy += 1
        return packet.serialized()
    }
}

/// What a relay has done.
public struct RelayCounters: Sendable, Equatable {
    /// Data packets that went through the channel.
    public var noisy = 0
    /// Packets that passed as they were, towards the receiver.
    public var untouched = 0
    /// Packets from the receiver back to the transmitter.
    public var returned = 0
    /// Complex symbols that got noise.
    public var symbols = 0
    /// Components of symbols that left the range of 16 bits.
    public var clipped = 0
}
