/// The seven words every packet of the profile begins with (VITA-49.2, section 5.1; DIFI 1.1).
///
/// All have a stream id, a class id, seconds and a fraction: in our own packets of UTC, in picoseconds.
struct PacketHeader: Equatable {
    /// VITA-49 packet types.
    enum Kind: UInt8 {
        case data = 1
        case extensionData = 3
        case context = 4
        case extensionContext = 5

        var isContext: Bool { self == .context || self == .extensionContext }
    }

    /// How a packet tells the time.
    struct Clock: Equatable {
        enum Seconds: UInt32 {
            case utc = 1
            case gps = 2
            /// VITA-49's "other": POSIX time in DIFI 1.2.
            case posix = 3
        }

        enum Fraction: UInt32 {
            /// Samples since the second began.
            case sampleCount = 1
            case picoseconds = 2
        }

        static let own = Clock(seconds: .utc, fraction: .picoseconds)

        let seconds: Seconds
        let fraction: Fraction
    }

    /// Which packets a reader takes.
    enum Dialect {
        /// Such as we send.
        case own
        /// All that DIFI allows.
        case difi
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
    /// At the end of a data packet's last word, 0 to 31.
    var padBits: UInt8 = 0
    var clock = Clock.own
    var seconds: UInt32
    /// Below 10¹² when it counts picoseconds.
    var fraction: UInt64

    /// The time in picoseconds; of the second alone where samples are counted.
    var timestamp: DIFITimestamp {
        DIFITimestamp(seconds: seconds, picoseconds: clock.fraction == .picoseconds ? fraction : 0)
    }

    /// Writes the header of a packet of `bodySize` bytes after it.
    ///
    /// - Precondition: `bodySize` is a multiple of 4 and the packet has fewer than 65,536 words.
    func write(to writer: inout ByteWriter, bodySize: Int) {
        precondition(bodySize.isMultiple(of: 4) && bodySize / 4 + 7 <= Int(UInt16.max), "packets are whole words")
        var first = UInt32(kind.rawValue) << 28 | 1 << 27  // class id present
        first |= kind.isContext ? 1 << 24 : 0  // TSM: the time stamp is of general timing
        first |= clock.seconds.rawValue << 22 | clock.fraction.rawValue << 20  // TSI and TSF
        first |= UInt32(count & 0xF) << 16
        first |= UInt32(bodySize / 4 + 7)
        writer.write(first)
        writer.write(streamID)
        writer.write(UInt32(padBits) << 27 | oui)
        writer.write(informationClass)
        writer.write(packetClass)
        writer.write(seconds)
        writer.write(fraction)
    }

    /// Reads a header and checks that the datagram is exactly as long as it says.
    init(parsing datagram: [UInt8], dialect: Dialect = .own) throws(WireError) {
        guard datagram.count >= Self.size, datagram.count.isMultiple(of: 4) else { throw .length(datagram.count) }
        var reader = ByteReader(datagram[...])
        let first: UInt32 = try reader.read()
        guard let kind = Kind(rawValue: UInt8(first >> 28)) else { throw .packetType(UInt8(first >> 28)) }
        let flags = first >> 24 & 0xF
        guard flags == (kind.isContext ? 0b1001 : 0b1000) else { throw .field("header flags") }
        guard let wholes = Clock.Seconds(rawValue: first >> 22 & 3),
            let parts = Clock.Fraction(rawValue: first >> 20 & 3)
        else { throw .field("time stamp kind") }
        clock = Clock(seconds: wholes, fraction: parts)
        guard dialect == .difi || clock == .own else { throw .field("time stamp kind") }
        guard Int(first & 0xFFFF) * 4 == datagram.count else { throw .length(datagram.count) }
        self.kind = kind
        count = UInt8(first >> 16 & 0xF)
        streamID = try reader.read()
        let second: UInt32 = try reader.read()
        padBits = UInt8(second >> 27)
        guard second >> 24 & 7 == 0, padBits == 0 || dialect == .difi && kind == .data else {
            throw .field("pad bit count")
        }
        oui = second & 0xFF_FFFF
        informationClass = try reader.read()
        packetClass = try reader.read()
        seconds = try reader.read()
        fraction = try reader.read()
        guard clock.fraction != .picoseconds || fraction < DIFITimestamp.picosecondsPerSecond else {
            throw .field("picoseconds")
        }
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
        seconds = timestamp.seconds
        fraction = timestamp.picoseconds
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
package enum WirePacketKind: Sendable, Equatable {
    /// DIFI signal data such as we send.
    case data
    /// DIFI standard flow context.
    case context
    /// DIFI version flow context, of either packet type.
    case version
    /// Ours: side information or a report, sealed.
    case sealed

    /// Nil for anything that is not a packet of the profile.
    package static func classify(_ datagram: [UInt8]) -> WirePacketKind? {
        guard let header = try? PacketHeader(parsing: datagram, dialect: .difi) else { return nil }
        let isOwn = header.clock == .own && header.padBits == 0
        return switch (header.kind, header.oui, header.informationClass, header.packetClass) {
        case (.data, PacketHeader.difiOUI, 0, 0): isOwn ? .data : nil
        case (.context, PacketHeader.difiOUI, 0, 1): .context
        case (.context, PacketHeader.difiOUI, 1, 4), (.extensionContext, PacketHeader.difiOUI, 1, 4): .version
        case (.extensionData, PacketHeader.privateOUI, 1, 1...2): isOwn ? .sealed : nil
        default: nil
        }
    }
}
