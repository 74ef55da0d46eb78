import Foundation
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

    @Test func readsHexadecimalDigits() throws {
        try write(String(repeating: "0aF1", count: 16) + "\n", mode: 0o600)
        let key = try KeyFile.read(path)
        #expect(key.count == 32)
        #expect(key.prefix(2) == [0x0A, 0xF1])
    }

    @Test func refusesAFileOthersCanRead() throws {
        try write(String(repeating: "00", count: 32), mode: 0o604)
        #expect(throws: KeyFileError.openToOthers(path: path)) { try KeyFile.read(path) }
    }

    @Test(arguments: [62, 66])
    func refusesAnotherLength(digits: Int) throws {
        try write(String(repeating: "0", count: digits), mode: 0o600)
        #expect(throws: KeyFileError.malformed(path: path)) { try KeyFile.read(path) }
    }

    @Test func refusesWhatIsNoHexadecimalDigit() throws {
        try write(String(repeating: "0", count: 64) + "x", mode: 0o600)
        #expect(throws: KeyFileError.malformed(path: path)) { try KeyFile.read(path) }
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
