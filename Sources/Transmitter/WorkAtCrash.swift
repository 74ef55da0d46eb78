import Foundation
import ServiceKit

/// Which transfer the maths is at, on disk, so that one that makes the daemon crash again and again is found.
struct WorkAtCrash: Sendable {
    private let path: String
    private let note: CrashNote

    init(root: String) {
        path = "\(root)/.at-work"
        note = CrashNote(path: "\(root)/.crash")
    }

    /// The transfer at which the process before this one crashed; nil when it did not. From now on crashes are noted.
    func takePrevious() throws -> String? {
        let culprit = try? AtomicFile.read(path, limit: 100)
        unlink(path)
        defer { unlink(path) }
        let crashed = note.takePrevious()
        try note.begin()
        return crashed ? culprit.map { String(decoding: $0, as: UTF8.self) } : nil
    }

    /// Work on a transfer begins.
    func begin(_ id: String) throws { try AtomicFile.write(Array(id.utf8), to: path) }

    /// It has ended, however.
    func end() { unlink(path) }

    /// The daemon stops as it should.
    func stop() {
        end()
        note.end()
    }
}
