import Foundation
import Testing

@testable import Wire

/// A decoder in Python that was written from the standard's facts alone reads what framer and sealer write.
@Suite struct DIFIDecoderTests {
    /// One line of the decoder's output; `-1`, nil or empty where a packet has no such field.
    private struct Row: Decodable {
        let type: String
        let count, words, stream, oui, information_class, packet_class, seconds, picoseconds: Int
        let samples: [[Int]]?
        let changed: Bool?
        let bandwidth_hz, if_hz, rf_hz, if_offset_hz, scaling_level_db, reference_level_dbm, sample_rate_hz: Double?
        let gain_db: [Double]?
        let adjustment, calibration_seconds: Int?
        let payload_format: UInt64?
        let vita49_version, year, version_type: Int?
        let protocolVersion, sender, sequence, sealed_bytes: Int?

        enum CodingKeys: String, CodingKey {
            case type, count, words, stream, oui, information_class, packet_class, seconds, picoseconds, samples
            case changed, bandwidth_hz, if_hz, rf_hz, if_offset_hz, scaling_level_db, reference_level_dbm
            case sample_rate_hz, gain_db, adjustment, calibration_seconds, payload_format
            case vita49_version, year, version_type, sender, sequence, sealed_bytes
            case protocolVersion = "protocol"
        }
    }

    @Test func aTransmissionMeansWhatTheStandardSays() throws {
        var framer = try testFramer()
        let samples = testSamples(320)
        var datagrams = try framer.frame(samples, side: testSide()).datagrams
        var sealer = try testSealer(sequence: 5000)
        let time = DIFITimestamp(seconds: startSecond, picoseconds: 5)
        datagrams.append(sealer.seal(try testReport(), streamID: 0xED5C_0002, at: time))
        let (status, lines) = try decode(datagrams)
        #expect(status == 0)
        let rows = try lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
        try #require(rows.count == datagrams.count)
        for (row, datagram) in zip(rows, datagrams) {
            #expect(row.words * 4 == datagram.count)
            #expect(row.seconds == Int(startSecond))
        }

        let version = rows[0]
        #expect(version.type == "extension-context" && version.oui == 0x6A621E)
        #expect(version.information_class == 1 && version.packet_class == 4)
        #expect(version.vita49_version == 4 && version.year == 2026 && version.version_type == 1)

        let context = rows[1]
        #expect(context.type == "context" && context.oui == 0x6A621E)
        #expect(context.information_class == 0 && context.packet_class == 1)
        #expect(context.changed == true && context.stream == 0x100)
        #expect(context.scaling_level_db == -12 && context.reference_level_dbm == 0 && context.gain_db == [0, 0])
        #expect(context.sample_rate_hz == 1e6 && context.bandwidth_hz == 1e6)
        #expect(context.if_hz == 0 && context.rf_hz == 0 && context.if_offset_hz == 0)
        #expect(context.adjustment == 0 && context.payload_format == 0xA000_03CF_0000_0000)

        let data = rows.filter { $0.type == "data" }
        #expect(data.map(\.count) == Array(0..<8))
        #expect(data.map(\.picoseconds) == (0..<8).map { $0 * 40_000_000 })
        #expect(data.allSatisfy { $0.oui == 0x6A621E && $0.information_class == 0 && $0.packet_class == 0 })
        #expect(data.allSatisfy { $0.stream == 0x100 })
        // −12 dBFS: an integer of 8231 is a unit.
        let received = data.flatMap { $0.samples ?? [] }.flatMap { $0 }.map { Float($0) / 32768 / pow(10, -12.0 / 20) }
        #expect(received.count == samples.count)
        #expect(zip(received, samples).allSatisfy { abs($0 - $1) < 1e-4 })

        let sealed = rows.filter { $0.type == "extension-data" }
        #expect(sealed.count == 4)
        #expect(sealed.allSatisfy { $0.oui == 0x02ED5C && $0.protocolVersion == 1 && $0.sender == 77 })
        #expect(sealed.map(\.packet_class) == [1, 1, 1, 2])
        #expect(sealed.map(\.stream) == [0xED5C_0001, 0xED5C_0001, 0xED5C_0001, 0xED5C_0002])
        #expect(sealed.map(\.sequence) == [1000, 1001, 1002, 5000])
        #expect(sealed.last?.picoseconds == 5)
        #expect(sealed.last?.sealed_bytes == TransferReport.encodedSize)
    }

    @Test func aDamagedPacketIsNamed() throws {
        var framer = try testFramer()
        var datagram = try framer.frame(testSamples(320), side: testSide()).datagrams[3]
        datagram[3] &+= 1
        let (status, lines) = try decode([datagram, [1, 2, 3]])
        #expect(status == 1)
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("error") })
        #expect(lines[0].contains("words"))
    }

    private func decode(_ datagrams: [[UInt8]]) throws -> (status: Int32, lines: [String]) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("difi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let capture = folder.appendingPathComponent("transmission.pcap")
        try Data(captureFile(datagrams)).write(to: capture)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Scripts/interop/difi_decode.py").standardizedFileURL
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [script.path, capture.path, "--port", "4991"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text.split(separator: "\n").map(String.init))
    }
}
