import Basics
import Foundation
import ServiceKit
import TestSupport
import Testing

@testable import Console

struct ConsoleTokenTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/console.token"
    }

    @Test func isMadeOnceForNobodyElse() throws {
        let token = try ConsoleToken(file: path)
        #expect(token.isNew && token.text.count == 64)
        var information = stat()
        #expect(stat(path, &information) == 0 && information.st_mode & 0o777 == 0o600)
        let again = try ConsoleToken(file: path)
        #expect(!again.isNew && again.text == token.text)
        #expect(again.matches(token.text))
        #expect(!again.matches("") && !again.matches(String(token.text.dropLast())) && !again.matches(token.text + "0"))
        let other = try ConsoleToken(file: path + "2")
        #expect(other.text != token.text)
    }

    @Test func isNotTakenFromAFileForAllOrOfSomethingElse() throws {
        _ = try ConsoleToken(file: path)
        #expect(chmod(path, 0o644) == 0)
        #expect(throws: KeyFileError.openToOthers(path: path)) { try ConsoleToken(file: path) }
        #expect(chmod(path, 0o600) == 0)
        for text in ["", "\n", "guess", String(repeating: "0", count: 62), String(repeating: "g", count: 64)] {
            try AtomicFile.write(Array(text.utf8), to: path, mode: 0o600)
            #expect(throws: TokenError(path: path)) { try ConsoleToken(file: path) }
        }
        #expect(throws: FileError.self) { try ConsoleToken(file: directory.path + "/missing/console.token") }
    }
}
