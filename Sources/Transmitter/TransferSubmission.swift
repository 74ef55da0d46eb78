import ControlAPI
import Foundation
import SemanticCoding
import ServiceKit

/// What a client hands in.
package struct TransferSubmission: Sendable {
    /// The file: PNG, JPEG, WebP, HEIC or AVIF.
    package let photo: [UInt8]
    package let sentence: String
    /// Counted from 0, the largest first; the largest when nil.
    package let face: Int?
    /// Whether the photo is in the FFHQ frame already.
    package let aligned: Bool
    /// Real channel symbols to send; as many as the code has numbers when nil.
    package let symbols: Int?
    /// Least likeness, an SFace cosine, at which the picture is sent; any when nil.
    package let leastLikeness: Double?
    /// How to code it for the channel; as configured when nil.
    package let mode: SemanticMode?
    /// Whether only the final picture is sent.
    package let once: Bool
    /// Whether sentences are to follow.
    package let opensSession: Bool
    /// Handing in the same again under the same key makes no second transfer.
    package let idempotencyKey: String?

    package init(
        photo: [UInt8],
        sentence: String,
        face: Int?,
        aligned: Bool,
        symbols: Int? = nil,
        leastLikeness: Double? = nil,
        mode: SemanticMode? = nil,
        once: Bool = false,
        opensSession: Bool = false,
        idempotencyKey: String? = nil
    ) {
        self.photo = photo
        self.sentence = sentence
        self.face = face
        self.aligned = aligned
        self.symbols = symbols
        self.leastLikeness = leastLikeness
        self.mode = mode
        (self.once, self.opensSession) = (once, opensSession)
        self.idempotencyKey = idempotencyKey
    }

    /// Whether `record` came from the same submission.
    ///
    /// - Parameter photoDigest: `TransferArtifacts.digest` of the photo.
    func matches(_ record: TransferRecord, photoDigest: String) -> Bool {
        sentence == record.sentence && face == record.face && aligned == record.aligned
            && symbols == record.symbols && leastLikeness == record.leastLikeness
            && once == (record.once ?? false) && mode?.rawValue == record.mode && photoDigest == record.photoDigest
    }

    /// What the codec is to do.
    var order: EncodingOrder {
        EncodingOrder(instruction: sentence, face: face, isAligned: aligned, dimension: symbols, mode: mode)
    }

    /// The record of the transfer it makes.
    ///
    /// - Parameter seconds: that accepting it took.
    func record(as accepted: AcceptedOrder, photoDigest: String, seconds: Double) -> TransferRecord {
        var record = TransferRecord(
            id: UUID().uuidString.lowercased(),
            sentence: sentence,
            face: face,
            aligned: aligned,
            symbols: symbols,
            leastLikeness: leastLikeness,
            mode: mode?.rawValue,
            request: accepted.request,
            idempotencyKey: idempotencyKey,
            photoDigest: photoDigest,
            created: Date()
        )
        if !accepted.edits.isEmpty {
            record.requests = accepted.edits.map { .init(request: $0.request, span: $0.span) }
        }
        if once { record.once = true }
        if opensSession { record.session = record.id }
        record.turned = accepted.turned == 0 ? nil : accepted.turned
        record.seconds[TransferState.aligning.rawValue] = seconds
        return record
    }
}
