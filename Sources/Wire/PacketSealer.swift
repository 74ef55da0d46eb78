import Crypto

/// The layout of a sealed packet: an extension data packet with our OUI whose body is
///
///     protocol version 16 | 0 16 | key id 32 | sender id 64 | sequence 64 | nonce 96 | ciphertext | tag 128
///
/// sealed with ChaCha20-Poly1305 (RFC 8439). Everything before the ciphertext, the packet header included, is
/// associated data. Each packet class has a key of its own, derived from the shared one.
enum SealedLayout {
    static let protocolVersion: UInt16 = 2
    static let tagSize = 16
    /// Bytes of associated data.
    static let prefixSize = PacketHeader.size + 2 + 2 + 4 + 8 + 8 + 12
}

/// What a sealed packet holds; its packet class on the wire.
package enum SealedContent: UInt16, Sendable, CaseIterable {
    case sideInformation = 1
    case report = 2

    var purpose: String {
        switch self {
        case .sideInformation: "side information"
        case .report: "report"
        }
    }

    /// The copies of one packet have their numbers in one group, which begins at a multiple of its size.
    var groupSize: UInt64 {
        switch self {
        case .sideInformation: 4
        case .report: 1
        }
    }
}

/// Seals packets under one key. A sending process has one and keeps it: no sequence number may be used twice.
package struct PacketSealer: Sendable {
    private var keyIdentifier: UInt32
    private var sideInformationKey: SymmetricKey
    private var reportKey: SymmetricKey
    private let senderID: UInt64
    private var reportCount: UInt8
    /// The sequence number of the next packet.
    package private(set) var nextSequence: UInt64

    /// - Parameters:
    ///   - senderID: random, and kept over restarts: receivers hold one replay window for each.
    ///   - firstSequence: above every number this sender has used; `unix seconds << 32` after a restart.
    package init(key: PreSharedKey, senderID: UInt64, firstSequence: UInt64) {
        self.init(key: key, senderID: senderID, firstSequence: firstSequence, reportCount: 0)
    }

    private init(key: PreSharedKey, senderID: UInt64, firstSequence: UInt64, reportCount: UInt8) {
        keyIdentifier = key.identifier
        sideInformationKey = key.derived(for: SealedContent.sideInformation.purpose)
        reportKey = key.derived(for: SealedContent.report.purpose)
        self.senderID = senderID
        nextSequence = firstSequence
        self.reportCount = reportCount
    }

    /// Seals under `key` from now on; the numbers go on.
    package mutating func use(_ key: PreSharedKey) {
        guard key.identifier != keyIdentifier else { return }
        self = PacketSealer(key: key, senderID: senderID, firstSequence: nextSequence, reportCount: reportCount)
    }

    /// Numbers from here on belong to a new group of copies of side information.
    mutating func beginGroup() {
        let last = SealedContent.sideInformation.groupSize - 1
        nextSequence = (nextSequence &+ last) & ~last
    }

    /// A report as a datagram ready to be sent.
    package mutating func seal(_ report: TransferReport, streamID: UInt32, at timestamp: DIFITimestamp) -> [UInt8] {
        defer { reportCount = (reportCount + 1) & 0xF }
        return seal(report.encoded(), as: .report, streamID: streamID, count: reportCount, at: timestamp)
    }

    mutating func seal(
        _ side: SideInformation,
        streamID: UInt32,
        count: UInt8,
        at timestamp: DIFITimestamp
    ) -> [UInt8] {
        seal(side.encoded(), as: .sideInformation, streamID: streamID, count: count, at: timestamp)
    }

    mutating func seal(
        _ plaintext: [UInt8],
        as packetClass: SealedContent,
        streamID: UInt32,
        count: UInt8,
        at timestamp: DIFITimestamp
    ) -> [UInt8] {
        let bodySize = SealedLayout.prefixSize - PacketHeader.size + plaintext.count + SealedLayout.tagSize
        var writer = ByteWriter(capacity: PacketHeader.size + bodySize)
        PacketHeader(
            kind: .extensionData,
            count: count,
            streamID: streamID,
            oui: PacketHeader.privateOUI,
            informationClass: 1,
            packetClass: packetClass.rawValue,
            timestamp: timestamp
        ).write(to: &writer, bodySize: bodySize)
        writer.write(SealedLayout.protocolVersion)
        writer.write(UInt16(0))
        writer.write(keyIdentifier)
        writer.write(senderID)
        writer.write(nextSequence)
        nextSequence &+= 1
        let nonce = ChaChaPoly.Nonce()
        writer.write(Array(nonce))
        let key = packetClass == .report ? reportKey : sideInformationKey
        do {
            let box = try ChaChaPoly.seal(plaintext, using: key, nonce: nonce, authenticating: writer.bytes)
            writer.write(Array(box.ciphertext) + Array(box.tag))
        } catch {
            // The only documented failures are a key or nonce of the wrong size; both are fixed by their types.
            preconditionFailure("ChaCha20-Poly1305 refused a 256-bit key: \(error)")
        }
        return writer.bytes
    }
}

extension SideInformation {
    /// Bytes of one copy on its way.
    package static let sealedSize = SealedLayout.prefixSize + encodedSize + SealedLayout.tagSize
    /// The same for a frame of a stream.
    package static let sealedFrameSize = sealedSize + frameSize
}
