import Basics
import ControlAPI
import Foundation
import SemanticCoding
import ServiceKit

/// What the receiver knows of a transfer it has drawn: `transfer.json`.
package struct ReceivedTransfer: Codable, Sendable, Equatable {
    /// A UUID in lower case.
    package let id: String
    package let received: Date
    /// Es/N0 estimated from the pilots, in dB.
    package let snrDecibels: Double
    /// Complex symbols on the air, pilots included.
    package let symbols: Int
    /// Those of them that never arrived.
    package let erasures: Int
    /// Transmissions that were combined.
    package let transmissions: Int
    /// Edge of the picture in pixels.
    package let resolution: Int
    /// SHA-256 of `picture.png`, in hexadecimal.
    package let pictureDigest: String
    /// The beginning of the SHA-256 of the models, in hexadecimal.
    package let modelBundle: String
    /// Seconds it took to estimate and draw.
    package let seconds: Double
    /// The peer whose key it came under.
    package let peer: String
    /// Es/N0 in dB that the code word was made for.
    package var designSNR: Int?
    /// Whether a better picture is to follow; nil where none is.
    package var isDraft: Bool?
    /// How like the photo the picture probably is; nil where that cannot be told.
    package var likeness: ExpectedLikeness?
    /// The degrees, 0 to 5, that the picture shows.
    package var degrees: [String: Int]?
    /// What it is to show.
    package var edit: ExpectedEdit?
    /// What there is to doubt in it; nil for nothing.
    package var doubts: Doubts?

    /// Why people should not simply believe the picture.
    package struct Doubts: Codable, Sendable, Equatable {
        /// It is too probably another person.
        package let isDoubtful: Bool
        /// It does not show what it is to show.
        package let lacksEdit: Bool
        /// In words.
        package let words: String
        /// Whether the picture is not delivered.
        package let isWithheld: Bool
    }
}

/// Finished pictures on disk: `ID/picture.png`, `ID/code.safetensors`, `ID/signal.json` and `ID/transfer.json`, there all at
/// once.
struct ResultStore: Sendable {
    private static let incoming = ".incoming-"
    private static let identity = ".link.json"
    private static let replay = ".replay.json"

    let root: String

    /// Opens the directory, making it where it is missing, and removes what a crash left half-made.
    init(root: String) throws {
        self.root = root
        try AtomicFile.makeDirectory(root)
        for name in try FileManager.default.contentsOfDirectory(atPath: root) where name.hasPrefix(Self.incoming) {
            try? FileManager.default.removeItem(atPath: "\(root)/\(name)")
        }
    }

    /// The file in which the link keeps its numbers.
    var identityFile: String { "\(root)/\(Self.identity)" }

    /// The file in which the link keeps what it has seen.
    var replayFile: String { "\(root)/\(Self.replay)" }

    /// All results whose record can be read, with the bytes of their files and the digests of their pictures.
    func all() throws -> [(entry: RetentionPolicy.Entry, pictureDigest: String)] {
        try FileManager.default.contentsOfDirectory(atPath: root).compactMap { name in
            guard let id = UUID(uuidString: name), let record = find(id) else { return nil }
            let hasPicture = FileManager.default.fileExists(atPath: "\(path(of: id))/picture.png")
            let bytes = hasPicture ? size(of: id) : 0
            return (.init(id: name, finished: record.received, bytes: bytes), record.pictureDigest)
        }
    }

    /// Bytes of a result's files.
    func size(of id: UUID) -> Int { RetentionPolicy.size(of: path(of: id)) }

    /// Removes the picture and the code and keeps the record, by which a repeat is known.
    func removePicture(of id: UUID) throws(FileError) {
        for name in ["picture.png", "code.safetensors", "signal.json"] {
            let file = "\(path(of: id))/\(name)"
            guard unlink(file) == 0 || errno == ENOENT else {
                throw FileError(operation: "remove", path: file, code: errno)
            }
        }
    }

    /// Removes what is left of a result.
    func remove(_ id: UUID) throws { try FileManager.default.removeItem(atPath: path(of: id)) }

    /// What was received as `id`, nil when nothing was. A result that cannot be read counts as none.
    func find(_ id: UUID) -> ReceivedTransfer? {
        guard let bytes = try? AtomicFile.read("\(path(of: id))/transfer.json", limit: 1 << 20) else { return nil }
        return try? DatedJSON.decode(ReceivedTransfer.self, from: bytes)
    }

    /// Where a file of a result lies, or would.
    func path(_ name: String, of id: UUID) -> String { "\(path(of: id))/\(name)" }

    /// A file of a result; nil when it is not there.
    func file(_ name: String, of id: UUID) -> [UInt8]? { try? AtomicFile.read("\(path(of: id))/\(name)") }

    /// Where the picture of a result lies, `HOST:PATH`, for people at other hosts.
    func place(of id: UUID) -> String {
        "\(ProcessInfo.processInfo.hostName):\(URL(fileURLWithPath: path(of: id)).path)/picture.png"
    }

    /// Puts a result in place; when this returns, it is there for good.
    ///
    /// - Parameters:
    ///   - picture: nil for one that is withheld; then there is nothing but the record.
    ///   - signal: what `signal.json` holds.
    ///   - writeCode: writes the code to the path it is given.
    func store(
        _ transfer: ReceivedTransfer,
        id: UUID,
        picture: [UInt8]?,
        signal: [UInt8],
        writeCode: (String) throws -> Void
    ) throws {
        let incoming = "\(root)/\(Self.incoming)\(id.uuidString.lowercased())"
        try? FileManager.default.removeItem(atPath: incoming)
        do {
            try AtomicFile.makeDirectory(incoming, parents: false)
            if let picture {
                try AtomicFile.create("\(incoming)/picture.png", bytes: picture)
                try writeCode("\(incoming)/code.safetensors")
                try AtomicFile.create("\(incoming)/signal.json", bytes: signal)
            }
            try AtomicFile.create("\(incoming)/transfer.json", bytes: DatedJSON.encode(transfer, pretty: true))
            try AtomicFile.syncDirectory(incoming)
            // A draft, or a damaged result, of the same id makes way.
            let outgoing = "\(incoming)-before"
            try? FileManager.default.removeItem(atPath: outgoing)
            guard rename(path(of: id), outgoing) == 0 || errno == ENOENT, rename(incoming, path(of: id)) == 0 else {
                throw FileError(operation: "rename to", path: path(of: id), code: errno)
            }
            try? FileManager.default.removeItem(atPath: outgoing)
        } catch {
            try? FileManager.default.removeItem(atPath: incoming)
            throw error
        }
        try AtomicFile.syncDirectory(root)
    }

    private func path(of id: UUID) -> String { "\(root)/\(id.uuidString.lowercased())" }
}
