import CKernels
import Testing

@testable import Wire

/// Bits as a text of 0 and 1: slow, and plainly right.
private func bits(_ value: Int, _ count: Int) -> String {
    let digits = String(UInt32(truncatingIfNeeded: value) & (1 << count - 1), radix: 2)
    return String(repeating: "0", count: count - digits.count) + digits
}

private func bytes(_ bits: String) -> [UInt8] {
    let padded = Array(bits + String(repeating: "0", count: (32 - bits.count % 32) % 32))
    return stride(from: 0, to: padded.count, by: 8).map { UInt8(String(padded[$0..<$0 + 8]), radix: 2) ?? 0 }
}

private func word(item: Int, field: Int, linkEfficient: Bool = true) -> UInt64 {
    UInt64((linkEfficient ? 0xA000_0000 : 0x2000_0000) | (field - 1) << 6 | (item - 1)) << 32
}

@Suite struct SampleFormatTests {
    @Test func wordsOfTheStandardAndOfOthersAreRead() throws {
        #expect(try SampleFormat(payloadFormat: DIFIContextPacket.int16PayloadFormat) == .int16)
        // gr-difi's, whose fields are pairs: 16 and 8 bits.
        #expect(try SampleFormat(payloadFormat: 0xA000_07CF_0000_0000) == .int16)
        #expect(
            try SampleFormat(payloadFormat: 0xA000_03C7_0000_0000)
                == SampleFormat(payloadFormat: word(item: 8, field: 8))
        )
        for count in 4...16 {
            let format = try SampleFormat(payloadFormat: word(item: count, field: count))
            #expect(format.itemBits == count)
            // −12 dBFS.
            #expect(abs(format.unitRMS / Float(1 << (count - 1)) - 0.251_188_65) < 1e-6)
        }
    }

    @Test(
        arguments: [
            0xAE00_07DF_0000_0000,  // float32
            0x8000_03CF_0000_0000, 0xC000_03CF_0000_0000,  // real, polar
            0xB000_03CF_0000_0000,  // unsigned
            // Repeated components, event tags, channel tags, fractions.
            0xA080_03CF_0000_0000, 0xA010_03CF_0000_0000, 0xA001_03CF_0000_0000, 0xA000_13CF_0000_0000,
            0xA000_03CF_0001_0000, 0xA000_03CF_0000_0001,  // repetition, vectors
            0xA000_0082_0000_0000, 0xA000_0410_0000_0000,  // 3 and 17 bits
            0xA000_01CF_0000_0000,  // 16 bits in a field of 8
            0xA000_084F_0000_0000,  // a field of 34
        ] as [UInt64]
    )
    func otherSamplesAreRefused(word: UInt64) {
        #expect(throws: WireError.self) { try SampleFormat(payloadFormat: word) }
    }

    /// Every size, with and without gaps, is read and written where the standard has it, and nothing else is touched.
    @Test func everyPackingIsReadAndWritten() throws {
        var generator = TestGenerator(seed: 3)
        for item in 4...16 {
            for field in item...32 where field != 2 * item {
                for isLinkEfficient in [true, false] {
                    let format = try SampleFormat(
                        payloadFormat: word(item: item, field: field, linkEfficient: isLinkEfficient)
                    )
                    let full = 1 << (item - 1)
                    let values =
                        [full - 1, -full, -1, 0]
                        + (0..<8).map { _ in
                            Int.random(in: -full..<full, using: &generator)
                        }
                    var text = ""
                    for value in values {
                        if !isLinkEfficient, 32 - text.count % 32 < field {
                            text += String(repeating: "1", count: 32 - text.count % 32)
                        }
                        text += bits(value, item) + String(repeating: "1", count: field - item)
                    }
                    let used = isLinkEfficient ? text.count : (text.count + 31) / 32 * 32
                    // Without gaps a field that fits into the padding is cut off by the count of pad bits.
                    let body = bytes(text)
                    #expect(format.items(in: body[...], bits: used).prefix(12) == values.map(Int32.init)[...])
                    var changed = body[...]
                    format.replace(values.map { Int32(~$0) }, in: &changed, bits: used)
                    #expect(format.items(in: changed, bits: used).prefix(12) == values.map { Int32(~$0) }[...])
                    format.replace(values.map(Int32.init), in: &changed, bits: used)
                    #expect(Array(changed) == body, "\(item) bits in \(field), \(isLinkEfficient)")
                }
            }
        }
    }
}

@Suite struct DIFISamplePacketTests {
    /// A data packet from its words.
    private func packet(
        _ body: [UInt8],
        clock: PacketHeader.Clock = .own,
        seconds: UInt32 = 100,
        fraction: UInt64 = 0,
        pad: UInt8 = 0
    ) -> [UInt8] {
        var header = PacketHeader(kind: .data, count: 3, streamID: 9, timestamp: .init(seconds: seconds))
        (header.clock, header.fraction, header.padBits) = (clock, fraction, pad)
        var writer = ByteWriter(capacity: 64)
        header.write(to: &writer, bodySize: body.count)
        writer.write(body)
        return writer.bytes
    }

    @Test func sixteenBitsAreTheSameAsOurOwn() throws {
        var own = DIFIDataPacket(streamID: 9, count: 3, timestamp: .init(seconds: 100), samples: [1, -2, .max, .min])
        var any = try DIFISamplePacket(parsing: own.serialized())
        #expect(any.unitSamples(.int16) == own.unitSamples && any.streamID == 9 && any.seconds == 100)
        for values in [[0.3, -2.7, 3.98, -3.981], [5, -5, .nan, 0]] as [[Float]] {
            #expect(any.setUnitSamples(values, .int16) == own.setUnitSamples(values))
            #expect(any.serialized() == own.serialized())
        }
    }

    /// Kernels take several samples at a time: of any number, at every width, they are those of our own packets.
    @Test(arguments: [512, 256, 128] as [Int32]) func kernelsMakeTheSameSamples(bits: Int32) throws {
        ck_limit_vector_bits(bits)
        defer { ck_limit_vector_bits(512) }
        let special: [Float] = [
            .nan, .infinity, -.infinity, 0.5, -0.5, 1.5, -2.5, 0.499_999_97, 32767.49, 32767.5, -32768.5,
        ]
        for count in 1...70 {
            let levels = (0..<2 * count).map { index -> Float in
                let draw = UInt64(index * 77 + count) &* 0x9E37_79B9_7F4A_7C15 >> 40
                return index % 3 == 0 ? special[Int(draw) % special.count] : Float(draw) / 200 - 41_900
            }
            let samples = levels.map { Int16(exactly: $0.rounded()) ?? .min }
            var own = DIFIDataPacket(streamID: 9, count: 3, timestamp: .init(seconds: 100), samples: samples)
            var any = try DIFISamplePacket(parsing: own.serialized())
            #expect(any.unitSamples(.int16) == own.unitSamples)
            let values = levels.map { $0 / DIFIDataPacket.unitRMS }
            #expect(any.setUnitSamples(values, .int16) == own.setUnitSamples(values))
            #expect(any.serialized() == own.serialized())
        }
    }

    /// Three pairs of twelve bits are two words and a quarter: the rest is padding and stays.
    @Test func paddingIsNoSample() throws {
        let format = try SampleFormat(payloadFormat: word(item: 12, field: 12))
        let body = bytes([1, -1, 2, -2, 2047, -2048].map { bits($0, 12) }.joined() + String(repeating: "1", count: 24))
        var padded = try DIFISamplePacket(parsing: packet(body, pad: 24))
        #expect(padded.unitSamples(format).map { ($0 * format.unitRMS).rounded() } == [1, -1, 2, -2, 2047, -2048])
        #expect(padded.setUnitSamples([4, -4, 0, 0, 0, 0], format) == 2)
        #expect(padded.unitSamples(format).prefix(2).map { ($0 * format.unitRMS).rounded() } == [2047, -2048])
        #expect(padded.serialized().suffix(3) == [0xFF, 0xFF, 0xFF])
    }

    @Test func everyClockHasPlaces() throws {
        let rate = try SampleRate(hertz: 3_000_000)
        for seconds in [PacketHeader.Clock.Seconds.utc, .gps, .posix] {
            // Sample 40 of a grid of 3 MHz, to the nearest picosecond and cut off.
            for fraction in [13_333_333, 13_333_334, 13_333_300] as [UInt64] {
                let clock = PacketHeader.Clock(seconds: seconds, fraction: .picoseconds)
                let found = try DIFISamplePacket(parsing: packet([0, 0, 0, 0], clock: clock, fraction: fraction))
                #expect(found.sampleIndex(rate: rate, origin: 100) == 40)
                #expect(found.sampleIndex(rate: rate, origin: 98) == 6_000_040)
                #expect(found.sampleIndex(rate: rate, origin: 101) == 40 &- 3_000_000)
            }
            let counting = PacketHeader.Clock(seconds: seconds, fraction: .sampleCount)
            let found = try DIFISamplePacket(parsing: packet([0, 0, 0, 0], clock: counting, fraction: 1 << 50))
            #expect(found.sampleIndex(rate: rate, origin: 99) == 1 << 50 + 3_000_000)
        }
    }

    /// A rate that is no whole number goes on without a slip at the turn of the second.
    @Test func fractionalRatesAreExact() throws {
        let rate = try SampleRate(hertz: 48_000.5)
        func place(_ seconds: UInt32, _ picoseconds: UInt64) throws -> UInt64 {
            try DIFISamplePacket(parsing: packet([0, 0, 0, 0], seconds: seconds, fraction: picoseconds))
                .sampleIndex(rate: rate, origin: 100)
        }
        #expect(try place(102, 0) == 96_001 && place(104, 0) == 192_002)
        #expect(try place(101, 999_999_999_999) == 96_001)
        for hertz in [0, 0.5, -1, .nan, .infinity, 0x1p41] {
            #expect(throws: WireError.self) { try SampleRate(hertz: hertz) }
        }
    }

    @Test func whatIsNotDIFISaysWhy() throws {
        let good = packet([0, 1, 0, 2])
        func changed(_ index: Int, _ value: UInt8) -> [UInt8] {
            var bytes = good
            bytes[index] = value
            return bytes
        }
        #expect(throws: WireError.field("header flags")) { try DIFISamplePacket(parsing: changed(0, 0x1C)) }
        #expect(throws: WireError.field("time stamp kind")) { try DIFISamplePacket(parsing: changed(1, 0x20)) }
        #expect(throws: WireError.field("time stamp kind")) { try DIFISamplePacket(parsing: changed(1, 0xC0)) }
        #expect(throws: WireError.field("pad bit count")) { try DIFISamplePacket(parsing: changed(8, 0x01)) }
        #expect(throws: WireError.packetType(0)) { try DIFISamplePacket(parsing: changed(0, 0x08)) }
        #expect(throws: WireError.packetClass(oui: 0x6A621F, information: 0, packet: 0)) {
            try DIFISamplePacket(parsing: changed(11, 0x1F))
        }
        for claim in [good, changed(0, 0x08), changed(11, 1)] { #expect(DIFISamplePacket.claims(claim)) }
        #expect(!DIFISamplePacket.claims(changed(0, 0x38)) && !DIFISamplePacket.claims(changed(3, 1)))
        #expect(!DIFISamplePacket.claims([]) && !DIFISamplePacket.claims([0x18]))
    }
}

@Suite struct OthersContextTests {
    /// The standard's texts and captures differ in a version packet's type, and captures have POSIX time stamps.
    @Test func versionAndContextPacketsOfAllKindsAreRecognised() throws {
        let version = DIFIVersionPacket(streamID: 9, count: 3, timestamp: .init(seconds: 5))
        let context = DIFIContextPacket(streamID: 9, count: 3, timestamp: .init(seconds: 5), sampleRateHz: 500e6)
        for stamp in [0x60, 0xA0, 0xE0, 0x50, 0xD0] as [UInt8] {
            for type in [0x49, 0x59] as [UInt8] {
                var bytes = version.serialized()
                (bytes[0], bytes[1]) = (type, stamp | 3)
                #expect(WirePacketKind.classify(bytes) == .version)
                #expect(try DIFIVersionPacket(parsing: bytes) == version)
            }
            var bytes = context.serialized()
            bytes[1] = stamp | 3
            #expect(WirePacketKind.classify(bytes) == .context)
            #expect(try DIFIContextPacket(parsing: bytes) == context)
        }
        // Signal data of other clocks is none of ours.
        var data = DIFIDataPacket(streamID: 9, count: 0, timestamp: .init(seconds: 5), samples: [1, 2]).serialized()
        data[1] = 0xE0
        #expect(WirePacketKind.classify(data) == nil && DIFISamplePacket.claims(data))
    }
}
