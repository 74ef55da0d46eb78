import Basics
import ControlAPI
import Foundation
import SemanticCoding
import ServiceKit

/// Transfers on disk: a directory each, named by the transfer's id.
///
/// `job.json` holds the record; beside it lie the photo and what each finished stage made. Every file is written whole
/// and synced (`AtomicFile`), and a new directory gets its name only when it is complete, so a crash at any moment
/// leaves a transfer either as it was before or as it is after. The JSON files carry a checksum, PNG files have their
/// own, and the photo's is in the record.
struct Spool: Sendable {
    /// A file of a transfer.
    typealias Artifact = EncodingArtifact

    private static let record = "job.json"
    private static let incoming = ".incoming-"
    private static let outgoing = ".outgoing-"
    private static let setAside = "set-aside"
    private static let identity = "link.json"
    private static let replay = "replay.json"

    let root: String
    /// Makes a new name in the spool last; the tests let it fail.
    private let sync: @Sendable (String) throws(FileError) -> Void

    /// The file in which the link keeps its numbers.
    static func identityFile(root: String) -> String { "\(root)/\(identity)" }

    /// The file in which the link keeps what reports it has seen.
    static func replayFile(root: String) -> String { "\(root)/\(replay)" }

    /// Opens a spool, making it where it is missing.
    init(
        root: String,
        sync: @escaping @Sendable (String) throws(FileError) -> Void = { path throws(FileError) in
            try AtomicFile.syncDirectory(path)
        }
    ) throws(FileError) {
        self.root = root
        self.sync = sync
        try AtomicFile.makeDirectory(root)
    }

    /// Reads every transfer. What a crash left half-made is removed; a directory that cannot be read is moved to
    /// `set-aside/` and reported.
    func load() throws -> (records: [TransferRecord], problems: [String]) {
        var records: [TransferRecord] = []
        var problems: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: root).sorted() {
            if [Self.setAside, Self.identity, Self.replay].contains(name) { continue }
            let path = "\(root)/\(name)"
            if name.hasPrefix(Self.incoming) || name.hasPrefix(Self.outgoing) || name.hasSuffix(".tmp") {
                try? FileManager.default.removeItem(atPath: path)
                continue
            }
            // The lock, the crash note, what is at work.
            if name.hasPrefix(".") { continue }
            do {
                let record = try ChecksummedJSON.decode(
                    TransferRecord.self,
                    from: AtomicFile.read("\(path)/\(Self.record)", limit: 1 << 20)
                )
                guard record.id == name, UUID(uuidString: name) != nil else {
                    throw FileError(operation: "recognise the id of", path: path, code: EINVAL)
                }
                records.append(record)
            } catch {
                problems.append("\(name): \(error)")
                do {
                    try moveAside(name)
                } catch {
                    // A disk that cannot be written to is no reason not to go on with the others.
                    problems.append("\(name): \(error)")
                }
            }
        }
        records.sort { $0.created < $1.created }
        // A power cut may bring back what was taken back: the transfer that was made again counts.
        let kept = Dictionary(grouping: records.indices) { records[$0].idempotencyKey }
            .flatMap { key, places in key == nil ? places : Array(places.suffix(1)) }
        for index in Set(records.indices).subtracting(kept).sorted() {
            problems.append("\(records[index].id): another transfer has its idempotency key")
            try? moveAside(records[index].id)
        }
        return (kept.sorted().map { records[$0] }, problems)
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
            // The spool itself is not made again where it vanished: it may be a disk that is not mounted.
            try AtomicFile.makeDirectory(path, parents: false)
            for (artifact, bytes) in artifacts {
                try AtomicFile.create("\(path)/\(artifact.rawValue)", bytes: bytes)
            }
            try AtomicFile.create("\(path)/\(Self.record)", bytes: ChecksummedJSON.encode(record))
            try AtomicFile.syncDirectory(path)
            guard rename(path, directory(of: record.id)) == 0 else {
                throw FileError(operation: "rename to", path: directory(of: record.id), code: errno)
            }
        } catch {
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        do {
            try sync(root)
        } catch {
            // Whoever hands it in again after the error must not find it there already. When it cannot be taken back
            // either, it stays, and is there as far as anybody can tell.
            guard rename(directory(of: record.id), path) == 0 else { return }
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
    }

    /// Replaces the record of a transfer.
    func save(_ record: TransferRecord) throws {
        try AtomicFile.write(
            ChecksummedJSON.encode(record),
            to: "\(directory(of: record.id))/\(Self.record)"
        )
    }

    func write(_ bytes: [UInt8], as artifact: Artifact, of id: String) throws(FileError) {
        try AtomicFile.write(bytes, to: path(of: artifact, id: id))
    }

    func has(_ artifact: Artifact, of id: String) -> Bool { access(path(of: artifact, id: id), F_OK) == 0 }

    func read(_ artifact: Artifact, of id: String) throws(FileError) -> [UInt8] {
        try AtomicFile.read(path(of: artifact, id: id), limit: 1 << 30)
    }

    /// Removes a transfer: at once by name, then its files.
    func remove(_ id: String) throws(FileError) {
        let path = "\(root)/\(Self.outgoing)\(id)"
        guard rename(directory(of: id), path) == 0 else {
            throw FileError(operation: "rename to", path: path, code: errno)
        }
        try? FileManager.default.removeItem(atPath: path)
        try sync(root)
    }

    /// Bytes of a transfer's files.
    func size(of id: String) -> Int { RetentionPolicy.size(of: directory(of: id)) }

    private func directory(of id: String) -> String { "\(root)/\(id)" }

    private func path(of artifact: Artifact, id: String) -> String { "\(directory(of: id))/\(artifact.rawValue)" }
}
