import Channel
import Testing
import Wire

@testable import Relay

struct NoisyHopTests {
    private let rate: UInt32 = 1_000_000

    private func packet(first: UInt64 = 40, stream: UInt32 = 3, count: Int = 40) -> DIFIDataPacket {
        var packet = DIFIDataPacket(
            streamID: stream,
            count: 5,
            timestamp: .ofSample(first, rate: rate, startSecond: 1_700_000_000),
            samples: [Int16](repeating: 0, count: 2 * count)
        )
        _ = packet.setUnitSamples((0..<(2 * count)).map { $0 % 3 == 0 ? 0.7 : -0.7 })
        return packet
    }

    private func hop(snr: Double, seed: UInt64) -> NoisyHop<AWGNChannel, Int> {
        NoisyHop(channel: AWGNChannel(snrDB: snr, seed: seed), sampleRate: rate)
    }

    @Test func keepsAllButTheSamples() throws {
        var hop = hop(snr: 10, seed: 1)
        let sent = packet()
        let received = try DIFIDataPacket(parsing: hop.pass(sent.serialized(), from: 1))
        #expect(received.streamID == sent.streamID)
        #expect(received.timestamp == sent.timestamp)
        #expect(received.count == sent.count)
        #expect(received.samples.count == sent.samples.count)
        #expect(received.samples != sent.samples)
        #expect(hop.counters.packets == 1)
        #expect(hop.counters.symbols == 40)
    }

    @Test func noiseHasThePowerAskedFor() throws {
        var hop = hop(snr: 6, seed: 2)
        var power = 0.0
        var count = 0
        for index in 0..<200 {
            let sent = packet(first: UInt64(40 * index))
            let received = try DIFIDataPacket(parsing: hop.pass(sent.serialized(), from: 1))
            for (a, b) in zip(sent.unitSamples, received.unitSamples) { power += Double((a - b) * (a - b)) }
            count += 40
        }
        let expected = 0.251188643  // N0 = 10^(-6/10) per complex symbol
        // 16 000 squared Gaussians: three standard errors are 3·√(2/16000) = 3.4 %.
        #expect(abs(power / Double(count) / expected - 1) < 0.034)
    }

    @Test func noiseDependsOnSeedStreamAndPlaceAndOnNothingElse() throws {
        var first = hop(snr: 10, seed: 1)
        let reference = first.pass(packet().serialized(), from: 1)
        var busy = hop(snr: 10, seed: 1)
        _ = busy.pass(packet(first: 80).serialized(), from: 1)
        #expect(busy.pass(packet().serialized(), from: 1) == reference)
        var other = hop(snr: 10, seed: 2)
        #expect(other.pass(packet().serialized(), from: 1) != reference)
        #expect(try samples(first.pass(packet(stream: 4).serialized(), from: 1)) != samples(reference))
        #expect(try samples(first.pass(packet(first: 80).serialized(), from: 1)) != samples(reference))
    }

    private func samples(_ datagram: [UInt8]) throws -> [Int16] {
        try DIFIDataPacket(parsing: datagram).samples
    }

    @Test(arguments: [[], [0], [UInt8](repeating: 0xFF, count: 28), [UInt8]("GET / HTTP/1.1".utf8)])
    func passesWhatItDoesNotKnow(datagram: [UInt8]) {
        var hop = hop(snr: 0, seed: 1)
        #expect(hop.pass(datagram, from: 1) == datagram)
        #expect(hop.counters.untouched == 1)
        #expect(hop.counters.packets == 0)
    }
}
