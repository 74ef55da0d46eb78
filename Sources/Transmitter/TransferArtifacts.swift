import Basics
import ControlAPI
import Crypto
import SemanticCoding

/// The files of one transfer as its codec sees them.
struct TransferArtifacts: EncodingArtifacts {
    private let spool: Spool
    private let id: String
    private let photoDigest: String

    init(of record: TransferRecord, in spool: Spool) {
        (self.spool, id, photoDigest) = (spool, record.id, record.photoDigest)
    }

    func has(_ artifact: EncodingArtifact) -> Bool { spool.has(artifact, of: id) }

    func read(_ artifact: EncodingArtifact) throws -> [UInt8] {
        let bytes = try spool.read(artifact, of: id)
        guard artifact != .photo || Self.digest(bytes) == photoDigest else { throw PhotoDamaged() }
        return bytes
    }

    func write(_ bytes: [UInt8], as artifact: EncodingArtifact) throws {
        try spool.write(bytes, as: artifact, of: id)
    }

    /// SHA-256 of a photo's file, in hexadecimal.
    static func digest(_ photo: [UInt8]) -> String { SHA256.hash(data: photo).hexadecimal }

    private struct PhotoDamaged: Error, CustomStringConvertible {
        let description = "the photo in the spool is damaged: submit it again"
    }
}

extension EncodingOrder {
    /// What the codec is to do for a transfer.
    ///
    /// - Parameter baseDigest: SHA-256 of the picture that the receiver can go on from; nil for none.
    init(_ record: TransferRecord, baseDigest: [UInt8]? = nil) {
        self.init(
            instruction: record.sentence,
            face: record.face,
            isAligned: record.aligned,
            dimension: record.symbols,
            mode: record.mode.flatMap { SemanticMode(rawValue: $0) },
            snr: record.designSNR,
            baseDigest: baseDigest
        )
    }
}
