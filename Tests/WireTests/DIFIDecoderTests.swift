import Foundation
import Testing

@testable import Wire

/// A decoder in Python that was written from the standard's facts alone reads what framer and sealer write.
@Suite struct DIFIDecoderTests {
    /// One line of the decoder's output; nil where a packet has no such field.
    private struct Row: Decodable {
        let type: String
        let count, words, stream, oui, informationClass, packetClass, seconds, picoseconds: Int
        let samples: [[Int]]?
        let changed: Bool?
        let bandwidthHz, ifHz, rfHz, ifOffsetHz, scalingLevelDb, referenceLevelDbm, sampleRateHz: Double?
        let gainDb: [Double]?
        let adjustment, calibrationSeconds: Int?
        let payloadFormat: UInt64?
        let vita49Version, year, versionType: Int?
        let `protocol`, sender, sequence, sealedBytes: Int?
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
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let rows = try lines.map { try decoder.decode(Row.self, from: Data($0.utf8)) }
        try #require(rows.count == datagrams.count)
        for (row, datagram) in zip(rows, datagrams) {
            #expect(row.words * 4 == datagram.count)
            #expect(row.seconds == Int(startSecond))
        }

        let version = rows[0]
        #expect(version.type == "extension-context" && version.oui == 0x6A621E)
        #expect(version.informationClass == 1 && version.packetClass == 4)
        #expect(version.vita49Version == 4 && version.year == 2026 && version.versionType == 1)

        let context = rows[1]
        #expect(context.type == "context" && context.oui == 0x6A621E)
        #expect(context.informationClass == 0 && context.packetClass == 1)
        #expect(context.changed == true && context.stream == 0x100)
        #expect(context.scalingLevelDb == -12 && context.referenceLevelDbm == 0 && context.gainDb == [0, 0])
        #expect(context.sampleRateHz == 1e6 && context.bandwidthHz == 1e6)
        #expect(context.ifHz == 0 && context.rfHz == 0 && context.ifOffsetHz == 0)
        #expect(context.adjustment == 0 && context.payloadFormat == 0xA000_03CF_0000_0000)

        let data = rows.filter { $0.type == "data" }
        #expect(data.map(\.count) == Array(0..<8))
        #expect(data.map(\.picoseconds) == (0..<8).map { $0 * 40_000_000 })
        #expect(data.allSatisfy { $0.oui == 0x6A621E && $0.informationClass == 0 && $0.packetClass == 0 })
        #expect(data.allSatisfy { $0.stream == 0x100 })
        // −12 dBFS: an integer of 8231 is a unit.
        let received = data.flatMap { $0.samples ?? [] }.flatMap { $0 }.map { Float($0) / 32768 / pow(10, -12.0 / 20) }
        #expect(received.count == samples.count)
        #expect(zip(received, samples).allSatisfy { abs($0 - $1) < 1e-4 })

        let sealed = rows.filter { $0.type == "extension-data" }
        #expect(sealed.count == 4)
        #expect(sealed.allSatisfy { $0.oui == 0x02ED5C && $0.protocol == 2 && $0.sender == 77 })
        #expect(sealed.map(\.packetClass) == [1, 1, 1, 2])
        #expect(sealed.map(\.stream) == [0xED5C_0001, 0xED5C_0001, 0xED5C_0001, 0xED5C_0002])
        #expect(sealed.map(\.sequence) == [1000, 1001, 1002, 5000])
        #expect(sealed.last?.picoseconds == 5)
        let (side, report) = (SideInformation.encodedSize, TransferReport.encodedSize)
        #expect(sealed.map(\.sealedBytes) == [side, side, side, report])
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
