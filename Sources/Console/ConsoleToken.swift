import Basics
import Crypto
import Foundation
import ServiceKit

/// The secret that opens the page: 64 hexadecimal digits in a file that nobody else may read.
struct ConsoleToken: Sendable {
    let text: String
    /// Whether the file was made now.
    let isNew: Bool

    /// Reads the file, or makes it.
    ///
    /// - Throws: `FileError`; `KeyFileError` for a file that everybody may read; `TokenError` for one without a token in it.
    init(file path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            // A secret is the one thing that no seed may decide.
            text = (0..<32).map { _ in UInt8.random(in: 0...255) }.hexadecimal
            isNew = true
            try AtomicFile.write(Array("\(text)\n".utf8), to: path, mode: 0o600)
            return
        }
        let read = String(decoding: try KeyFile.read(path), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines
        )
        guard [UInt8](hexadecimal: read.utf8)?.count == 32 else { throw TokenError(path: path) }
        (text, isNew) = (read, false)
    }

    /// Compares in a time that says nothing of where they differ.
    func matches(_ other: String) -> Bool {
        SHA256.hash(data: Array(text.utf8)) == SHA256.hash(data: Array(other.utf8))
    }
}

/// A token file that holds something else.
struct TokenError: Error, Equatable, CustomStringConvertible {
    let path: String

    var description: String { "\(path) does not hold 64 hexadecimal digits: remove it, and a token is made anew" }
}
