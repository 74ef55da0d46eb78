import Glibc

/// Reads files into memory.
public enum WholeFile {
    /// The bytes of a regular file; a FIFO, a device or a socket, which could keep the reader waiting, is refused.
    ///
    /// - Parameter limit: most bytes taken; of a longer file no more is read.
    /// - Throws: `PictureError.file`, `PictureError.tooManyBytes`.
    public static func read(_ path: String, limit: Int = 1 << 30) throws(PictureError) -> [UInt8] {
        // Without waiting: to open a FIFO takes until somebody writes to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw failure("read", path) }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw .file(path: path, operation: "read", reason: "it is no regular file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("read", path)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw .tooManyBytes(count: bytes.count, limit: limit) }
        }
    }

    private static func failure(_ operation: String, _ path: String) -> PictureError {
        .file(path: path, operation: operation, reason: String(cString: strerror(errno)))
    }
}
