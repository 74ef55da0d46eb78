import Testing

@testable import Wire

@Suite struct DIFIPacketTests {
    @Test func aDataPacketHasTheStandardsBytes() throws {
        let packet = DIFIDataPacket(
            streamID: 0x1234_5678,
            count: 5,
            timestamp: DIFITimestamp(seconds: 0x6AFD_0000, picoseconds: 40_000_000),
            samples: [1, -2, 32767, -32768]
        )
        let expected: [UInt8] = [
            0x18, 0x65, 0x00, 0x09, 0x12, 0x34, 0x56, 0x78, 0x00, 0x6A, 0x62, 0x1E, 0, 0, 0, 0,
            0x6A, 0xFD, 0, 0, 0, 0, 0, 0, 0x02, 0x62, 0x5A, 0x00, 0, 1, 0xFF, 0xFE, 0x7F, 0xFF, 0x80, 0,
        ]
        #expect(packet.serialized() == expected)
        #expect(try DIFIDataPacket(parsing: expected) == packet)
        #expect(WirePacketKind.classify(expected) == .data)
    }

    @Test func dataOfAnyLengthRoundTrips() throws {
        var generator = TestGenerator(seed: 2)
        for count in 1...DIFIDataPacket.maximumSamples {
            let packet = DIFIDataPacket(
                streamID: .random(in: 0 ... .max, using: &generator),
                count: .random(in: 0...15, using: &generator),
                timestamp: DIFITimestamp(
                    seconds: .random(in: 0 ... .max, using: &generator),
                    picoseconds: .random(in: 0..<1_000_000_000_000, using: &generator)
                ),
                samples: (0..<2 * count).map { _ in .random(in: .min ... .max, using: &generator) }
            )
            let datagram = packet.serialized()
            #expect(datagram.count == 28 + 4 * count && datagram.count <= 1452)
            #expect(try DIFIDataPacket(parsing: datagram) == packet)
        }
    }

    @Test func theScaleIsTwelveDecibelBelowFullScale() throws {
        var packet = DIFIDataPacket(streamID: 1, count: 0, timestamp: .init(seconds: 1), samples: [0, 0])
        #expect(packet.setUnitSamples([1, -1, 0.5, 3.98]) == 0)
        #expect(packet.samples == [8231, -8231, 4115, 32759])
        #expect(packet.setUnitSamples([4, -4, .infinity, -.infinity, .nan, 0]) == 5)
        #expect(packet.samples == [.max, .min, .max, .min, 0, 0])
        let values = testSamples(100)
        #expect(packet.setUnitSamples(values) == 0)
        #expect(zip(packet.unitSamples, values).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func contextAndVersionRoundTrip() throws {
        let timestamp = DIFITimestamp(seconds: 77, picoseconds: 123)
        var context = DIFIContextPacket(streamID: 9, count: 3, timestamp: timestamp, sampleRateHz: 1_000_000)
        context.radioFrequencyHz = 2_400_000_000.5
        context.intermediateOffsetHz = -125.25
        context.gainDB = [3.5, -7]
        context.changed = false
        let bytes = context.serialized()
        #expect(bytes.count == 108)
        #expect(Array(bytes[..<4]) == [0x49, 0x63, 0x00, 27])
        #expect(Array(bytes[28..<36]) == [0x7B, 0xB9, 0x80, 0x00, 0, 0, 0, 0x64])
        #expect(Array(bytes[100...]) == [0xA0, 0x00, 0x03, 0xCF, 0, 0, 0, 0])
        #expect(try DIFIContextPacket(parsing: bytes) == context)
        #expect(WirePacketKind.classify(bytes) == .context)

        let version = DIFIVersionPacket(streamID: 9, count: 3, timestamp: timestamp)
        #expect(version.serialized().count == 44)
        #expect(Array(version.serialized()[..<4]) == [0x59, 0x63, 0x00, 11])
        #expect(try DIFIVersionPacket(parsing: version.serialized()) == version)
        #expect(WirePacketKind.classify(version.serialized()) == .version)
    }

    @Test func packetsOutsideTheProfileAreRefused() throws {
        let good = DIFIDataPacket(streamID: 1, count: 0, timestamp: .init(seconds: 1), samples: [1, 2]).serialized()
        func changed(_ index: Int, _ value: UInt8) -> [UInt8] {
            var bytes = good
            bytes[index] = value
            return bytes
        }
        #expect(throws: WireError.length(31)) { try DIFIDataPacket(parsing: Array(good.dropLast())) }
        #expect(throws: WireError.length(36)) { try DIFIDataPacket(parsing: good + [0, 0, 0, 0]) }
        #expect(throws: WireError.length(0)) { try DIFIDataPacket(parsing: []) }
        #expect(throws: WireError.packetType(15)) { try DIFIDataPacket(parsing: changed(0, 0xF8)) }
        #expect(throws: WireError.packetType(3)) { try DIFIDataPacket(parsing: changed(0, 0x38)) }
        #expect(throws: WireError.field("header flags")) { try DIFIDataPacket(parsing: changed(0, 0x1C)) }
        #expect(throws: WireError.field("time stamp kind")) { try DIFIDataPacket(parsing: changed(1, 0x50)) }
        #expect(throws: WireError.field("pad bit count")) { try DIFIDataPacket(parsing: changed(8, 0x80)) }
        #expect(throws: WireError.packetClass(oui: 0x6A621F, information: 0, packet: 0)) {
            try DIFIDataPacket(parsing: changed(11, 0x1F))
        }
        #expect(throws: WireError.field("picoseconds")) { try DIFIDataPacket(parsing: changed(20, 1)) }
    }
}

@Suite struct DIFITimestampTests {
    @Test(arguments: [1_000_000, 3, 7_654_321, 48_000, 61_440_000, 4_294_967_295] as [UInt32])
    func everySampleFindsItsPlace(rate: UInt32) {
        var generator = TestGenerator(seed: 4)
        var misplaced = 0
        for _ in 0..<2000 {
            let n = UInt64.random(in: 0..<UInt64(rate), using: &generator)
            let timestamp = DIFITimestamp.ofSample(n, rate: rate, startSecond: 100)
            if timestamp.seconds != 100 || timestamp.sampleIndex(rate: rate) != n { misplaced += 1 }
        }
        #expect(misplaced == 0)
        #expect(DIFITimestamp.ofSample(UInt64(rate), rate: rate, startSecond: 100) == DIFITimestamp(seconds: 101))
    }

    @Test func offTheGridIsNoPlace() {
        #expect(DIFITimestamp(seconds: 1, picoseconds: 2_000_000).sampleIndex(rate: 1_000_000) == 2)
        #expect(DIFITimestamp(seconds: 1, picoseconds: 2_000_001).sampleIndex(rate: 1_000_000) == 2)
        #expect(DIFITimestamp(seconds: 1, picoseconds: 1_999_999).sampleIndex(rate: 1_000_000) == 2)
        #expect(DIFITimestamp(seconds: 1, picoseconds: 2_000_002).sampleIndex(rate: 1_000_000) == nil)
        #expect(DIFITimestamp(seconds: 1, picoseconds: 2_500_000).sampleIndex(rate: 1_000_000) == nil)
        #expect(DIFITimestamp(seconds: 1).sampleIndex(rate: 0) == nil)
    }
}

@Suite struct PreSharedKeyTests {
    @Test func allFormsGiveOneKey() throws {
        let bytes = (0..<32).map { UInt8($0 * 8 + 3) }
        let key = try PreSharedKey(bytes: bytes)
        let hexadecimal = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let base64 = "AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2+Pr8/s="
        for text in [hexadecimal, hexadecimal.uppercased() + "\n", base64 + "\r\n", String(base64.dropLast())] {
            #expect(try PreSharedKey.parse(Array(text.utf8)) == key)
        }
        #expect(try PreSharedKey.parse(bytes) == key)
        #expect(try key.identifier != testKey().identifier)
    }

    @Test func everythingElseIsRefused() throws {
        for file in ["", "secret", String(repeating: "g", count: 64), String(repeating: "a", count: 63)] {
            #expect(throws: KeyError.format(count: file.utf8.count)) { try PreSharedKey.parse(Array(file.utf8)) }
        }
        #expect(throws: KeyError.trivial) { try PreSharedKey.parse([UInt8](repeating: 0, count: 32)) }
        #expect(throws: KeyError.trivial) { try PreSharedKey.parse(Array(String(repeating: "0", count: 64).utf8)) }
    }
}

@Suite struct ContentTests {
    @Test func sideInformationAndReportsRoundTrip() throws {
        let side = try testSide()
        #expect(side.symbolCount == 320)
        #expect(try SideInformation(decoding: side.encoded()) == side)
        for status in TransferReport.Status.allCases {
            let report = try testReport(status: status)
            #expect(try TransferReport(decoding: report.encoded()) == report)
        }
    }

    /// Five blocks of 64 subcarriers, each with a prefix of 16.
    @Test func sideInformationTellsTheWaveform() throws {
        let side = try testSide(waveform: .ofdm)
        #expect(side.symbolCount == 400)
        #expect(try SideInformation(decoding: side.encoded()) == side)
        #expect(throws: WireError.self) { try testSide(rate: 399, waveform: .ofdm) }
        // 819 blocks fit 65,536 symbols.
        #expect(throws: Never.self) { try testSide(reals: 2 * 52352, waveform: .ofdm) }
        #expect(throws: WireError.self) { try testSide(reals: 2 * 52353, waveform: .ofdm) }
        for waveform in [SideInformation.Waveform.singleCarrier, .ofdm] {
            for length in [0, 1, 79, 80, 399, 400, 65_536] {
                let most = waveform.capacity(of: length)
                #expect(waveform.length(for: most) <= length && waveform.length(for: most + 1) > length)
            }
        }
        var bytes = side.encoded()
        bytes[66] = 16
        #expect(throws: WireError.self) { try SideInformation(decoding: bytes) }
    }

    @Test func draftsAreToldFromWhatFollowsThem() throws {
        for waveform in [SideInformation.Waveform.singleCarrier, .ofdm] {
            let side = try testSide(isDraft: true, waveform: waveform)
            #expect(side.isDraft && side.isMatched)
            #expect(try SideInformation(decoding: side.encoded()) == side)
            #expect(try SideInformation(decoding: testSide(waveform: waveform).encoded()).isDraft == false)
        }
        let report = try testReport(isDraft: true)
        #expect(try TransferReport(decoding: report.encoded()) == report && report.isDraft)
        var bytes = report.encoded()
        bytes[19] = 2
        #expect(throws: WireError.field("flags")) { try TransferReport(decoding: bytes) }
    }

    /// What a transmission goes on from takes the place of its adapters.
    @Test func sideInformationTellsWhatItGoesOnFrom() throws {
        for digest in [[UInt8](1...32), [UInt8](repeating: 0, count: 8)] {
            let side = try testSide(isDraft: true, base: digest)
            #expect(side.baseDigest == Array(digest.prefix(8)) && side.adapterDigest == nil)
            #expect(try SideInformation(decoding: side.encoded()) == side)
            #expect(try side.encoded().count == testSide().encoded().count)
        }
        #expect(try SideInformation(decoding: testSide().encoded()).baseDigest == nil)
        #expect(throws: WireError.self) { try testSide(base: [1, 2, 3]) }
    }

    @Test func valuesOutOfRangeAreRefused() throws {
        #expect(throws: WireError.self) { try testSide(reals: 513) }
        #expect(throws: WireError.self) { try testSide(reals: 0) }
        #expect(throws: WireError.self) { try testSide(reals: 131_072, pilots: 1) }
        #expect(throws: WireError.self) { try testSide(pilots: .max) }
        #expect(throws: WireError.self) { try testSide(rate: 319) }
        var bytes = try testSide().encoded()
        bytes.replaceSubrange(40..<44, with: [0x7F, 0xC0, 0, 0])  // scale: not a number
        #expect(throws: WireError.self) { try SideInformation(decoding: bytes) }
        #expect(throws: WireError.self) {
            try TransferReport(
                transferID: .init(),
                attempt: 0,
                status: .decoded,
                estimatedSNRDB: .nan,
                symbolsExpected: 1,
                symbolsErased: 0
            )
        }
    }

    @Test func longNotesAreCutAtACharacter() throws {
        let report = try TransferReport(
            transferID: .init(),
            attempt: 0,
            status: .failed,
            estimatedSNRDB: 0,
            symbolsExpected: 1,
            symbolsErased: 0,
            note: String(repeating: "é", count: 150) + "\0"
        )
        #expect(report.note == String(repeating: "é", count: 100))
    }

    /// A frame has eight bytes more, a key that it goes on from, and its flag says so.
    @Test func framesTellTheirNumbers() throws {
        let digest = [UInt8](repeating: 3, count: 32)
        let frame = SideInformation.Frame(number: 0x0102_0304, milliseconds: .max)
        let side = try testSide(reals: 128, base: digest, frame: frame)
        let bytes = side.encoded()
        #expect(bytes.count == SideInformation.encodedSize + SideInformation.frameSize)
        #expect(try SideInformation(decoding: bytes) == side)
        #expect(try testSide(base: digest).encoded().count == SideInformation.encodedSize)
        #expect(throws: WireError.self) { try testSide(frame: frame) }
        #expect(throws: WireError.self) { try SideInformation(decoding: Array(bytes.dropLast(8))) }
        #expect(throws: WireError.self) {
            try SideInformation(decoding: testSide(base: digest).encoded() + [UInt8](repeating: 0, count: 8))
        }
    }
}
