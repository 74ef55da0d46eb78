/// A DIFI version flow signal context packet: which standard and which product speak on a stream.
///
/// Read as packet type 4, which the standard's later text has, or 5, which everybody sends, and under any time stamp that
/// DIFI allows; written as type 5, under UTC and picoseconds.
package struct DIFIVersionPacket: Sendable, Equatable {
    package var streamID: UInt32
    package var count: UInt8
    package var timestamp: DIFITimestamp
    package var changed: Bool
    /// Year since 2000 (7 bits), day of the year (9), revision (6), type (4), ICD version (6).
    package var versionInformation: UInt32

    package init(streamID: UInt32, count: UInt8, timestamp: DIFITimestamp) {
        self.streamID = streamID
        self.count = count & 0xF
        self.timestamp = timestamp
        changed = true
        versionInformation = 26 << 25 | 1 << 16 | 1 << 10 | 1 << 6
    }

    package init(parsing datagram: [UInt8]) throws(WireError) {
        let header = try PacketHeader(parsing: datagram, dialect: .difi)
        try header.require(
            header.kind == .context ? .context : .extensionContext,
            informationClass: 1,
            packetClass: 4
        )
        guard datagram.count == 11 * 4 else { throw .length(datagram.count) }
        streamID = header.streamID
        count = header.count
        timestamp = header.timestamp
        var reader = ByteReader(datagram[PacketHeader.size...])
        let indicators: UInt32 = try reader.read()
        guard indicators & 0x7FFF_FFFF == Self.indicators0 else { throw .field("context indicator field 0") }
        changed = indicators >> 31 == 1
        guard try reader.read(UInt32.self) == Self.indicators1 else { throw .field("context indicator field 1") }
        guard try reader.read(UInt32.self) == Self.vita49 else { throw .field("VITA-49 version") }
        versionInformation = try reader.read()
    }

    /// The packet as a datagram of 11 words.
    package func serialized() -> [UInt8] {
        var writer = ByteWriter(capacity: 11 * 4)
        PacketHeader(
            kind: .extensionContext,
            count: count,
            streamID: streamID,
            informationClass: 1,
            packetClass: 4,
            timestamp: timestamp
        ).write(to: &writer, bodySize: 4 * 4)
        writer.write(Self.indicators0 | (changed ? 1 << 31 : 0))
        writer.write(Self.indicators1)
        writer.write(Self.vita49)
        writer.write(versionInformation)
        return writer.bytes
    }

    private static let indicators0: UInt32 = 0x0000_0002  // field 1 follows
    private static let indicators1: UInt32 = 0x0000_000C  // VITA-49 version and version information
    private static let vita49: UInt32 = 4
}
