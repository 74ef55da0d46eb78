import Basics
import Foundation
import ServiceKit

/// A file that grows by whole packets: one that cannot be written in full is taken back.
final class SampleFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Makes a file that must not be there yet.
    convenience init(creating path: String) throws(FileError) {
        try self.init(opening: path, flags: O_CREAT | O_EXCL)
    }

    init(opening path: String, flags: Int32) throws(FileError) {
        descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o660)
        guard descriptor >= 0 else { throw FileError(operation: "create", path: path, code: errno) }
        self.path = path
    }

    deinit {
        _ = Foundation.close(descriptor)
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
        let start = lseek(descriptor, 0, SEEK_CUR)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                let code = errno
                if code == EINTR { continue }
                _ = ftruncate(descriptor, start)
                throw FileError(operation: "write", path: path, code: code)
            }
            written += count
        }
    }

    /// Takes back everything from an offset on.
    func truncate(to offset: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(offset)) == 0 else {
            throw FileError(operation: "shorten", path: path, code: errno)
        }
    }

    /// Waits until everything is on the disk.
    func sync() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(operation: "sync", path: path, code: errno) }
    }
}
