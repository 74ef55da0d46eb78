import Channel
import Foundation
import ServiceKit
import Testing

@testable import Relay
@testable import Wire

/// Noise on packets that others send.
@Suite struct OthersPacketsTests {
    private func hop(snr: Double = 6, rate: UInt32 = 1_000_000) -> NoisyHop<AWGNChannel, Int> {
        NoisyHop(channel: AWGNChannel(snrDB: snr, seed: 1), sampleRate: rate)
    }

    private func context(_ payloadFormat: UInt64, rate: Double, stream: UInt32 = 3) -> [UInt8] {
        var packet = DIFIContextPacket(streamID: stream, count: 0, timestamp: .init(seconds: 100), sampleRateHz: rate)
        packet.payloadFormat = payloadFormat
        return packet.serialized()
    }

    private func word(bits: Int) -> UInt64 { UInt64(0xA000_0000 | (bits - 1) << 6 | (bits - 1)) << 32 }

    /// A data packet of zeros.
    private func zeros(
        bytes: Int,
        at time: DIFITimestamp,
        clock: PacketHeader.Clock = .own,
        stream: UInt32 = 3
    ) -> [UInt8] {
        var header = PacketHeader(kind: .data, count: 0, streamID: stream, timestamp: time)
        header.clock = clock
        var writer = ByteWriter(capacity: 28 + bytes)
        header.write(to: &writer, bodySize: bytes)
        writer.write([UInt8](repeating: 0, count: bytes))
        return writer.bytes
    }

    /// What the noise added, in units of the nominal RMS.
    private func noise(
        _ hop: inout NoisyHop<AWGNChannel, Int>,
        _ datagram: [UInt8],
        _ format: SampleFormat
    ) throws -> [Float] {
        let (before, after) = (
            try DIFISamplePacket(parsing: datagram), try DIFISamplePacket(parsing: hop.pass(datagram, from: 1))
        )
        return zip(after.unitSamples(format), before.unitSamples(format)).map { $0 - $1 }
    }

    @Test(arguments: 4...16)
    func samplesOfEverySizeGetTheNoiseAskedFor(bits: Int) throws {
        var hop = hop()
        hop.observe(context(word(bits: bits), rate: 1e6), from: 1)
        let format = try SampleFormat(payloadFormat: word(bits: bits))
        var (power, count) = (0.0, 0)
        for index in 0..<40 {
            let time = DIFITimestamp.ofSample(UInt64(1000 * index), rate: 1_000_000, startSecond: 100)
            let found = try noise(&hop, zeros(bytes: bits * 32, at: time), format)
            #expect(found.count == 256)
            power += found.reduce(0) { $0 + Double($1 * $1) }
            count += found.count / 2
        }
        // 10,240 squared Gaussians: three standard errors are 4.2 %; rounding adds 1/12 of a step squared, twice.
        let expected = 0.2512 + 1 / 6 / Double(format.unitRMS * format.unitRMS)
        #expect(abs(power / Double(count) / expected - 1) < 0.045)
        #expect(hop.counters.packets == 40 && hop.counters.untouched == 0)
        #expect(hop.takeWarnings().isEmpty)
    }

    /// The noise of a packet is that of its place, whichever clock says so.
    @Test func everyClockMeetsTheSameNoise() throws {
        var first = hop()
        let reference = try noise(&first, zeros(bytes: 160, at: .init(seconds: 100, picoseconds: 40_000_000)), .int16)
        #expect(reference.contains { $0 != 0 })
        for seconds in [PacketHeader.Clock.Seconds.utc, .gps, .posix] {
            for (fraction, value) in [(PacketHeader.Clock.Fraction.sampleCount, 40), (.picoseconds, 40_000_000)] {
                var other = hop()
                let clock = PacketHeader.Clock(seconds: seconds, fraction: fraction)
                let datagram = zeros(
                    bytes: 160,
                    at: .init(seconds: 100, picoseconds: UInt64(value)),
                    clock: clock
                )
                #expect(try noise(&other, datagram, .int16) == reference)
            }
        }
    }

    /// Five packets of eight passed as they were.
    @Test func aGridOfThreeMegahertzGetsNoiseOnEveryPacket() throws {
        var (told, untold) = (hop(), hop())
        told.observe(context(word(bits: 16), rate: 3e6), from: 1)
        var seen: [Float] = []
        for packet in 0..<8 {
            let time = DIFITimestamp.ofSample(UInt64(40 * packet), rate: 3_000_000, startSecond: 100)
            let datagram = zeros(bytes: 160, at: time)
            seen += try noise(&told, datagram, .int16)
            #expect(try noise(&untold, datagram, .int16).contains { abs($0) > 0.01 })
        }
        #expect(told.counters.packets == 8 && untold.counters.packets == 8)
        // The places are those of the stream's own rate: no noise comes twice.
        #expect(Set(seen.map { ($0 * 8231).rounded() }).count > 400)
        var plain = hop(rate: 3_000_000)
        var again: [Float] = []
        for packet in 0..<8 {
            let time = DIFITimestamp.ofSample(UInt64(40 * packet), rate: 3_000_000, startSecond: 100)
            again += try noise(&plain, zeros(bytes: 160, at: time), .int16)
        }
        #expect(seen == again)
    }

    /// A stream that goes on for seconds never meets the same noise again; another transmitter's has a context of its own.
    @Test func longStreamsDoNotRepeatAndTransmittersAreKeptApart() throws {
        var hop = hop()
        let first = try noise(&hop, zeros(bytes: 160, at: .init(seconds: 100)), .int16)
        let later = try noise(&hop, zeros(bytes: 160, at: .init(seconds: 101)), .int16)
        #expect(first != later)
        // After a pause it begins anew.
        #expect(try noise(&hop, zeros(bytes: 160, at: .init(seconds: 500)), .int16) == first)
        hop.observe(context(word(bits: 8), rate: 1e6), from: 2)
        #expect(try noise(&hop, zeros(bytes: 160, at: .init(seconds: 500)), .int16) == first)
    }

    /// Where there can be no noise it is counted, and said once a stream.
    @Test func whereNoiseIsImpossibleItIsSaidOnceAStream() throws {
        var hop = hop()
        hop.observe(context(0xAE00_07DF_0000_0000, rate: 1e6, stream: 3), from: 1)
        hop.observe(context(word(bits: 16), rate: 0, stream: 4), from: 1)
        var foreign = zeros(bytes: 160, at: .init(seconds: 100), stream: 5)
        foreign[11] = 0
        for _ in 0..<3 {
            for datagram in [
                zeros(bytes: 160, at: .init(seconds: 100), stream: 3),
                zeros(bytes: 160, at: .init(seconds: 100), stream: 4), foreign,
            ] { #expect(hop.pass(datagram, from: 1) == datagram) }
        }
        #expect(hop.counters.untouched == 9 && hop.counters.packets == 0)
        #expect(hop.counters.impossible == [.sampleFormat: 3, .sampleRate: 3, .notDIFI: 3])
        let warnings = hop.takeWarnings()
        #expect(warnings.count == 3 && hop.takeWarnings().isEmpty)
        for (warning, reason) in zip(warnings, ["stream 3", "stream 4", "stream 5"]) {
            #expect(warning.contains(reason))
        }
        // Context, version and side information need none.
        _ = hop.pass(context(word(bits: 16), rate: 1e6), from: 1)
        #expect(hop.counters.untouched == 10 && hop.takeWarnings().isEmpty)
    }

    @Test func aFloodOfStreamsTakesNoRoom() {
        var table = RecentTable<Int, Int>(room: 10)
        for key in 0..<1000 {
            table[key, default: 0] = key
            #expect(table[key, default: -1] == key)
            table[1, default: 0] = 1
        }
        #expect(table[1, default: -1] == 1 && table[999, default: -1] == 999)
        #expect((0..<1000).count { table[$0, default: -1] == $0 } <= 20)
    }
}

/// The DIFI Consortium's captures.
@Suite(
    .enabled(if: FileManager.default.fileExists(atPath: captures), "the captures of ../shared/data/difi are not here")
)
struct CapturedPacketsTests {
    @Test(arguments: [
        ("Example1_1Msps_8bits", 1e6, 8, 720), ("Example2_100Msps_12bits", 100e6, 12, 2976),
        ("Example3_500Msps_8bits", 500e6, 8, 4472),
    ])
    func everyDataPacketGetsNoise(file: String, rate: Double, bits: Int, samples: Int) throws {
        let datagrams = try udpPayloads(Array(Data(contentsOf: URL(fileURLWithPath: "\(captures)/\(file).pcapng"))))
        #expect(datagrams.count == 112)
        var hop = NoisyHop<AWGNChannel, Int>(channel: AWGNChannel(snrDB: 0, seed: 1), sampleRate: 1_000_000)
        // The context packets come later in these files.
        for datagram in datagrams { hop.observe(datagram, from: 1) }
        let format = try SampleFormat(payloadFormat: UInt64(0xA000_0000 | (bits - 1) << 6 | (bits - 1)) << 32)
        var (power, kinds) = (0.0, [WirePacketKind: Int]())
        for datagram in datagrams {
            let noisy = hop.pass(datagram, from: 1)
            #expect(noisy.count == datagram.count && noisy.prefix(28) == datagram.prefix(28))
            guard let before = try? DIFISamplePacket(parsing: datagram) else {
                #expect(noisy == datagram)
                kinds[try #require(WirePacketKind.classify(datagram)), default: 0] += 1
                if let context = try? DIFIContextPacket(parsing: datagram) { #expect(context.sampleRateHz == rate) }
                continue
            }
            let (sent, received) = (
                before.unitSamples(format), try DIFISamplePacket(parsing: noisy).unitSamples(format)
            )
            #expect(sent.count == 2 * samples)
            power += zip(sent, received).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) } / Double(samples)
        }
        #expect(kinds == [.context: 10, .version: 2])
        #expect(hop.counters.packets == 100 && hop.counters.symbols == 100 * samples && hop.counters.untouched == 12)
        #expect(hop.takeWarnings().isEmpty)
        // Clipping at full scale takes some of it away.
        #expect(power / 100 > 0.9 && power / 100 < 1.02, "\(power / 100)")
    }

    /// The UDP payloads of a little-endian pcap file of Ethernet frames.
    private func udpPayloads(_ file: [UInt8]) throws -> [[UInt8]] {
        func number(_ place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(file[place + $1]) << (8 * $1) } }
        try #require(file.count > 24 && number(0) == 0xA1B2_C3D4 && number(20) == 1)
        var payloads: [[UInt8]] = []
        var place = 24
        while place + 16 < file.count {
            let size = number(place + 8)
            payloads.append(Array(file[place + 16 + 42..<place + 16 + size]))
            place += 16 + size
        }
        return payloads
    }
}

private let captures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/difi").standardizedFileURL.path
