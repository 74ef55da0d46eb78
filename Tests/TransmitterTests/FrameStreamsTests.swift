import Basics
import ControlAPI
import Foundation
import SemanticCoding
import Synchronization
import Testing
import Wire

@testable import Transmitter

/// Streams: a key, and the frames that go on from it.
struct FrameStreamsTests: TransmitterSuite {
    let fixture: TransmitterFixture

    init() throws { fixture = try TransmitterFixture() }

    private func send(_ photo: [UInt8], to id: String, at: Int = 0, _ client: ControlClient) async throws -> FrameFate {
        try await client.ask(.POST, "/v1/streams/\(id)/frames?at=\(at)", body: photo, as: FrameAnswer.self).fate
    }

    /// Sends a frame again and again until it leaves.
    private func goLive(_ id: String, _ client: ControlClient) async throws {
        var fate = FrameFate.starting
        while fate == .starting {
            fate = try await send([5], to: id, at: 1, client)
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(fate == .sent)
    }

    /// Frames wait for the key; then each is sent once, and goes on from the picture that the receiver has of it.
    @Test func framesFollowTheirKey() async throws {
        let codec = QuickEditor(holdsInversion: true)
        let seen = SeenSides()
        try await withDaemon(codec, sides: seen) { client in
            let begun: StreamRecord = try await client.ask(.POST, "/v1/streams?sentence=smile", body: [1, 2, 3])
            #expect(begun.state == .starting)
            #expect(try await send([4], to: begun.id, client) == .starting)
            codec.holdsInversion.store(false, ordering: .sequentiallyConsistent)
            try await goLive(begun.id, client)
            #expect(try await send([0], to: String(begun.id.prefix(8)), at: 70, client) == .noFace)
            #expect(try await send([9], to: begun.id, at: 140, client) == .sent)
            // The receiver's report is what the next codes are made for.
            var live: StreamRecord = begun
            while live.snrDecibels != 12.5 || live.frames[.sent] != 2 {
                try await Task.sleep(for: .milliseconds(5))
                live = try await client.ask(.GET, "/v1/streams/\(begun.id)")
            }
            #expect(live.state == .live && live.frames[.noFace] == 1 && live.frames[.starting, default: 0] >= 1)
            #expect(
                live.symbolsOnAir == 2 * (64 + 64)
                    && live.sideInformationBits == 2 * 8 * SideInformation.sealedFrameSize
            )
            let list: StreamList = try await client.ask(.GET, "/v1/streams")
            #expect(list.streams == [live])
            let over: StreamRecord = try await client.ask(.DELETE, "/v1/streams/\(begun.id)")
            #expect(over.state == .over && over.trouble == nil)
            await #expect(throws: ControlClientError.self) { try await send([9], to: begun.id, client) }
            // The key is a transfer like any other.
            let key: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(begun.id)")
            #expect(key.state == .acknowledged && key.edit?.attribute == "smiling")
        }
        let frames = seen.all.withLock { $0.filter { $0.frame != nil } }
        let first = try #require(frames.first?.frame?.number)
        #expect(
            frames.map(\.frame) == [.init(number: first, milliseconds: 1), .init(number: first + 2, milliseconds: 140)]
        )
        for side in frames {
            #expect(
                side.realCount == 128 && side.baseDigest == [UInt8](repeating: 0xAB, count: 8) && side.designSNR == 12
            )
        }
        #expect(codec.count("moving face") == 1)
    }

    /// Without a sentence the face is sent as it is; without a picture, or in a mode without streams, nothing is.
    @Test func aStreamNeedsNoSentence() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            let begun: StreamRecord = try await client.ask(.POST, "/v1/streams", body: [1, 2, 3])
            try await goLive(begun.id, client)
            let key: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(begun.id)")
            #expect(key.request == "as it is" && key.edit == nil && key.state == .acknowledged)
            for query in ["?mode=paper", "?symbols=64", "?sentence=", "?speed=1"] {
                await #expect(throws: ControlClientError.self, "\(query)") {
                    let _: StreamRecord = try await client.ask(.POST, "/v1/streams\(query)", body: [1])
                }
            }
            await #expect(throws: ControlClientError.self) {
                let _: StreamRecord = try await client.ask(.POST, "/v1/streams", body: [0])
            }
            for path in ["frames", "frames?at=-1", "frames?at=x", "frames?when=1"] {
                await #expect(throws: ControlClientError.self, "\(path)") {
                    let id = path == "frames" ? UUID().uuidString : begun.id
                    let _: FrameAnswer = try await client.ask(.POST, "/v1/streams/\(id)/\(path)", body: [1])
                }
            }
        }
        #expect(codec.count("edit") == 0)
    }

    /// A frame that comes while another is at work is dropped.
    @Test func framesNeverWait() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            let begun: StreamRecord = try await client.ask(.POST, "/v1/streams", body: [1, 2, 3])
            try await goLive(begun.id, client)
            codec.slowPhotosHold.store(true, ordering: .sequentiallyConsistent)
            let aligned = codec.count("align")
            let slow = Task {
                try await client.ask(
                    .POST,
                    "/v1/streams/\(begun.id)/frames",
                    body: QuickEditor.slowPhoto,
                    as: FrameAnswer.self
                ).fate
            }
            while codec.count("align") == aligned { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await send([7], to: begun.id, client) == .busy)
            codec.slowPhotosHold.store(false, ordering: .sequentiallyConsistent)
            #expect(try await slow.value == .sent)
            #expect(try await send([8], to: begun.id, client) == .sent)
        }
    }

    /// A receiver that has lost the key ends the stream, and says so; so does a key that fails.
    @Test func aStreamWithoutItsKeyIsOver() async throws {
        try await withDaemon(QuickEditor(), answer: { $0 == 1 ? .decoded : .baseMissing }) { client in
            let begun: StreamRecord = try await client.ask(.POST, "/v1/streams", body: [1, 2, 3])
            try await goLive(begun.id, client)
            var record = begun
            while record.state != .over {
                try await Task.sleep(for: .milliseconds(5))
                record = try await client.ask(.GET, "/v1/streams/\(begun.id)")
            }
            #expect(record.trouble?.contains("begin a new stream") == true)
        }
        try await withDaemon(QuickEditor(breaksEdits: true)) { client in
            let begun: StreamRecord = try await client.ask(.POST, "/v1/streams?sentence=smile", body: [1, 2, 3])
            let key = try await end(of: begun.id, client)
            #expect(key.state == .failed)
            await #expect(throws: ControlClientError.self) { try await send([5], to: begun.id, client) }
            let record: StreamRecord = try await client.ask(.GET, "/v1/streams/\(begun.id)")
            #expect(record.state == .over && record.trouble?.contains("broken on purpose") == true)
        }
    }

    @Test func thereAreNotMoreStreamsThanAMachineCanDo() async throws {
        let codec = QuickEditor(holdsInversion: true)
        try await withDaemon(codec) { client in
            var ids: [String] = []
            for _ in 0..<FrameStreams.most {
                ids.append(try await client.ask(.POST, "/v1/streams", body: [1, 2, 3], as: StreamRecord.self).id)
            }
            await #expect(throws: ControlClientError.self) {
                let _: StreamRecord = try await client.ask(.POST, "/v1/streams", body: [1, 2, 3])
            }
            let _: StreamRecord = try await client.ask(.DELETE, "/v1/streams/\(ids[0])")
            let _: StreamRecord = try await client.ask(.POST, "/v1/streams", body: [1, 2, 3])
        }
    }
}
