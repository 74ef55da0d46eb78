import Basics
import Foundation
import TestSupport
import Testing

@testable import ServiceKit

struct KeyFileTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/key"
    }

    private func write(_ text: String, mode: mode_t) throws {
        try AtomicFile.write(Array(text.utf8), to: path)
        chmod(path, mode)
    }

    @Test func readsTheBytes() throws {
        try write("0aF1\n", mode: 0o640)
        #expect(try KeyFile.read(path) == Array("0aF1\n".utf8))
    }

    @Test(arguments: [0o604, 0o642, 0o601] as [mode_t])
    func refusesAFileOpenToOthers(mode: mode_t) throws {
        try write("0aF1", mode: mode)
        #expect(throws: KeyFileError.openToOthers(path: path)) { try KeyFile.read(path) }
    }

    @Test func saysHowToMakeAMissingKey() {
        do {
            _ = try KeyFile.read(path)
            Issue.record("a missing key was read")
        } catch {
            #expect("\(error)".contains("make_key.sh"))
        }
    }
}
