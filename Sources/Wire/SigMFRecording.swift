import FoundationEssentials

/// The metadata of a SigMF 1.2 recording of data packets, and the bytes of their samples.
///
/// Pure: whoever writes the files asks whether there is room for a packet, writes `data(of:)` to the `.sigmf-data` file,
/// appends the packet, and in the end writes `metadata()` to the `.sigmf-meta` file. A capture segment begins wherever
/// the samples do not continue those before, so that lost, doubled and overtaken packets can be told.
package struct SigMFRecording: Sendable {
    /// Big-endian I, Q, I, Q… as in the packets; `>i2` for NumPy.
    static let dataType = "ci16_be"
    /// What the metadata take at most, in bytes: without segments, and each segment.
    private static let (headSize, captureSize) = (1024, 256)

    private let sampleRate: UInt32
    private let description: String
    private let byteLimit: Int
    private var captures: [Capture] = []
    private var next: Position?
    /// Complex samples appended.
    package private(set) var sampleCount = 0

    /// - Parameters:
    ///   - sampleRate: in Hz, of all packets.
    ///   - description: for people.
    ///   - byteLimit: most bytes of both files together.
    package init(sampleRate: UInt32, description: String, byteLimit: Int) {
        self.sampleRate = sampleRate
        self.description = description
        self.byteLimit = byteLimit
    }

    /// Whether the files stay within the limit with this packet.
    package func hasRoom(for packet: DIFIDataPacket) -> Bool {
        let bytes = sampleCount * 4 + packet.samples.count * 2
        return bytes + Self.headSize + (captures.count + 1) * Self.captureSize <= byteLimit
    }

    /// A packet's samples as they stand in the data file.
    package static func data(of packet: DIFIDataPacket) -> [UInt8] {
        var writer = ByteWriter(capacity: packet.samples.count * 2)
        for sample in packet.samples { writer.write(sample) }
        return writer.bytes
    }

    /// Notes a packet whose samples were written. One off the sample grid begins a segment of its own.
    package mutating func append(_ packet: DIFIDataPacket) {
        let index = packet.timestamp.sampleIndex(rate: sampleRate)
        let position = index.map {
            Position(stream: packet.streamID, index: UInt64(packet.timestamp.seconds) * UInt64(sampleRate) + $0)
        }
        if position == nil || position != next {
            captures.append(
                Capture(
                    sampleStart: sampleCount,
                    globalIndex: position?.index,
                    dateTime: Self.dateTime(packet.timestamp),
                    streamID: packet.streamID
                )
            )
        }
        let count = packet.samples.count / 2
        sampleCount += count
        next = position.map { Position(stream: $0.stream, index: $0.index + UInt64(count)) }
    }

    /// Forgets all samples from `count` on: they are taken back from the data file, too.
    package mutating func truncate(to count: Int) {
        guard count < sampleCount else { return }
        captures.removeAll { $0.sampleStart >= count }
        sampleCount = count
        next = nil
    }

    /// The content of the `.sigmf-meta` file.
    package func metadata() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            global: Global(sampleRate: sampleRate, description: description),
            captures: captures
        )
        return Array(try encoder.encode(document))
    }

    /// RFC 3339 with picoseconds.
    private static func dateTime(_ time: DIFITimestamp) -> String {
        let whole = Date(timeIntervalSince1970: Double(time.seconds)).formatted(.iso8601)
        let fraction = String(time.picoseconds)
        return "\(whole.dropLast()).\(String(repeating: "0", count: 12 - fraction.count))\(fraction)Z"
    }

    /// A sample's place: its index counts from 1970 on at the sample rate.
    private struct Position: Equatable {
        let stream: UInt32
        let index: UInt64
    }

    private struct Document: Encodable {
        let global: Global
        let captures: [Capture]
        let annotations: [Never] = []

        private enum CodingKeys: String, CodingKey { case global, captures, annotations }
    }

    private struct Global: Encodable {
        let dataType = SigMFRecording.dataType
        let version = "1.2.0"
        let sampleRate: UInt32
        let channels = 1
        let description: String
        let recorder = "editable-deepsc snr-relay"
        let extensions = [Extension()]
        let unitRMS = DIFIDataPacket.unitRMS

        private enum CodingKeys: String, CodingKey {
            case dataType = "core:datatype"
            case version = "core:version"
            case sampleRate = "core:sample_rate"
            case channels = "core:num_channels"
            case description = "core:description"
            case recorder = "core:recorder"
            case extensions = "core:extensions"
            case unitRMS = "difi:unit_rms"
        }
    }

    private struct Extension: Encodable {
        let name = "difi"
        let version = "1.0.0"
        let optional = true
    }

    private struct Capture: Encodable {
        let sampleStart: Int
        /// Nil off the sample grid.
        let globalIndex: UInt64?
        let dateTime: String
        let streamID: UInt32

        private enum CodingKeys: String, CodingKey {
            case sampleStart = "core:sample_start"
            case globalIndex = "core:global_index"
            case dateTime = "core:datetime"
            case streamID = "difi:stream_id"
        }
    }
}
