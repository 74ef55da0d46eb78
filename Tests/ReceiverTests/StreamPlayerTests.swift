import Basics
import ControlAPI
import Foundation
import Imaging
import ServiceKit
import Synchronization
import Testing
import Wire

@testable import Receiver

/// Frames of streams, through the daemon.
extension ReceiverDaemonTests {
    private var client: ControlClient { ControlClient(socket: directory.path + "/rx.sock", daemon: "rx-daemon") }

    private func stream(_ id: UUID) async throws -> StreamReception {
        try await client.ask(.GET, "/v1/streams/\(id.uuidString.lowercased())")
    }

    /// Waits until a stream is as it should be.
    private func stream(_ id: UUID, is fit: (StreamReception) -> Bool) async throws -> StreamReception {
        var record = try? await stream(id)
        while record.map(fit) != true {
            try await Task.sleep(for: .milliseconds(10))
            record = try? await stream(id)
        }
        return try #require(record)
    }

    private func frame(_ number: UInt32, at milliseconds: UInt32) -> SideInformation.Frame {
        .init(number: number, milliseconds: milliseconds)
    }

    /// Each frame is drawn from what is known of the key, shown when it is due, and kept; what comes too late is not.
    @Test func framesAreShownInTime() async throws {
        let decoder = QuickDecoder(goesOn: true)
        let name = id.uuidString.lowercased()
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id)
            let key = try await transmitter.report().resultDigest
            let known = decoder.lastValues.withLock { $0 }
            await refused(404) { try await client.bytes(.GET, "/v1/streams/\(name)") }
            let began = ContinuousClock.now
            try transmitter.send(id, base: key, frame: frame(0, at: 0), reals: 128)
            let report = try await transmitter.report()
            #expect(report.status == .decoded && report.transferID == id && report.estimatedSNRDB > 20)
            #expect(decoder.lastBase.withLock { $0?.code } == known && decoder.lastValues.withLock { $0.count } == 128)
            await refused(404) { try await client.bytes(.GET, "/v1/streams/\(name)/picture") }
            // Out of order: shown in theirs, as each was taken so long after the first.
            try transmitter.send(id, base: key, frame: frame(3, at: 300), reals: 128)
            _ = try await stream(id) { $0.received == 2 }
            try transmitter.send(id, base: key, frame: frame(2, at: 150), reals: 128)
            let shown = try await stream(id) { $0.shown == 3 }
            #expect(ContinuousClock.now - began > .milliseconds(550))
            #expect(
                shown.missing == 1 && shown.late == 0 && shown.failed == 0 && !shown.isOver && shown.peer == "studio"
            )
            // Of an earlier number than is shown.
            try transmitter.send(id, base: key, frame: frame(1, at: 75), reals: 128)
            let late = try await stream(id) { $0.received == 4 }
            #expect(late.late == 1 && late.missing == 0 && late.shown == 3)
            // A frame of a known stream is checked as any transmission is.
            try transmitter.send(id, edge: 77, base: key, frame: frame(4, at: 600), reals: 128)
            #expect(try await stream(id) { $0.received == 5 && $0.failed == 1 }.shown == 3)
            let list: StreamReceptionList = try await client.ask(.GET, "/v1/streams")
            #expect(list.streams.map(\.id) == [name])
            let latest = try await client.bytes(.GET, "/v1/streams/\(name)/picture")
            #expect(try PictureFile.decode(latest).width == 128)
            var splitter = PictureSplitter()
            let recorded = try splitter.take(AtomicFile.read("\(directory.path)/results/streams/\(name).mjpeg"))
            #expect(recorded.count == 3 && recorded.last == latest && !splitter.hasRest)
            // The transfer itself is as it was.
            #expect(try await client.ask(.GET, "/v1/receptions", as: ReceptionList.self).receptions.count == 1)
        }
    }

    /// A frame of a key that is not here is asked for no more than once a second; a stranger's is none of the stream's.
    @Test func aFrameWithoutItsKeyIsReported() async throws {
        let van = try PreSharedKey(bytes: Array(1...32))
        let ring = try KeyRing([.init(name: "studio", keys: [key]), .init(name: "van", keys: [van])])
        let decoder = QuickDecoder(goesOn: true)
        try await withDaemon(decoder, keys: ring) { transmitter in
            let lost = [UInt8](repeating: 3, count: 32)
            for number in 0..<3 {
                try transmitter.send(id, base: lost, frame: frame(UInt32(number), at: 0), reals: 128)
            }
            #expect(try await transmitter.report().status == .baseMissing)
            let failed = try await stream(id) { $0.failed == 3 }
            #expect(failed.shown == 0)
            let whole = UUID()
            try transmitter.send(whole)
            let next = try await transmitter.report()
            #expect(next.transferID == whole && next.status == .decoded)
            let stranger = try await TestTransmitter(key: van, port: transmitter.port, senderID: 30)
            try stranger.send(id, base: next.resultDigest, frame: frame(9, at: 0), reals: 128)
            try stranger.send(UUID())
            #expect(try await stranger.report().status == .decoded)
            #expect(try await stream(id).received == 3)
            await stranger.close()
        }
    }

    /// `delay_ms` of `[stream]`, as Config/rx-daemon.toml explains it.
    @Test func theDelayIsConfigured() throws {
        func configuration(_ lines: String) throws -> ReceiverConfiguration {
            let text = """
                models = "unused"
                results = "unused"
                [[peers]]
                name = "studio"
                keys = ["key"]
                [link]
                listen = "127.0.0.1:0"
                \(lines)
                """
            return try ConfigurationFile.decode(ReceiverConfiguration.self, text: text, path: "test")
        }
        #expect(try configuration("").stream.delayMilliseconds == 300)
        #expect(try configuration("[stream]\ndelay_ms = 80").stream.delay == .milliseconds(80))
        for lines in ["delay_ms = 19", "delay_ms = 5001", "delay_ms = \"long\"", "delay = 80"] {
            #expect(throws: (any Error).self, "\(lines)") {
                let found = try configuration("[stream]\n\(lines)")
                if let complaint = found.complaint { throw Complaint(complaint) }
            }
        }
    }

    private struct Complaint: Error {
        init(_: String) {}
    }

    /// Who looks on gets each picture as it is shown.
    @Test func picturesAreHandedOnAsTheyAreShown() async throws {
        let name = id.uuidString.lowercased()
        try await withDaemon(QuickDecoder(goesOn: true)) { transmitter in
            try transmitter.send(id)
            let key = try await transmitter.report().resultDigest
            try transmitter.send(id, base: key, frame: frame(0, at: 0), reals: 128)
            _ = try await stream(id) { $0.shown == 1 }
            let received = Pieces()
            let looking = Task { [client] in
                try await client.pieces(.GET, "/v1/streams/\(name)/live") { received.add($0) }
            }
            func count() -> Int {
                String(decoding: received.all, as: UTF8.self).components(separatedBy: "--picture").count - 1
            }
            while count() < 1 { try await Task.sleep(for: .milliseconds(10)) }
            for number in 1...3 {
                let frame = frame(UInt32(number), at: UInt32(number * 400))
                try transmitter.send(id, base: key, frame: frame, reals: 128)
                _ = try await stream(id) { $0.shown == number + 1 }
                while count() < number + 1 { try await Task.sleep(for: .milliseconds(10)) }
            }
            looking.cancel()
        }
    }
}

/// Bytes as they come.
private final class Pieces: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var all: [UInt8] { bytes.withLock { $0 } }

    func add(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
}
