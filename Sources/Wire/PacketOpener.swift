import Crypto

/// Why a sealed packet was dropped. Nobody is told: an answer would help only an attacker.
package enum SealError: Error, Equatable, Sendable {
    /// Not a sealed packet of this profile.
    case malformed(WireError)
    case unsupportedVersion(UInt16)
    /// Sealed under a key that we do not hold.
    case unknownKey(UInt32)
    /// Wrong key or altered on the way.
    case notAuthentic
    /// Seen before, or too old to tell.
    case replayed
    /// Authentic, but the content breaks the rules: the sender has another version.
    case invalidContent(WireError)
}

/// A sealed packet that proved authentic.
package struct OpenedPacket: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case sideInformation(SideInformation)
        case report(TransferReport)
    }

    package let content: Content
    /// The key it was sealed under, which tells the peer; answers go under the same one.
    package let keyIdentifier: UInt32
    /// Whether another sender under the same key was forgotten to remember this one.
    package let displacedSender: Bool
}

/// Opens sealed packets: several keys, for each the replay windows of its senders.
package struct PacketOpener: Sendable {
    /// Keys whose windows are kept, those that were taken out included: a key may come back.
    private static let mostKeys = 2 * KeyRing.mostPeers

    private struct Keys: Sendable {
        let sideInformation: SymmetricKey
        let report: SymmetricKey
    }

    private var keys: [UInt32: Keys] = [:]
    private var senders: [UInt32: SenderWindows] = [:]

    /// - Parameter keys: all that are valid now; two of a peer during a rotation.
    package init(keys: [PreSharedKey]) {
        accept(keys)
    }

    /// From now on opens packets under these keys and no others; what was seen stays seen.
    package mutating func accept(_ keys: [PreSharedKey]) {
        self.keys = [:]
        for key in keys {
            self.keys[key.identifier] = Keys(
                sideInformation: key.derived(for: SealedContent.sideInformation.purpose),
                report: key.derived(for: SealedContent.report.purpose)
            )
        }
        if senders.count > Self.mostKeys { senders = senders.filter { self.keys[$0.key] != nil } }
    }

    /// Authenticates, checks for replay, decodes. A sequence number counts as seen once its packet was authentic.
    package mutating func open(_ datagram: [UInt8]) throws(SealError) -> OpenedPacket {
        let envelope = try Envelope(datagram)
        guard let keys = keys[envelope.keyIdentifier] else { throw .unknownKey(envelope.keyIdentifier) }
        let key = envelope.packetClass == .report ? keys.report : keys.sideInformation
        let plaintext: [UInt8]
        do {
            let box = try ChaChaPoly.SealedBox(
                nonce: ChaChaPoly.Nonce(data: envelope.nonce),
                ciphertext: envelope.ciphertext,
                tag: envelope.tag
            )
            plaintext = Array(try ChaChaPoly.open(box, using: key, authenticating: envelope.prefix))
        } catch {
            throw .notAuthentic
        }
        let admission = senders[envelope.keyIdentifier, default: SenderWindows()].admit(
            envelope.sequence,
            of: envelope.senderID
        )
        guard admission != .replayed else { throw .replayed }
        do throws(WireError) {
            let content: OpenedPacket.Content =
                switch envelope.packetClass {
                case .sideInformation: .sideInformation(try SideInformation(decoding: plaintext))
                case .report: .report(try TransferReport(decoding: plaintext))
                }
            return OpenedPacket(
                content: content,
                keyIdentifier: envelope.keyIdentifier,
                displacedSender: admission == .newInPlaceOfAnother
            )
        } catch {
            throw .invalidContent(error)
        }
    }

    /// The replay windows, to be written to the state directory.
    package var snapshot: ReplaySnapshot { ReplaySnapshot(keys: senders) }

    /// Continues with the windows of an earlier process, in which everything up to then counts as seen.
    ///
    /// - Parameter content: what is received: reports one by one, side information in copies.
    package mutating func restore(_ snapshot: ReplaySnapshot, of content: SealedContent) {
        if let windows = snapshot.ofAnyKey?.closed(group: content.groupSize) {
            for identifier in keys.keys { senders[identifier] = windows }
        }
        senders.merge(snapshot.keys.mapValues { $0.closed(group: content.groupSize) }) { $1 }
    }
}

/// The fields of a sealed packet before it is known to be authentic.
private struct Envelope {
    let packetClass: SealedContent
    let keyIdentifier: UInt32
    let senderID: UInt64
    let sequence: UInt64
    let nonce: [UInt8]
    let prefix: ArraySlice<UInt8>
    let ciphertext: ArraySlice<UInt8>
    let tag: ArraySlice<UInt8>

    init(_ datagram: [UInt8]) throws(SealError) {
        do throws(WireError) {
            let header = try PacketHeader(parsing: datagram)
            guard header.kind == .extensionData else { throw .packetType(header.kind.rawValue) }
            guard header.oui == PacketHeader.privateOUI, header.informationClass == 1,
                let packetClass = SealedContent(rawValue: header.packetClass)
            else {
                throw .packetClass(oui: header.oui, information: header.informationClass, packet: header.packetClass)
            }
            guard datagram.count >= SealedLayout.prefixSize + SealedLayout.tagSize else {
                throw .length(datagram.count)
            }
            self.packetClass = packetClass
        } catch {
            throw .malformed(error)
        }
        var version: UInt16 = 0
        do throws(WireError) {
            var reader = ByteReader(datagram[PacketHeader.size...])
            version = try reader.read()
            _ = try reader.read(UInt16.self)
            keyIdentifier = try reader.read()
            senderID = try reader.read()
            sequence = try reader.read()
            nonce = try reader.read(count: 12)
        } catch {
            throw .malformed(error)
        }
        guard version == SealedLayout.protocolVersion else { throw .unsupportedVersion(version) }
        prefix = datagram[..<SealedLayout.prefixSize]
        ciphertext = datagram[SealedLayout.prefixSize..<datagram.count - SealedLayout.tagSize]
        tag = datagram[(datagram.count - SealedLayout.tagSize)...]
    }
}
