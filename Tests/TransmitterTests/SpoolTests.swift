import Basics
import ControlAPI
import Foundation
import ServiceKit
import Synchronization
import TestSupport
import Testing

@testable import Transmitter

struct SpoolTests {
    let directory: TemporaryDirectory
    let spool: Spool

    init() throws {
        directory = try TemporaryDirectory()
        spool = try Spool(root: directory.path + "/spool")
    }

    private func record(second: Double = 0, key: String? = nil) -> TransferRecord {
        TransferRecord(
            id: UUID().uuidString.lowercased(),
            sentence: "smile",
            face: nil,
            aligned: false,
            request: "smiling up",
            idempotencyKey: key,
            created: Date(timeIntervalSince1970: 1_700_000_000 + second)
        )
    }

    @Test func keepsRecordsAndArtifacts() throws {
        let later = record(second: 2)
        var earlier = record(second: 1)
        try spool.create(later, artifacts: [.photo: [1, 2, 3]])
        try spool.create(earlier, artifacts: [:])
        try earlier.apply(.began(.aligning), at: earlier.created)
        try spool.save(earlier)
        try spool.write([7], as: .aligned, of: earlier.id)
        let found = try Spool(root: spool.root).load()
        #expect(found.records == [earlier, later])
        #expect(found.problems.isEmpty)
        #expect(try spool.read(.photo, of: later.id) == [1, 2, 3])
        #expect(try spool.read(.aligned, of: earlier.id) == [7])
    }

    @Test(arguments: ["", "{", "{\"id\": 5}", "\u{0}\u{1}\u{2}"])
    func setsDamagedEntriesAsideAndKeepsTheOthers(damage: String) throws {
        let good = record()
        let bad = record()
        try spool.create(good, artifacts: [:])
        try spool.create(bad, artifacts: [.photo: [1]])
        try AtomicFile.write(Array(damage.utf8), to: "\(spool.root)/\(bad.id)/job.json")
        let found = try spool.load()
        #expect(found.records == [good])
        #expect(found.problems.count == 1)
        #expect(found.problems.first?.contains(bad.id) == true)
        let aside = try FileManager.default.contentsOfDirectory(atPath: "\(spool.root)/set-aside")
        #expect(aside.count == 1)
        #expect(aside.first?.hasPrefix(bad.id) == true)
        #expect(try spool.load().problems.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func aRecordThatIsNoFileHoldsNothingUp() throws {
        let (good, bad) = (record(), record())
        try spool.create(good, artifacts: [:])
        try spool.create(bad, artifacts: [:])
        unlink("\(spool.root)/\(bad.id)/job.json")
        #expect(mkfifo("\(spool.root)/\(bad.id)/job.json", 0o600) == 0)
        let found = try spool.load()
        #expect(found.records == [good])
        #expect(found.problems.first?.contains("it is no regular file") == true)
    }

    @Test func whatCannotBeMadeLastIsNotThereToBeMadeTwice() throws {
        let fails = Atomic(true)
        let spool = try Spool(root: directory.path + "/failing") { path throws(FileError) in
            if fails.load(ordering: .relaxed) { throw FileError(operation: "sync", path: path, code: EIO) }
        }
        let (first, second) = (record(key: "same"), record(key: "same"))
        #expect(throws: FileError.self) { try spool.create(first, artifacts: [.photo: [1]]) }
        #expect(try spool.load().records.isEmpty)
        fails.store(false, ordering: .relaxed)
        try spool.create(second, artifacts: [.photo: [1]])
        #expect(try spool.load().records == [second])
        #expect(try spool.load().problems.isEmpty)
    }

    @Test func ofTwoUnderOneKeyTheLaterCounts() throws {
        let (first, second) = (record(second: 1, key: "same"), record(second: 2, key: "same"))
        let others = [record(second: 3), record(second: 4)]
        for record in [first, second] + others { try spool.create(record, artifacts: [:]) }
        let found = try spool.load()
        #expect(found.records == [second] + others)
        #expect(found.problems == ["\(first.id): another transfer has its idempotency key"])
        #expect(try spool.load().problems.isEmpty)
    }

    @Test func setsAsideARecordUnderAnotherName() throws {
        let record = record()
        try spool.create(record, artifacts: [:])
        let other = UUID().uuidString.lowercased()
        try FileManager.default.moveItem(atPath: "\(spool.root)/\(record.id)", toPath: "\(spool.root)/\(other)")
        #expect(try spool.load().problems.count == 1)
    }

    @Test func setsStrayFilesAside() throws {
        try AtomicFile.write([1], to: "\(spool.root)/stray")
        #expect(try spool.load().problems.count == 1)
        #expect(try spool.load().problems.isEmpty)
    }

    @Test func forgetsWhatACrashLeftHalfMade() throws {
        try AtomicFile.makeDirectory("\(spool.root)/.incoming-\(UUID().uuidString.lowercased())")
        let found = try spool.load()
        #expect(found.records.isEmpty)
        #expect(found.problems.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.root).isEmpty)
    }

    @Test func leavesTheLinksNumbersAlone() throws {
        let identity = try LinkIdentity.load(Spool.identityFile(root: spool.root), seconds: 5)
        try identity.save(to: Spool.identityFile(root: spool.root))
        #expect(try spool.load().problems.isEmpty)
        #expect(try LinkIdentity.load(Spool.identityFile(root: spool.root), seconds: 5) == identity)
    }

    @Test func leavesNothingBehindWhenItCannotTakeATransfer() throws {
        let record = record()
        try spool.create(record, artifacts: [:])
        #expect(throws: FileError.self) { try spool.create(record, artifacts: [.photo: [1]]) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool.root) == [record.id])
    }
}
