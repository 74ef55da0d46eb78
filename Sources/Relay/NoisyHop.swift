import Channel
import ServiceKit
import Wire

/// The samples in a datagram go through the channel; everything else passes untouched.
struct NoisyHop<Model: ChannelModel>: Sendable {
    var channel: Model
    /// Samples a second.
    let sampleRate: UInt32
    private(set) var counters = RelayStatus.Noise()

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
        counters.packets += 1
        return packet.serialized()
    }
}
