import FoundationEssentials
import Testing

@testable import Wire

@Suite struct SigMFRecordingTests {
    private let rate: UInt32 = 1_000_000

    private func packet(
        _ first: UInt64,
        count: Int = 40,
        stream: UInt32 = 3,
        second: UInt32 = startSecond
    ) -> DIFIDataPacket {
        DIFIDataPacket(
            streamID: stream,
            count: 0,
            timestamp: .ofSample(first, rate: rate, startSecond: second),
            samples: (0..<2 * count).map { Int16($0) - 40 }
        )
    }

    private func recording(limit: Int = 1 << 20) -> SigMFRecording {
        SigMFRecording(sampleRate: rate, description: "a \"test\"", byteLimit: limit)
    }

    private struct Document: Decodable {
        struct Capture: Decodable, Equatable {
            let start, index: Int?
            let time: String
            let stream: UInt32

            enum CodingKeys: String, CodingKey {
                case start = "core:sample_start"
                case index = "core:global_index"
                case time = "core:datetime"
                case stream = "difi:stream_id"
            }
        }

        let global: [String: Value]
        let captures: [Capture]
        let annotations: [Capture]
    }

    private enum Value: Decodable, Equatable {
        case text(String), number(Double), other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .other
            }
        }
    }

    private func document(_ recording: SigMFRecording) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(recording.metadata()))
    }

    @Test func aGapACopyAndAnotherStreamBeginSegments() throws {
        var recording = recording()
        for first: UInt64 in [0, 40, 120, 120, 80, 120] { recording.append(packet(first)) }
        recording.append(packet(160, stream: 4))
        recording.append(packet(200, stream: 4))
        recording.append(packet(240, stream: 4, second: startSecond + 1))
        let captures = try document(recording).captures
        let base = Int(startSecond) * 1_000_000
        #expect(captures.map(\.start) == [0, 80, 120, 160, 240, 320])
        #expect(captures.map(\.index) == [0, 120, 120, 80, 160, 1_000_240].map { base + $0 })
        #expect(captures.map(\.stream) == [3, 3, 3, 3, 4, 4])
        #expect(captures[1].time == "2026-11-18T11:06:40.000120000000Z")
        #expect(recording.sampleCount == 360)
    }

    @Test func samplesThatAreTakenBackTakeTheirSegmentsAlong() throws {
        var recording = recording()
        for first: UInt64 in [0, 80, 160] { recording.append(packet(first)) }
        recording.truncate(to: 200)
        #expect(recording.sampleCount == 120)
        recording.truncate(to: 80)
        #expect(try document(recording).captures.map(\.start) == [0, 40])
        recording.append(packet(120))
        #expect(try document(recording).captures.map(\.start) == [0, 40, 80])
        recording.truncate(to: 10)
        #expect(try document(recording).captures.map(\.start) == [0])
        #expect(recording.sampleCount == 10)
    }

    @Test func whatIsSaidOfAllSamples() throws {
        let document = try document(recording())
        #expect(document.global["core:datatype"] == .text("ci16_be"))
        #expect(document.global["core:version"] == .text("1.2.0"))
        #expect(document.global["core:sample_rate"] == .number(1e6))
        #expect(document.global["core:num_channels"] == .number(1))
        #expect(document.global["core:description"] == .text("a \"test\""))
        #expect(document.captures.isEmpty && document.annotations.isEmpty)
    }

    @Test func aPacketOffTheGridIsASegmentWithoutAPlace() throws {
        var recording = recording()
        var off = packet(0)
        off.timestamp.picoseconds = 500_000
        recording.append(off)
        recording.append(off)
        let captures = try document(recording).captures
        #expect(captures.map(\.index) == [nil, nil])
        #expect(captures.map(\.start) == [0, 40])
        #expect(captures[0].time.hasSuffix(".000000500000Z"))
    }

    @Test func dataAreTheBytesOfThePacket() {
        let packet = packet(0, count: 3)
        #expect(SigMFRecording.data(of: packet) == Array(packet.serialized()[28...]))
    }

    /// Segments cost most: they are counted, so that neither many packets nor many segments pass the limit.
    @Test(arguments: [40, 13], [1, 40])
    func staysWithinItsLimit(step: Int, count: Int) throws {
        let limit = 40_000
        var recording = recording(limit: limit)
        var packets = 0
        while recording.hasRoom(for: packet(UInt64(packets * step), count: count)), packets < 100_000 {
            recording.append(
                packet(UInt64(packets * step) % 1_000_000, count: count, stream: .max, second: .max - 1)
            )
            packets += 1
        }
        let bytes = try recording.sampleCount * 4 + recording.metadata().count
        #expect(bytes <= limit)
        #expect(bytes > limit / 3)
    }
}
