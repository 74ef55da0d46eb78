import Testing

@testable import Wire

/// Seeded mutations of good packets: nothing may trap, and what parses must serialise to itself.
@Suite struct FuzzTests {
    private func mutated(_ original: [UInt8], _ generator: inout TestGenerator) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where !bytes.isEmpty:
                bytes[.random(in: bytes.indices, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1 where !bytes.isEmpty:
                bytes[.random(in: bytes.indices, using: &generator)] =
                    [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            case 2 where !bytes.isEmpty:
                bytes.removeLast(.random(in: 1...bytes.count, using: &generator))
            case 3:
                bytes += [UInt8](
                    repeating: .random(in: 0...255, using: &generator),
                    count: .random(in: 1...40, using: &generator)
                )
            default:
                // Keep the size field honest, so that later checks are reached.
                bytes.removeLast(bytes.count % 4)
                if bytes.count >= 4 {
                    bytes[2] = UInt8(truncatingIfNeeded: (bytes.count / 4) >> 8)
                    bytes[3] = UInt8(truncatingIfNeeded: bytes.count / 4)
                }
            }
        }
        return bytes
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func parsersSurvive(seed: UInt64) throws {
        var generator = TestGenerator(seed: seed)
        var framer = try testFramer()
        let corpus = try framer.frame(testSamples(320), side: testSide()).datagrams
        var reassembler = try testReassembler()
        var opener = PacketOpener(keys: [try testKey()])
        var parsed = 0
        var unfaithful = 0
        for step in 0..<20_000 {
            let bytes = mutated(corpus[step % corpus.count], &generator)
            if let packet = try? DIFIDataPacket(parsing: bytes) {
                if packet.serialized() != bytes { unfaithful += 1 }
                _ = packet.timestamp.sampleIndex(rate: UInt32(step))
                parsed += 1
            }
            if let packet = try? DIFIContextPacket(parsing: bytes) {
                if packet.serialized().count != bytes.count { unfaithful += 1 }
                parsed += 1
            }
            if let packet = try? DIFIVersionPacket(parsing: bytes) {
                if packet.serialized() != bytes { unfaithful += 1 }
                parsed += 1
            }
            _ = try? opener.open(bytes)
            _ = reassembler.receive(bytes, from: step, at: .milliseconds(step))
        }
        #expect(parsed > 100 && unfaithful == 0)
        #expect(reassembler.counters.transmissionsComplete <= 1)
    }

    @Test func authenticContentIsBoundedToo() throws {
        var generator = TestGenerator(seed: 99)
        let side = try testSide().encoded()
        let report = try testReport().encoded()
        var accepted = 0
        var unfaithful = 0
        for _ in 0..<20_000 {
            if let decoded = try? SideInformation(decoding: mutated(side, &generator)) {
                accepted += 1
                let isBounded = decoded.symbolCount <= SideInformation.maximumSymbols && decoded.scale > 0
                if try !isBounded || SideInformation(decoding: decoded.encoded()) != decoded { unfaithful += 1 }
            }
            if let decoded = try? TransferReport(decoding: mutated(report, &generator)) {
                if try TransferReport(decoding: decoded.encoded()) != decoded { unfaithful += 1 }
            }
        }
        #expect(accepted > 100 && unfaithful == 0)
    }

    @Test func keyFilesSurvive() throws {
        var generator = TestGenerator(seed: 7)
        let forms = ["AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2+Pr8/s=\n", String(repeating: "0f1e", count: 16), "x"]
        var accepted = 0
        for step in 0..<20_000 {
            if (try? PreSharedKey.parse(mutated(Array(forms[step % 3].utf8), &generator))) != nil { accepted += 1 }
        }
        #expect(accepted > 0)
    }
}
