import Basics
import Foundation

/// A directory that a process has to itself, such as a spool: two daemons on one would use the same numbers twice.
///
/// The lock (flock) ends with the process, however that ends. The file stays, with the last owner's number in it.
package final class DirectoryLock: Sendable {
    /// Who holds a directory already.
    package struct Held: Error, Equatable, CustomStringConvertible {
        package let directory: String
        /// What the owner wrote of itself, such as `tx-daemon, process 4711`.
        package let owner: String

        package var description: String {
            "\(directory) is in use by \(owner): stop it, or choose another directory"
        }
    }

    /// The file's name, in the directory itself.
    package static let fileName = ".lock"

    private let descriptor: Int32

    /// - Parameters:
    ///   - directory: made where it is missing.
    ///   - program: says who holds it.
    /// - Throws: `Held`, `FileError`.
    package init(_ directory: String, program: String) throws {
        try AtomicFile.makeDirectory(directory)
        let path = "\(directory)/\(Self.fileName)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0o660)
        guard descriptor >= 0 else { throw FileError(operation: "open", path: path, code: errno) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(operation: "lock", path: path, code: FileError.notRegular)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw FileError(operation: "lock", path: path, code: code) }
            let owner = (try? AtomicFile.read(path, limit: 200)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            throw Held(directory: directory, owner: owner.isEmpty ? "another process" : owner)
        }
        let owner = Array("\(program), process \(getpid())".utf8)
        // A full disk is no reason not to hold it: the name is for people.
        if ftruncate(descriptor, 0) == 0 { _ = write(descriptor, owner, owner.count) }
        self.descriptor = descriptor
    }

    /// Gives the directory free.
    deinit { close(descriptor) }
}
