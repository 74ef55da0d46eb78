import Basics
import Foundation
import Logging
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import Relay

struct RecordingTests {
    private let rate: UInt32 = 1_000_000

    private func packet(_ number: Int) -> DIFIDataPacket {
        DIFIDataPacket(
            streamID: 5,
            count: UInt8(number & 0xF),
            timestamp: .ofSample(UInt64(number * 40), rate: rate, startSecond: 1_795_000_000),
            samples: (0..<80).map { Int16(truncatingIfNeeded: number * 80 + $0) }
        )
    }

    /// What `Scripts/interop/check_sigmf.py` found: the official schema and NumPy.
    private struct Found: Decodable {
        let specification, datatype: String
        let sampleRate: Double
        let captures: [[Int?]]
        let samples: [[Int16]]
    }

    private func check(_ recording: String) throws -> Found {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
            .standardizedFileURL
        let python = root.appendingPathComponent(".build/test-venv/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "\(python) is missing: make test-packages"
        )
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [root.appendingPathComponent("Scripts/interop/check_sigmf.py").path, recording]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "check_sigmf.py refused \(recording)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Found.self, from: bytes)
    }

    private func metadataFiles(in directory: String, tap: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasSuffix("-\(tap).sigmf-meta") }.map { "\(directory)/\($0)" }
    }

    @Test func bothTapsAreSigMFThatNumPyReads() async throws {
        let receiver = try await testSocket()
        let relay = try await RunningRelay(
            peer: receiver.port,
            """
            snr_db = 100
            seed = 3
            profile = "lossy"
            [profiles.lossy]
            forward = { loss = 0.3 }
            [recording]
            directory = "DIR/recordings"
            """
        )
        let transmitter = try await testSocket()
        let sent = (0..<50).map(packet)
        for packet in sent { try transmitter.send(packet.serialized(), to: relay.front) }
        try transmitter.send([1, 2, 3], to: relay.front)
        let status = try await relay.settled(received: 51)
        let arrived = await datagrams(status.forward.fates[.forwarded, default: 0], from: receiver)
            .compactMap { try? DIFIDataPacket(parsing: $0.bytes) }
        try await relay.stop()
        await receiver.close()
        await transmitter.close()

        let directory = relay.directory.path + "/recordings"
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 4)
        let before = try check(#require(metadataFiles(in: directory, tap: "before").first))
        #expect(before.specification.hasPrefix("1.2."))
        #expect(before.datatype == "ci16_be" && before.sampleRate == 1e6)
        #expect(before.captures == [[0, 1_795_000_000_000_000]])
        #expect(before.samples.flatMap { $0 } == sent.flatMap(\.samples))

        // The lost packets are gaps between the segments' places.
        let after = try check(#require(metadataFiles(in: directory, tap: "after").first))
        #expect(after.samples.flatMap { $0 } == arrived.flatMap(\.samples))
        #expect(arrived.count < 45)
        var places: [Int] = []
        for (number, capture) in after.captures.enumerated() {
            let (start, index) = (try #require(capture[0]), try #require(capture[1]))
            let isLast = number + 1 == after.captures.count
            let end = isLast ? after.samples.count : try #require(after.captures[number + 1][0])
            places += stride(from: index, to: index + end - start, by: 40).map { $0 - 1_795_000_000_000_000 }
        }
        #expect(places == arrived.compactMap { $0.timestamp.sampleIndex(rate: rate).map { Int($0) } })
        #expect(after.captures.count > 3)
    }

    private func tap(_ directory: TemporaryDirectory) -> RecordingTap {
        RecordingTap(name: "before", path: directory.path + "/r", logger: Logger(label: "test"))
    }

    private func recording(limit: Int = 1 << 20) -> SigMFRecording {
        SigMFRecording(sampleRate: rate, description: "test", byteLimit: limit)
    }

    @Test func endsAtItsLimit() async throws {
        let directory = try TemporaryDirectory()
        let disk = WorkThread(name: "test")
        defer { disk.stop() }
        let tap = tap(directory)
        for number in 0..<100 { tap.record(packet(number).serialized()) }
        await tap.run(recording(limit: 5000), on: disk)
        #expect(tap.status.state == .full)
        let found = try check(directory.path + "/r.sigmf-meta")
        #expect(found.samples.flatMap { $0 } == (0..<(found.samples.count / 40)).flatMap { packet($0).samples })
        #expect(tap.status.bytes == found.samples.count * 4)
        let files = try ["data", "meta"].map { try AtomicFile.read("\(directory.path)/r.sigmf-\($0)").count }
        #expect(files.reduce(0, +) <= 5000)
        tap.record(packet(0).serialized())
        #expect(tap.status.dropped == 0)
    }

    /// Samples of eight bits are no samples of sixteen, even where the packet looks the same.
    @Test func otherSamplesAreLeftOutAndCounted() async throws {
        let receiver = try await testSocket()
        let relay = try await RunningRelay(
            peer: receiver.port,
            """
            [recording]
            directory = "DIR/recordings"
            """
        )
        let transmitter = try await testSocket()
        var context = DIFIContextPacket(streamID: 9, count: 0, timestamp: .init(seconds: 1), sampleRateHz: 1e6)
        context.payloadFormat = 0xA000_01C7_0000_0000
        var posix = packet(0).serialized()
        posix[1] |= 0x80
        var other = packet(1)
        other.streamID = 9
        for datagram in [context.serialized(), posix, other.serialized(), packet(2).serialized()] {
            try transmitter.send(datagram, to: relay.front)
        }
        let status = try await relay.settled(received: 4)
        #expect(status.recordings.map(\.skipped) == [2, 2])
        try await eventually("the third is written") {
            await relay.daemon.status.recordings.allSatisfy { $0.bytes == packet(2).samples.count * 2 }
        }
        try await relay.stop()
        await receiver.close()
        await transmitter.close()
    }

    /// /dev/full takes nothing, as a full disk.
    @Test func aFullDiskEndsTheRecordingAndNothingElse() async throws {
        let directory = try TemporaryDirectory()
        let disk = WorkThread(name: "test")
        defer { disk.stop() }
        let tap = tap(directory)
        tap.record(packet(0).serialized())
        await tap.run(recording(), on: disk) { (_) throws(FileError) in try SampleFile(opening: "/dev/full", flags: 0) }
        #expect(tap.status.state == .failed)
        #expect(tap.status.bytes == 0)
        tap.record(packet(1).serialized())
        let metadata = try AtomicFile.read(directory.path + "/r.sigmf-meta")
        #expect(String(decoding: metadata, as: UTF8.self).contains("\"captures\":[]"))
    }

    @Test func aRecordingNeverReplacesAFile() async throws {
        let directory = try TemporaryDirectory()
        let disk = WorkThread(name: "test")
        defer { disk.stop() }
        try AtomicFile.write([7], to: directory.path + "/r.sigmf-data")
        let tap = tap(directory)
        await tap.run(recording(), on: disk)
        #expect(tap.status.state == .failed)
        #expect(try AtomicFile.read(directory.path + "/r.sigmf-data") == [7])
    }

    @Test func aDiskThatIsTooSlowLosesPacketsAndSaysSo() async throws {
        let directory = try TemporaryDirectory()
        let tap = tap(directory)
        for number in 0..<RecordingTap.backlog + 10 { tap.record(packet(number % 25_000).serialized()) }
        #expect(tap.status.dropped == 10)
    }
}
