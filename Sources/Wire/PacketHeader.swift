/// The seven words every packet of the profile begins with (VITA-49.2, section 5.1; DIFI 1.1).
///
/// All have a stream id, a class id, UTC seconds and picoseconds.
struct PacketHeader: Equatable {
    /// VITA-49 packet types.
    enum Kind: UInt8 {
        case data = 1
        case extensionData = 3
        case context = 4
        case extensionContext = 5

        var isContext: Bool { self == .context || self == .extensionContext }
    }

    static let difiOUI: UInt32 = 0x6A621E
    /// Ours: locally administered, so it belongs to no organisation.
    static let privateOUI: UInt32 = 0x02ED5C
    static let size = 28

    var kind: Kind
    /// Modulo 16, per stream and kind.
    var count: UInt8
    var streamID: UInt32
    var oui: UInt32
    var informationClass: UInt16
    var packetClass: UInt16
    var timestamp: DIFITimestamp

    /// Writes the header of a packet of `bodySize` bytes after it.
    ///
    /// - Precondition: `bodySize` is a multiple of 4 and the packet has fewer than 65,536 words.
    func write(to writer: inout ByteWriter, bodySize: Int) {
        precondition(bodySize.isMultiple(of: 4) && bodySize / 4 + 7 <= Int(UInt16.max), "packets are whole words")
        var first = UInt32(kind.rawValue) << 28 | 1 << 27  // class id present
        first |= kind.isContext ? 1 << 24 : 0  // TSM: the time stamp is of general timing
        first |= 1 << 22 | 2 << 20  // TSI: UTC, TSF: picoseconds
        first |= UInt32(count & 0xF) << 16
        first |= UInt32(bodySize / 4 + 7)
        writer.write(first)
        writer.write(streamID)
        writer.write(oui)
        writer.write(informationClass)
        writer.write(packetClass)
        writer.write(timestamp.seconds)
        writer.write(timestamp.picoseconds)
    }

    /// Reads a header and checks that the datagram is exactly as long as it says.
    init(parsing datagram: [UInt8]) throws(WireError) {
        guard datagram.count >= Self.size, datagram.count.isMultiple(of: 4) else { throw .length(datagram.count) }
        var reader = ByteReader(datagram[...])
        let first: UInt32 = try reader.read()
        guard let kind = Kind(rawValue: UInt8(first >> 28)) else { throw .packetType(UInt8(first >> 28)) }
        let flags = first >> 24 & 0xF
        guard flags == (kind.isContext ? 0b1001 : 0b1000) else { throw .field("header flags") }
        guard first >> 20 & 0xF == 0b0110 else { throw .field("time stamp kind") }
        guard Int(first & 0xFFFF) * 4 == datagram.count else { throw .length(datagram.count) }
        self.kind = kind
        count = UInt8(first >> 16 & 0xF)
        streamID = try reader.read()
        let second: UInt32 = try reader.read()
        guard second >> 24 == 0 else { throw .field("pad bit count") }
        oui = second
        informationClass = try reader.read()
        packetClass = try reader.read()
        let seconds: UInt32 = try reader.read()
        let picoseconds: UInt64 = try reader.read()
        guard picoseconds < DIFITimestamp.picosecondsPerSecond else { throw .field("picoseconds") }
        timestamp = DIFITimestamp(seconds: seconds, picoseconds: picoseconds)
    }

    init(
        kind: Kind,
        count: UInt8,
        streamID: UInt32,
        oui: UInt32 = difiOUI,
        informationClass: UInt16 = 0,
        packetClass: UInt16 = 0,
        timestamp: DIFITimestamp
    ) {
        self.kind = kind
        self.count = count & 0xF
        self.streamID = streamID
        self.oui = oui
        self.informationClass = informationClass
        self.packetClass = packetClass
        self.timestamp = timestamp
    }

    /// Checks type and class.
    func require(
        _ kind: Kind,
        oui: UInt32 = difiOUI,
        informationClass: UInt16 = 0,
        packetClass: UInt16 = 0
    ) throws(WireError) {
        guard self.kind == kind else { throw .packetType(self.kind.rawValue) }
        guard self.oui == oui, self.informationClass == informationClass, self.packetClass == packetClass else {
            throw .packetClass(oui: self.oui, information: self.informationClass, packet: self.packetClass)
        }
    }
}

/// What a datagram is, by its header alone.
public enum WirePacketKind: Sendable, Equatable {
    /// DIFI signal data.
    case data
    /// DIFI standard flow context.
    case context
    /// DIFI version flow context.
    case version
    /// Ours: side information or a report, sealed.
    case sealed

    /// Nil for anything that is not a packet of the profile.
    public static func classify(_ datagram: [UInt8]) -> WirePacketKind? {
        guard let header = try? PacketHeader(parsing: datagram) else { return nil }
        return switch (header.kind, header.oui, header.informationClass, header.packetClass) {
        case (.data, PacketHeader.difiOUI, 0, 0): .data
        case (.context, PacketHeader.difiOUI, 0, 1): .context
        case (.extensionContext, PacketHeader.difiOUI, 1, 4): .version
        case (.extensionData, PacketHeader.privateOUI, 1, 1...2): .sealed
        default: nil
        }
    }
}
