/// Why a datagram or a value does not fit the air interface.
package enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Shorter than its header, or than its own size field says, or longer.
    case length(Int)
    /// Not the packet type that was asked for, or one we do not know.
    case packetType(UInt8)
    /// Another organisation's packet, or another class of ours.
    case packetClass(oui: UInt32, information: UInt16, packet: UInt16)
    /// A header flag, time stamp kind or field value that the profile excludes.
    case field(String)
    /// A value that is out of range.
    case outOfRange(String)

    package var description: String {
        switch self {
        case .length(let count): "\(count) bytes are not the length of such a packet"
        case .packetType(let type): "packet type \(type) is not expected here"
        case .packetClass(let oui, let information, let packet):
            "OUI 0x\(String(oui, radix: 16)), classes \(information)/\(packet) are not expected here"
        case .field(let name): "\(name) has a value that the profile excludes"
        case .outOfRange(let reason): reason
        }
    }
}
