import Basics
import Foundation
import TestSupport
import Testing

@testable import ServiceKit

struct CrashNoteTests {
    let directory: TemporaryDirectory
    let path: String
    let note: CrashNote

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/.crash"
        note = CrashNote(path: path)
    }

    private func leave(_ text: String) throws { try AtomicFile.write(Array(text.utf8), to: path) }

    @Test func aCrashIsToldOnce() throws {
        try leave("boot\n0\ncrashed\n")
        #expect(note.takePrevious())
        #expect(!note.takePrevious())
    }

    @Test func withoutANoteOrWithAnotherBootNobodyCrashed() throws {
        #expect(!note.takePrevious())
        try leave("another boot\n-5\n")
        #expect(!note.takePrevious())
        try leave("garbage")
        #expect(!note.takePrevious())
        #expect(mkfifo(path, 0o600) == 0)
        #expect(!note.takePrevious())
    }

    @Test func aKillForWantOfMemoryIsACrashAndAnyOtherIsNot() throws {
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        // The system counts kills since it booted; fewer before than now.
        try leave("\(boot)\n-1\n")
        #expect(note.takePrevious())
        try leave("\(boot)\n\(Int.max)\n")
        #expect(!note.takePrevious())
    }
}
