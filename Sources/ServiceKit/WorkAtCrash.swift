import Basics
import Foundation

/// Which transfer the maths is at, on disk, so that one that makes the daemon crash again and again is found.
package struct WorkAtCrash: Sendable {
    /// After so many crashes a transfer is given up.
    package static let mostCrashes = 2

    private let path: String
    private let note: CrashNote

    /// - Parameter root: the directory of the spool or the results.
    package init(root: String) {
        path = "\(root)/.at-work"
        note = CrashNote(path: "\(root)/.crash")
    }

    /// The transfer at which the process before this one crashed; nil when it did not. From now on crashes are noted.
    ///
    /// - Throws: `FileError`.
    package func takePrevious() throws -> String? {
        let culprit = try? AtomicFile.read(path, limit: 100)
        unlink(path)
        let crashed = note.takePrevious()
        try note.begin()
        return crashed ? culprit.map { String(decoding: $0, as: UTF8.self) } : nil
    }

    /// Work on a transfer begins.
    ///
    /// - Throws: `FileError`.
    package func begin(_ id: String) throws { try AtomicFile.write(Array(id.utf8), to: path) }

    /// It has ended, however.
    package func end() { unlink(path) }

    /// The daemon stops as it should.
    package func stop() {
        end()
        note.end()
    }
}
