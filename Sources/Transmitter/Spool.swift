import Foundation
import ServiceKit

/// Transfers on disk: a directory each, named by the transfer's id.
///
/// `job.json` holds the record; beside it lie the photo and what each finished stage made. Every file is written whole
/// and synced (`AtomicFile`), and a new directory gets its name only when it is complete, so a crash at any moment
/// leaves a transfer either as it was before or as it is after.
struct Spool: Sendable {
    /// A file of a transfer.
    enum Artifact: String, CaseIterable {
        case photo
        case request = "request.json"
        case aligned = "aligned.png"
        case inversion = "inversion.json"
        case invertedPicture = "inverted.png"
        case edited = "edited.json"
        case editedPicture = "edited.png"
    }

    private static let record = "job.json"
    private static let incoming = ".incoming-"
    private static let setAside = "set-aside"
    private static let identity = "link.json"

    let root: String

    /// The file in which the link keeps its numbers.
    static func identityFile(root: String) -> String { "\(root)/\(identity)" }

    /// Opens a spool, making it where it is missing.
    init(root: String) throws(FileError) {
        self.root = root
        try AtomicFile.makeDirectory(root)
    }

    /// Reads every transfer. What a crash left half-made is removed; a directory that cannot be read is moved to
    /// `set-aside/` and reported.
    func load() throws -> (records: [TransferRecord], problems: [String]) {
        var records: [TransferRecord] = []
        var problems: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: root).sorted() {
            if name == Self.setAside || name == Self.identity { continue }
            let path = "\(root)/\(name)"
            if name.hasPrefix(Self.incoming) || name.hasSuffix(".tmp") {
                try? FileManager.default.removeItem(atPath: path)
                continue
            }
            do {
                let record = try ControlJSON.decode(
                    TransferRecord.self,
                    from: AtomicFile.read("\(path)/\(Self.record)", limit: 1 << 20)
                )
                guard record.id == name, UUID(uuidString: name) != nil else {
                    throw FileError(operation: "recognise the id of", path: path, code: EINVAL)
                }
                records.append(record)
            } catch {
                problems.append("\(name): \(error)")
                try moveAside(name)
            }
        }
        return (records.sorted { $0.created < $1.created }, problems)
    }

    private func moveAside(_ name: String) throws {
        try AtomicFile.makeDirectory("\(root)/\(Self.setAside)")
        let target = "\(root)/\(Self.setAside)/\(name)-\(UInt64.random(in: 0...UInt64.max))"
        guard rename("\(root)/\(name)", target) == 0 else {
            throw FileError(operation: "move aside", path: "\(root)/\(name)", code: errno)
        }
        try AtomicFile.syncDirectory(root)
    }

    /// Puts a new transfer on disk; when this returns, it is there for good.
    func create(_ record: TransferRecord, artifacts: [Artifact: [UInt8]]) throws {
        let path = "\(root)/\(Self.incoming)\(record.id)"
        do {
            try AtomicFile.makeDirectory(path)
            for (artifact, bytes) in artifacts {
                try AtomicFile.create("\(path)/\(artifact.rawValue)", bytes: bytes)
            }
            try AtomicFile.create("\(path)/\(Self.record)", bytes: ControlJSON.encode(record, pretty: true))
            try AtomicFile.syncDirectory(path)
            guard rename(path, directory(of: record.id)) == 0 else {
                throw FileError(operation: "rename to", path: directory(of: record.id), code: errno)
            }
        } catch {
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        try AtomicFile.syncDirectory(root)
    }

    /// Replaces the record of a transfer.
    func save(_ record: TransferRecord) throws {
        try AtomicFile.write(
            ControlJSON.encode(record, pretty: true),
            to: "\(directory(of: record.id))/\(Self.record)"
        )
    }

    func write(_ bytes: [UInt8], as artifact: Artifact, of id: String) throws(FileError) {
        try AtomicFile.write(bytes, to: path(of: artifact, id: id))
    }

    func read(_ artifact: Artifact, of id: String) throws(FileError) -> [UInt8] {
        try AtomicFile.read(path(of: artifact, id: id), limit: 1 << 30)
    }

    private func directory(of id: String) -> String { "\(root)/\(id)" }

    private func path(of artifact: Artifact, id: String) -> String { "\(directory(of: id))/\(artifact.rawValue)" }
}
