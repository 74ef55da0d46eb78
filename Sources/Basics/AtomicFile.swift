import Foundation

/// Files that are there whole or not at all, also after a power cut.
package enum AtomicFile {
    /// Writes a temporary file beside `path`, syncs it, renames it to `path` and syncs the directory.
    ///
    /// - Parameter mode: permission bits of the file, before the umask.
    package static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o660) throws(FileError) {
        try write(to: path, mode: mode) { (file) throws(FileError) in try file.append(bytes) }
    }

    /// The same of a file that is not in memory as a whole: `body` writes it piece by piece.
    package static func write(
        to path: String,
        mode: mode_t = 0o660,
        _ body: (OutputFile) throws(FileError) -> Void
    ) throws(FileError) {
        let temporary = "\(path).\(UInt64.random(in: 0...UInt64.max)).tmp"
        do throws(FileError) {
            try create(temporary, mode: mode, body)
            guard rename(temporary, path) == 0 else { throw FileError(operation: "rename to", path: path, code: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncDirectory(parent(of: path))
    }

    /// Writes and syncs a file that must not be there yet. Its directory is not synced.
    package static func create(_ path: String, bytes: [UInt8], mode: mode_t = 0o660) throws(FileError) {
        try create(path, mode: mode) { (file) throws(FileError) in try file.append(bytes) }
    }

    private static func create(
        _ path: String,
        mode: mode_t,
        _ body: (OutputFile) throws(FileError) -> Void
    ) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileError(operation: "create", path: path, code: errno) }
        defer { close(descriptor) }
        try body(OutputFile(descriptor: descriptor, path: path))
        guard fsync(descriptor) == 0 else { throw FileError(operation: "sync", path: path, code: errno) }
    }

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - limit: most bytes taken; a longer file is refused with EFBIG.
    ///   - anyKind: takes a pipe or a device as well, and waits for it: for programs that a person started.
    package static func read(
        _ path: String,
        limit: Int = 64 << 20,
        anyKind: Bool = false
    ) throws(FileError) -> [UInt8] {
        // Without waiting: to open a FIFO takes until somebody writes to it.
        let file = open(path, O_RDONLY | O_CLOEXEC | (anyKind ? 0 : O_NONBLOCK))
        guard file >= 0 else { throw FileError(operation: "read", path: path, code: errno) }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0 else { throw FileError(operation: "read", path: path, code: errno) }
        guard anyKind || information.st_mode & S_IFMT == S_IFREG else {
            throw FileError(operation: "read", path: path, code: FileError.notRegular)
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { Foundation.read(file, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(operation: "read", path: path, code: errno)
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw FileError(operation: "read", path: path, code: EFBIG) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Whether `write` could write `path` now. Nothing is left behind.
    ///
    /// - Throws: `FileError` that says why not.
    package static func checkWritable(_ path: String) throws(FileError) {
        var information = stat()
        if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
            throw FileError(operation: "write", path: path, code: FileError.notRegular)
        }
        let trial = "\(path).\(UInt64.random(in: 0...UInt64.max)).tmp"
        let file = open(trial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileError(operation: "write", path: path, code: errno) }
        close(file)
        unlink(trial)
    }

    /// Makes a directory, mode 0770 before the umask.
    ///
    /// - Parameter parents: whether missing directories above it are made too.
    package static func makeDirectory(_ path: String, parents: Bool = true) throws(FileError) {
        if mkdir(path, 0o770) == 0 { return try syncDirectory(parent(of: path)) }
        let code = errno
        if parents, code == ENOENT, parent(of: path) != path {
            try makeDirectory(parent(of: path))
            return try makeDirectory(path)
        }
        var information = stat()
        if code == EEXIST, stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR { return }
        throw FileError(operation: "make directory", path: path, code: code)
    }

    /// Makes renames and new names in a directory last.
    package static func syncDirectory(_ path: String) throws(FileError) {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw FileError(operation: "open directory", path: path, code: errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw FileError(operation: "sync directory", path: path, code: errno) }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
