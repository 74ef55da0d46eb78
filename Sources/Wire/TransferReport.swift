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
        /// What arrived is not worth showing: the picture is not delivered.
        case withheld = 4
        /// What it goes on from is not there: send it whole.
        case baseMissing = 5
    }

    /// What the receiver makes of its picture.
    package struct Quality: Sendable, Equatable, Codable {
        /// Attributes whose degrees are told.
        package static let attributes = 5
        static let encodedSize = 10
        private static let unknown: UInt8 = 0xFF

        /// Expected LPIPS against the photo, and probability that it shows the same person; 0 to 1, in steps of 1/65535.
        package let lpips, samePerson: Double
        /// The degrees that the picture shows; nil where nobody looked. Five.
        package let degrees: [UInt8?]
        /// Whether it is too probably another person, and whether it lacks its edit.
        package let isDoubtful, lacksEdit: Bool

        package init(
            lpips: Double,
            samePerson: Double,
            degrees: [UInt8?],
            isDoubtful: Bool,
            lacksEdit: Bool
        ) throws(WireError) {
            guard (0...1).contains(lpips), (0...1).contains(samePerson) else {
                throw .outOfRange("expected LPIPS and probability are 0 to 1")
            }
            guard degrees.count == Self.attributes, degrees.allSatisfy({ $0 != Self.unknown }) else {
                throw .outOfRange("five degrees")
            }
            self.lpips = (lpips * 65535).rounded() / 65535
            self.samePerson = (samePerson * 65535).rounded() / 65535
            (self.degrees, self.isDoubtful, self.lacksEdit) = (degrees, isDoubtful, lacksEdit)
        }

        func write(to writer: inout ByteWriter) {
            writer.write(UInt16((lpips * 65535).rounded()))
            writer.write(UInt16((samePerson * 65535).rounded()))
            for degree in degrees { writer.write(degree ?? Self.unknown) }
            writer.write(UInt8((isDoubtful ? 1 : 0) + (lacksEdit ? 2 : 0)))
        }

        init(reading reader: inout ByteReader) throws(WireError) {
            let (lpips, samePerson): (UInt16, UInt16) = (try reader.read(), try reader.read())
            let degrees = try reader.read(count: Self.attributes).map { $0 == Self.unknown ? nil : $0 }
            let flags: UInt8 = try reader.read()
            guard flags < 4 else { throw .field("quality") }
            try self.init(
                lpips: Double(lpips) / 65535,
                samePerson: Double(samePerson) / 65535,
                degrees: degrees,
                isDoubtful: flags & 1 != 0,
                lacksEdit: flags & 2 != 0
            )
        }
    }

    static let encodedSize = 276
    private static let noteSize = 200

    package let transferID: UUID
    package let attempt: UInt16
    package let status: Status
    /// Whether it is the draft that is reported on.
    package let isDraft: Bool
    /// Es/N0 in dB; finite.
    package let estimatedSNRDB: Float
    package let symbolsExpected: UInt32
    package let symbolsErased: UInt32
    /// SHA-256 of the result, 32 bytes; zeros when there is none.
    package let resultDigest: [UInt8]
    /// Nil where nothing was drawn.
    package let quality: Quality?
    /// For a person to read; at most 200 bytes of UTF-8 without NUL.
    package let note: String

    /// - Parameter note: cut to 200 bytes at a character's border.
    package init(
        transferID: UUID,
        attempt: UInt16,
        status: Status,
        isDraft: Bool = false,
        estimatedSNRDB: Float,
        symbolsExpected: UInt32,
        symbolsErased: UInt32,
        resultDigest: [UInt8] = [UInt8](repeating: 0, count: 32),
        quality: Quality? = nil,
        note: String = ""
    ) throws(WireError) {
        guard estimatedSNRDB.isFinite else { throw .outOfRange("the estimated SNR is finite") }
        guard symbolsErased <= symbolsExpected else { throw .outOfRange("more symbols erased than expected") }
        guard resultDigest.count == 32 else { throw .outOfRange("a result digest has 32 bytes") }
        self.transferID = transferID
        self.attempt = attempt
        (self.status, self.isDraft) = (status, isDraft)
        self.estimatedSNRDB = estimatedSNRDB
        self.symbolsExpected = symbolsExpected
        self.symbolsErased = symbolsErased
        self.resultDigest = resultDigest
        self.quality = quality
        var text = note.filter { $0 != "\0" }
        while text.utf8.count > Self.noteSize { text.removeLast() }
        self.note = text
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.encodedSize)
        writer.write(transferID.bytes)
        writer.write(attempt)
        writer.write(status.rawValue)
        writer.write(UInt8(isDraft ? 1 : 0))
        writer.write(estimatedSNRDB.bitPattern)
        writer.write(symbolsExpected)
        writer.write(symbolsErased)
        writer.write(resultDigest)
        writer.write(UInt16(quality == nil ? 0 : 1))
        if let quality {
            quality.write(to: &writer)
        } else {
            writer.write([UInt8](repeating: 0, count: Quality.encodedSize))
        }
        writer.write(note, size: Self.noteSize)
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.encodedSize else { throw .length(bytes.count) }
        var reader = ByteReader(bytes[...])
        let transferID = UUID(bytes: try reader.read(count: 16))
        let attempt: UInt16 = try reader.read()
        guard let status = Status(rawValue: try reader.read()) else { throw .field("status") }
        let flags: UInt8 = try reader.read()
        guard flags < 2 else { throw .field("flags") }
        let snr = Float(bitPattern: try reader.read())
        let (expected, erased): (UInt32, UInt32) = (try reader.read(), try reader.read())
        let digest = try reader.read(count: 32)
        let hasQuality: UInt16 = try reader.read()
        let quality: Quality?
        switch hasQuality {
        case 0:
            guard try reader.read(count: Quality.encodedSize).allSatisfy({ $0 == 0 }) else { throw .field("quality") }
            quality = nil
        case 1: quality = try Quality(reading: &reader)
        default: throw .field("quality")
        }
        try self.init(
            transferID: transferID,
            attempt: attempt,
            status: status,
            isDraft: flags == 1,
            estimatedSNRDB: snr,
            symbolsExpected: expected,
            symbolsErased: erased,
            resultDigest: digest,
            quality: quality,
            note: reader.readText(size: Self.noteSize)
        )
    }
}
