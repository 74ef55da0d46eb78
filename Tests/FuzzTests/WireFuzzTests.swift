import Foundation
import TestSupport
import Testing

@testable import Wire

/// Nothing that a datagram holds may trap, and what parses must serialise to itself.
@Suite struct WireFuzzTests {
    private let key: PreSharedKey
    private let side: SideInformation
    private let report: TransferReport

    init() throws {
        key = try PreSharedKey(bytes: Array(1...32))
        side = try SideInformation(
            transferID: UUID(),
            attempt: 1,
            modelDigest: [UInt8](repeating: 7, count: 32),
            realCount: 512,
            pilotCount: 64,
            layoutSeed: 5,
            scale: 1.5,
            signalStreamID: 9,
            startSecond: 1_790_000_000,
            sampleRate: 1_000_000,
            edge: 1024
        )
        report = try TransferReport(
            transferID: UUID(),
            attempt: 1,
            status: .decoded,
            estimatedSNRDB: 12,
            symbolsExpected: 320,
            symbolsErased: 0,
            note: "ein Stück"
        )
    }

    private var datagrams: [[UInt8]] {
        get throws {
            var framer = try SignalFramer(
                sealer: PacketSealer(key: key, senderID: 3, firstSequence: 1),
                sideStreamID: 0xED5C_0001
            )
            let samples = (0..<2 * side.symbolCount).map { Float($0 % 7) / 4 - 0.75 }
            var sealer = PacketSealer(key: key, senderID: 4, firstSequence: 1)
            let frame = try SideInformation(
                transferID: UUID(),
                attempt: 1,
                modelDigest: [UInt8](repeating: 7, count: 32),
                baseDigest: [UInt8](repeating: 8, count: 32),
                frame: .init(number: 3, milliseconds: 400),
                realCount: 512,
                pilotCount: 64,
                layoutSeed: 5,
                scale: 1.5,
                signalStreamID: 10,
                startSecond: 1_790_000_000,
                sampleRate: 1_000_000,
                edge: 128
            )
            return try framer.frame(samples, side: side).datagrams + framer.frame(samples, side: frame).datagrams
                + [sealer.seal(report, streamID: 8, at: DIFITimestamp(seconds: 5))]
        }
    }

    @Test func packets() throws {
        var reassembler = SignalReassembler<Int>(opener: PacketOpener(keys: [key]))
        var opener = PacketOpener(keys: [key])
        let formats = try [0xA000_03CF, 0xA000_02CB, 0x2000_0104, 0xA000_07CF].map {
            try SampleFormat(payloadFormat: UInt64($0) << 32)
        }
        let rate = try SampleRate(hertz: 0x1p40)
        var unfaithful = 0
        var step = 0
        let (tried, accepted) = try Fuzzer("wire", seeds: datagrams).run(share: 0.6) { bytes in
            step += 1
            _ = try? opener.open(bytes)
            _ = reassembler.receive(bytes, from: step % 50, at: .microseconds(50 * step))
            if var packet = try? DIFISamplePacket(parsing: bytes) {
                for format in formats {
                    _ = packet.setUnitSamples(packet.unitSamples(format), format)
                    if packet.serialized() != bytes { unfaithful += 1 }
                }
                _ = packet.sampleIndex(rate: rate, origin: UInt32(truncatingIfNeeded: step))
            }
            if let packet = try? DIFIDataPacket(parsing: bytes) {
                if packet.serialized() != bytes { unfaithful += 1 }
                _ = packet.timestamp.sampleIndex(rate: UInt32(truncatingIfNeeded: step))
                return true
            }
            if let packet = try? DIFIContextPacket(parsing: bytes) {
                if packet.serialized().count != bytes.count { unfaithful += 1 }
                return true
            }
            if let packet = try? DIFIVersionPacket(parsing: bytes) {
                if try DIFIVersionPacket(parsing: packet.serialized()) != packet { unfaithful += 1 }
                return true
            }
            return false
        }
        #expect(tried > 1000 && accepted > 100 && unfaithful == 0)
        #expect(reassembler.counters.byFate.reduce(0) { $0 + $1.value } >= UInt64(tried))
    }

    @Test func sideInformationAndReports() throws {
        var unfaithful = 0
        let (_, accepted) = try Fuzzer("side", seeds: [side.encoded(), report.encoded()]).run(share: 0.2) { bytes in
            if let decoded = try? SideInformation(decoding: bytes) {
                let isBounded = decoded.symbolCount <= SideInformation.maximumSymbols && decoded.scale > 0
                if try !isBounded || SideInformation(decoding: decoded.encoded()) != decoded { unfaithful += 1 }
                return true
            }
            guard let decoded = try? TransferReport(decoding: bytes) else { return false }
            if try TransferReport(decoding: decoded.encoded()) != decoded { unfaithful += 1 }
            return true
        }
        #expect(accepted > 100 && unfaithful == 0)
    }

    @Test func keyFiles() throws {
        let (_, accepted) = try Fuzzer("key").run(share: 0.05) { (try? PreSharedKey.parse($0)) != nil }
        #expect(accepted > 0)
    }
}
