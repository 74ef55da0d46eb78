import Basics
import ControlAPI
import Crypto
import Foundation
import Imaging
import SemanticCoding
import ServiceKit

/// The work of the stages, from file to file: runs on the maths thread, what concerns the photo on the photos' thread.
///
/// A stage whose file is there and readable is done already and only reads it: so a restart goes on after the last
/// finished stage, and a damaged file, or a code of another kind than is sent now, is made anew.
struct TransferStages: Sendable {
    let codec: any EditingCodec
    let spool: Spool
    /// Fewer real symbols say hardly whose face it is.
    static let fewestSymbols = 16
    /// That one transmission carries.
    let mostReals: Int
    /// Edge in pixels of the pictures kept for people.
    let resolution: Int

    /// What can be checked at once, before a transfer is accepted.
    ///
    /// - Parameter checkpoint: called often; what it throws ends the work.
    func accept(
        _ submission: TransferSubmission,
        checkpoint: () throws -> Void
    ) throws -> (request: EditRequest, square: [UInt8], turned: Int) {
        if let symbols = submission.symbols { try check(symbols) }
        guard submission.symbols ?? codec.dimension <= mostReals else {
            throw SymbolsRefusal(
                "symbols must be at most \(mostReals) here: a transmission lasts at most a second, pilots included "
                    + "(sample_rate of tx-daemon)"
            )
        }
        let request = try codec.understand(submission.sentence)
        try codec.check(request)
        try checkpoint()
        let aligned = try align(
            submission.photo,
            face: submission.face,
            alreadyAligned: submission.aligned,
            checkpoint: checkpoint
        )
        return (request, try PictureFile.encodePNG(aligned.square), aligned.turned)
    }

    /// About what accepting a photo costs, in pixels: the larger it says it is, the more.
    static func cost(of photo: [UInt8]) -> Double {
        Double(PictureFile.declaredPixels(in: photo) ?? photo.count) + Double(photo.count)
    }

    private func align(
        _ photo: [UInt8],
        face: Int?,
        alreadyAligned: Bool,
        checkpoint: () throws -> Void
    ) throws -> AlignedFace {
        do {
            return try codec.align(photo: photo, face: face, alreadyAligned: alreadyAligned, checkpoint: checkpoint)
        } catch AlignmentError.interrupted {
            throw CancellationError()
        }
    }

    /// Whether the square is there.
    func isAligned(_ id: String) -> Bool { (try? PictureFile.decode(spool.read(.aligned, of: id))) != nil }

    /// Photo to FFHQ square.
    func align(_ record: TransferRecord, checkpoint: () throws -> Void = {}) throws -> Picture {
        if let done = try? PictureFile.decode(spool.read(.aligned, of: record.id)) { return done }
        let square = try align(
            photo(of: record),
            face: record.face,
            alreadyAligned: record.aligned,
            checkpoint: checkpoint
        ).square
        try spool.write(PictureFile.encodePNG(square), as: .aligned, of: record.id)
        return square
    }

    /// Square to code.
    func invert(_ record: TransferRecord, progress: (StageProgress) throws -> Void) throws -> Inversion {
        if let done: Inversion = stored(.inversion, of: record.id), done.kind == codec.kind { return done }
        let inversion = try codec.invert(align(record), symbols: symbols(of: record), progress: progress)
        try writePicture(of: inversion.code, as: .invertedPicture, id: record.id)
        try spool.write(ChecksummedJSON.encode(inversion), as: .inversion, of: record.id)
        return inversion
    }

    /// Code to edited code.
    func edit(_ record: TransferRecord, progress: (StageProgress) throws -> Void) throws -> EditedCode {
        if let done: EditedCode = stored(.edited, of: record.id), done.kind == codec.kind { return done }
        let request: EditRequest = try stored(.request, of: record.id) ?? codec.understand(record.sentence)
        let edited = try codec.edit(
            invert(record, progress: progress).code,
            request,
            symbols: symbols(of: record),
            progress: progress
        )
        try writePicture(of: edited.code, as: .editedPicture, id: record.id)
        try spool.write(ChecksummedJSON.encode(edited), as: .edited, of: record.id)
        return edited
    }

    /// Edited code to the reals that go on the air.
    func codeWord(_ record: TransferRecord, progress: (StageProgress) throws -> Void) throws -> [Float] {
        codec.channelEncode(try edit(record, progress: progress), symbols: symbols(of: record))
    }

    /// A transfer that was accepted in another mode is sent whole.
    private func symbols(of record: TransferRecord) -> Int? { codec.kind == .expanded ? record.symbols : nil }

    private func check(_ symbols: Int) throws(SymbolsRefusal) {
        guard symbols != codec.dimension else { return }
        guard codec.kind == .expanded else {
            throw SymbolsRefusal("symbols must be \(codec.dimension) in plain W (mode \"paper\"): no other code")
        }
        guard symbols.isMultiple(of: 2), (Self.fewestSymbols...codec.maximumDimension).contains(symbols) else {
            throw SymbolsRefusal("symbols must be an even number, \(Self.fewestSymbols) to \(codec.maximumDimension)")
        }
    }

    private func photo(of record: TransferRecord) throws -> [UInt8] {
        let photo = try spool.read(.photo, of: record.id)
        guard Self.digest(photo) == record.photoDigest else { throw PhotoDamaged() }
        return photo
    }

    /// SHA-256 of a photo's file, in hexadecimal.
    static func digest(_ photo: [UInt8]) -> String {
        SHA256.hash(data: photo).hexadecimal
    }

    private struct PhotoDamaged: Error, CustomStringConvertible {
        let description = "the photo in the spool is damaged: submit it again"
    }

    private func stored<Value: Decodable>(_ artifact: Spool.Artifact, of id: String) -> Value? {
        guard let bytes = try? spool.read(artifact, of: id) else { return nil }
        return try? ChecksummedJSON.decode(Value.self, from: bytes)
    }

    private func writePicture(of code: [Float], as artifact: Spool.Artifact, id: String) throws {
        let picture = codec.picture(of: code, resolution: resolution)
        try spool.write(PictureFile.encodePNG(picture), as: artifact, of: id)
    }
}

/// The picture of a photo's code is less like the photo than was asked for.
struct TooUnlike: Error, CustomStringConvertible {
    let description: String

    /// Throws where the likeness is less than `least`, or unknown.
    static func check(_ likeness: Likeness?, least: Double?) throws(TooUnlike) {
        guard let least, (likeness?.cosine ?? -1) < least else { return }
        let found = likeness.map { "\($0.verdict.rawValue) (\(String(format: "%.2f", $0.cosine)))" } ?? "unknown"
        throw TooUnlike(
            description: "the picture's likeness is \(found), less than \(least) that was asked for, and was not sent: "
                + "use a photo in which the face is seen from the front, or ask for less"
        )
    }
}

extension TransferRecord.Likeness {
    /// As the record shows it.
    init(_ likeness: Likeness) {
        self.init(
            lpips: likeness.lpips,
            cosine: likeness.cosine,
            verdict: likeness.verdict.rawValue,
            isPoor: likeness.verdict == .poor
        )
    }
}

/// As many symbols as were asked for cannot be sent.
struct SymbolsRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
