import Foundation
import Testing

@testable import Wire

/// An independent decoder, Wireshark's, reads what the framer writes.
@Suite struct TsharkTests {
    private static let fields = [
        "vrt.type", "vrt.len", "vrt.seq", "vrt.sid", "vrt.oui", "vrt.icc", "vrt.pcc", "vrt.ts_int",
        "vrt.ts_frac_picosecond", "vrt.tsmflag", "vrt.tflag", "vrt.data",
    ]

    @Test func thePacketsAreVITA49() throws {
        let tshark = try #require(
            ["/usr/bin/tshark", "/usr/local/bin/tshark"].first { FileManager.default.isExecutableFile(atPath: $0) },
            "tshark is missing: apt-get install tshark"
        )
        var framer = try testFramer()
        let side = try testSide()
        var datagrams = try framer.frame(testSamples(320), side: side).datagrams
        var sealer = try testSealer()
        let report = sealer.seal(
            try testReport(),
            streamID: 0xED5C_0002,
            at: .init(seconds: startSecond, picoseconds: 5)
        )
        datagrams.append(report)
        let rows = try decode(datagrams, with: tshark)
        try #require(rows.count == datagrams.count)

        for (row, datagram) in zip(rows, datagrams) {
            #expect(row["vrt.len"] == "\(datagram.count / 4)")
            #expect(row["vrt.ts_int"] == "\(startSecond)")
        }
        expect(rows[0], type: 5, stream: 0x100, sequence: 0, oui: 0x6A621E, information: 1, packet: 4)
        expect(rows[1], type: 4, stream: 0x100, sequence: 0, oui: 0x6A621E, information: 0, packet: 1)
        for (number, index) in [3, 4, 5, 6, 8, 9, 10, 11].enumerated() {
            expect(rows[index], type: 1, stream: 0x100, sequence: number, oui: 0x6A621E, information: 0, packet: 0)
            #expect(rows[index]["vrt.ts_frac_picosecond"] == "\(number * 40_000_000)")
            #expect(rows[index]["vrt.tflag"] == "0")
            let payload = datagrams[index][28...].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(rows[index]["vrt.data"] == payload)
        }
        for (number, index) in [2, 7, 12].enumerated() {
            expect(
                rows[index],
                type: 3,
                stream: 0xED5C_0001,
                sequence: number,
                oui: 0x02ED5C,
                information: 1,
                packet: 1
            )
        }
        expect(rows[13], type: 3, stream: 0xED5C_0002, sequence: 0, oui: 0x02ED5C, information: 1, packet: 2)
        #expect(rows[13]["vrt.ts_frac_picosecond"] == "5")
    }

    private func expect(
        _ row: [String: String],
        type: Int,
        stream: UInt32,
        sequence: Int,
        oui: UInt32,
        information: Int,
        packet: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(number(row["vrt.type"]) == type, sourceLocation: sourceLocation)
        #expect(number(row["vrt.sid"]) == Int(stream), sourceLocation: sourceLocation)
        #expect(number(row["vrt.seq"]) == sequence, sourceLocation: sourceLocation)
        #expect(number(row["vrt.oui"]) == Int(oui), sourceLocation: sourceLocation)
        #expect(number(row["vrt.icc"]) == information, sourceLocation: sourceLocation)
        #expect(number(row["vrt.pcc"]) == packet, sourceLocation: sourceLocation)
    }

    /// tshark prints some fields in hexadecimal.
    private func number(_ text: String?) -> Int? {
        guard let text else { return nil }
        return text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    }

    /// One dictionary of fields per datagram.
    private func decode(_ datagrams: [[UInt8]], with tshark: String) throws -> [[String: String]] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("wire-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let capture = folder.appendingPathComponent("transmission.pcap")
        try Data(captureFile(datagrams)).write(to: capture)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tshark)
        process.arguments =
            ["-n", "-r", capture.path, "-d", "udp.port==4991,vrt", "-T", "fields", "-E", "separator=/t"]
            + Self.fields.flatMap { ["-e", $0] }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "tshark failed on the capture")
        return text.split(separator: "\n").map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Dictionary(zip(Self.fields, columns), uniquingKeysWith: { first, _ in first })
        }
    }
}
