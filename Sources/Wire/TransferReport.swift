import FoundationEssentials

/// The receiver's answer to a transmission. Travels sealed.
package struct TransferReport: Sendable, Equatable, Codable {
    package enum Status: UInt8, Sendable, Codable, CaseIterable {
        /// The picture is stored.
        case decoded = 0
        /// Too much was lost: send it again.
        case repeatRequested = 1
        /// It will never work (other models, for example): do not send it again.
        case refused = 2
        /// The receiver failed while decoding.
        case failed = 3
    }

    static let encodedSize = 264
    private static let noteSize = 200

    package let transferID: UUID
    package let attempt: UInt16
    package let status: Status
    /// Es/N0 in dB; finite.
    package let estimatedSNRDB: Float
    package let symbolsExpected: UInt32
    package let symbolsErased: UInt32
    /// SHA-256 of the result, 32 bytes; zeros when there is none.
    package let resultDigest: [UInt8]
    /// For a person to read; at most 200 bytes of UTF-8 without NUL.
    package let note: String

    /// - Parameter note: cut to 200 bytes at a character's border.
    package init(
        transferID: UUID,
        attempt: UInt16,
        status: Status,
        estimatedSNRDB: Float,
        symbolsExpected: UInt32,
        symbolsErased: UInt32,
        resultDigest: [UInt8] = [UInt8](repeating: 0, count: 32),
        note: String = ""
    ) throws(WireError) {
        guard estimatedSNRDB.isFinite else { throw .outOfRange("the estimated SNR is finite") }
        guard symbolsErased <= symbolsExpected else { throw .outOfRange("more symbols erased than expected") }
        guard resultDigest.count == 32 else { throw .outOfRange("a result digest has 32 bytes") }
        self.transferID = transferID
        self.attempt = attempt
        self.status = status
        self.estimatedSNRDB = estimatedSNRDB
        self.symbolsExpected = symbolsExpected
        self.symbolsErased = symbolsErased
        self.resultDigest = resultDigest
        var text = note.filter { $0 != "\0" }
        while text.utf8.count > Self.noteSize { text.removeLast() }
        self.note = text
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.encodedSize)
        writer.write(transferID.bytes)
        writer.write(attempt)
        writer.write(status.rawValue)
        writer.write(UInt8(0))
        writer.write(estimatedSNRDB.bitPattern)
        writer.write(symbolsExpected)
        writer.write(symbolsErased)
        writer.write(resultDigest)
        writer.write(note, size: Self.noteSize)
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.encodedSize else { throw .length(bytes.count) }
        var reader = ByteReader(bytes[...])
        let transferID = UUID(bytes: try reader.read(count: 16))
        let attempt: UInt16 = try reader.read()
        guard let status = Status(rawValue: try reader.read()) else { throw .field("status") }
        guard try reader.read(UInt8.self) == 0 else { throw .field("reserved") }
        try self.init(
            transferID: transferID,
            attempt: attempt,
            status: status,
            estimatedSNRDB: Float(bitPattern: reader.read()),
            symbolsExpected: reader.read(),
            symbolsErased: reader.read(),
            resultDigest: reader.read(count: 32),
            note: reader.readText(size: Self.noteSize)
        )
    }
}
