import Foundation
import TestSupport
import Testing

@testable import Basics

struct AtomicFileTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func writesReplacesAndReads() throws {
        let path = directory.path + "/file"
        try AtomicFile.write([1, 2, 3], to: path)
        try AtomicFile.write([4], to: path)
        #expect(try AtomicFile.read(path) == [4])
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["file"])
    }

    @Test func writesLargeFilesWhole() throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try AtomicFile.write(bytes, to: directory.path + "/large")
        #expect(isSame(try AtomicFile.read(directory.path + "/large"), bytes))
    }

    @Test func refusesFilesOverTheLimit() throws {
        try AtomicFile.write([1, 2, 3], to: directory.path + "/file")
        #expect(throws: FileError.self) { try AtomicFile.read(directory.path + "/file", limit: 2) }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsNoFileIsRefusedAndNotWaitedFor() throws {
        let fifo = directory.path + "/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        #expect(withUnixAddress(directory.path + "/socket") { bind(listener, $0, $1) } == 0)
        for path in [fifo, directory.path + "/socket", "/dev/zero", directory.path] {
            #expect(throws: FileError.self) { try AtomicFile.read(path) }
        }
        let error = #expect(throws: FileError.self) { try AtomicFile.read(fifo) }
        #expect(error?.description == "cannot read \(fifo): it is no regular file")
    }

    @Test func leavesNothingBehindWhenItFails() throws {
        // The target is a directory, so that the rename fails.
        try AtomicFile.makeDirectory(directory.path + "/taken/inside")
        #expect(throws: FileError.self) { try AtomicFile.write([1], to: directory.path + "/taken") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["taken"])
    }

    @Test func createsOnlyWhatIsNotThere() throws {
        try AtomicFile.create(directory.path + "/new", bytes: [1])
        #expect(throws: FileError.self) { try AtomicFile.create(directory.path + "/new", bytes: [2]) }
    }

    @Test func makesParentsAndAcceptsWhatIsThere() throws {
        try AtomicFile.makeDirectory(directory.path + "/a/b/c")
        try AtomicFile.makeDirectory(directory.path + "/a/b/c")
        try AtomicFile.write([1], to: directory.path + "/a/file")
        #expect(throws: FileError.self) { try AtomicFile.makeDirectory(directory.path + "/a/file") }
    }
}
