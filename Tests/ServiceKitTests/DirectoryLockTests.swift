import Basics
import Foundation
import TestSupport
import Testing

@testable import ServiceKit

struct DirectoryLockTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func theSecondIsToldWhoHoldsIt() throws {
        let path = directory.path + "/spool"
        let first = try DirectoryLock(path, program: "tx-daemon")
        let error = #expect(throws: DirectoryLock.Held.self) { try DirectoryLock(path, program: "tx-daemon") }
        #expect(
            error?.description
                == "\(path) is in use by tx-daemon, process \(getpid()): stop it, or choose another directory"
        )
        withExtendedLifetime(first) {}
    }

    @Test func itIsFreeWhenTheOwnerIsGone() throws {
        for _ in 0..<3 { _ = try DirectoryLock(directory.path, program: "rx-daemon") }
    }

    @Test func whatIsNoFileIsNotWaitedFor() throws {
        #expect(mkfifo(directory.path + "/.lock", 0o600) == 0)
        #expect(throws: FileError.self) { try DirectoryLock(directory.path, program: "tx-daemon") }
    }
}
