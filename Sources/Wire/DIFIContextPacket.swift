/// A DIFI standard flow signal context packet: what the samples of a stream mean.
///
/// Read under any time stamp that DIFI allows, written under UTC and picoseconds.
package struct DIFIContextPacket: Sendable, Equatable {
    /// Signed 16-bit I/Q pairs.
    package static let int16PayloadFormat: UInt64 = 0xA000_03CF_0000_0000

    package var streamID: UInt32
    package var count: UInt8
    package var timestamp: DIFITimestamp
    /// True when something differs from the last context packet of this stream.
    package var changed: Bool
    package var bandwidthHz: Double
    package var intermediateFrequencyHz: Double
    package var radioFrequencyHz: Double
    package var intermediateOffsetHz: Double
    /// What the unit RMS is at full scale, in dB.
    package var scalingLevelDB: Double
    package var referenceLevelDBm: Double
    /// Stage 1 and stage 2.
    package var gainDB: [Double]
    package var sampleRateHz: Double
    package var payloadFormat: UInt64

    /// The context of one of our transmissions: baseband, −12 dBFS, int16.
    package init(streamID: UInt32, count: UInt8, timestamp: DIFITimestamp, sampleRateHz: Double) {
        self.streamID = streamID
        self.count = count & 0xF
        self.timestamp = timestamp
        changed = true
        bandwidthHz = sampleRateHz
        intermediateFrequencyHz = 0
        radioFrequencyHz = 0
        intermediateOffsetHz = 0
        scalingLevelDB = -12
        referenceLevelDBm = 0
        gainDB = [0, 0]
        self.sampleRateHz = sampleRateHz
        payloadFormat = Self.int16PayloadFormat
    }

    /// Whether a datagram calls itself a VITA-49 context packet, whatever is wrong with it.
    package static func claims(_ datagram: [UInt8]) -> Bool { datagram.first.map { $0 >> 4 } == 4 }

    package init(parsing datagram: [UInt8]) throws(WireError) {
        let header = try PacketHeader(parsing: datagram, dialect: .difi)
        try header.require(.context, packetClass: 1)
        guard datagram.count == 27 * 4 else { throw .length(datagram.count) }
        streamID = header.streamID
        count = header.count
        timestamp = header.timestamp
        var reader = ByteReader(datagram[PacketHeader.size...])
        let indicators: UInt32 = try reader.read()
        guard indicators & 0x7FFF_FFFF == Self.indicators else { throw .field("context indicator field 0") }
        changed = indicators >> 31 == 1
        let referencePoint: UInt32 = try reader.read()
        guard referencePoint == Self.referencePoint else { throw .field("reference point") }
        bandwidthHz = try Self.frequency(&reader)
        intermediateFrequencyHz = try Self.frequency(&reader)
        radioFrequencyHz = try Self.frequency(&reader)
        intermediateOffsetHz = try Self.frequency(&reader)
        scalingLevelDB = try Self.level(&reader)
        referenceLevelDBm = try Self.level(&reader)
        gainDB = [try Self.level(&reader), try Self.level(&reader)]
        gainDB.reverse()
        sampleRateHz = try Self.frequency(&reader)
        _ = try reader.read(count: 16)  // time stamp adjustment, calibration time, state and events
        payloadFormat = try reader.read()
    }

    /// The packet as a datagram of 27 words.
    package func serialized() -> [UInt8] {
        var writer = ByteWriter(capacity: 27 * 4)
        PacketHeader(kind: .context, count: count, streamID: streamID, packetClass: 1, timestamp: timestamp)
            .write(to: &writer, bodySize: 20 * 4)
        writer.write(Self.indicators | (changed ? 1 << 31 : 0))
        writer.write(Self.referencePoint)
        for hertz in [bandwidthHz, intermediateFrequencyHz, radioFrequencyHz, intermediateOffsetHz] {
            writer.write(Self.fixedPoint(hertz, fraction: 20, as: Int64.self))
        }
        for decibel in [scalingLevelDB, referenceLevelDBm] + gainDB.reversed() {
            writer.write(Self.fixedPoint(decibel, fraction: 7, as: Int16.self))
        }
        writer.write(Self.fixedPoint(sampleRateHz, fraction: 20, as: Int64.self))
        writer.write(UInt64(0))  // no time stamp adjustment
        writer.write(timestamp.seconds)  // the time stamps count from here
        writer.write(Self.validData)
        writer.write(payloadFormat)
        return writer.bytes
    }

    private static let indicators: UInt32 = 0x7BB9_8000
    private static let referencePoint: UInt32 = 0x64
    private static let validData: UInt32 = 1 << 30 | 1 << 18

    private static func fixedPoint<T: FixedWidthInteger>(_ value: Double, fraction: Int, as type: T.Type) -> T {
        T(exactly: (value * Double(1 << fraction)).rounded()) ?? (value > 0 ? .max : value < 0 ? .min : 0)
    }

    private static func frequency(_ reader: inout ByteReader) throws(WireError) -> Double {
        Double(try reader.read(Int64.self)) / Double(1 << 20)
    }

    private static func level(_ reader: inout ByteReader) throws(WireError) -> Double {
        Double(try reader.read(Int16.self)) / 128
    }
}
