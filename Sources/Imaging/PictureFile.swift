import Glibc

/// Picture files: PNG, JPEG, WebP, HEIC and AVIF in, PNG out.
public enum PictureFile {
    /// Decodes a file.
    ///
    /// Grey, palette, 16-bit, CMYK and YCCK are converted, and so are colours of another profile than sRGB; transparency
    /// is laid over white; the EXIF orientation is applied. The header is checked against `limits` before memory is
    /// allocated for pixels.
    ///
    /// - Parameter checkpoint: called every few milliseconds; what it throws ends the decoding as `.interrupted`. The
    ///   processor time that it takes itself does not count.
    public static func decode(
        _ bytes: [UInt8],
        limits: DecodeLimits = .standard,
        checkpoint: () throws -> Void = {}
    ) throws(PictureError) -> Picture {
        guard bytes.count <= limits.bytes else {
            throw .tooManyBytes(count: bytes.count, limit: limits.bytes)
        }
        let format = PictureFormat(of: bytes)
        return try withoutActuallyEscaping(checkpoint) { checkpoint in
            Result { () throws(PictureError) in
                let watch = DecodeWatch(seconds: limits.seconds, checkpoint: checkpoint)
                switch format {
                case .png: return try PNGCodec.decode(bytes, limits: limits, watch: watch)
                case .jpeg: return try JPEGCodec.decode(bytes, limits: limits, watch: watch)
                case .webP: return try ConfinedCodec.webP(bytes, limits: limits, watch: watch)
                case .heif(let name):
                    return try ConfinedCodec.heif(bytes, format: name, limits: limits, watch: watch)
                case .other(let name, let advice): throw .otherFormat(name: name, advice: advice)
                case nil: throw .unknownFormat
                }
            }
        }.get()
    }

    /// Reads and decodes the file at `path`; a file over the limit is not read further than that.
    public static func read(path: String, limits: DecodeLimits = .standard) throws(PictureError) -> Picture {
        try decode(WholeFile.read(path, limit: limits.bytes), limits: limits)
    }

    /// The picture as an 8-bit RGB PNG file.
    public static func encodePNG(_ picture: Picture) throws(PictureError) -> [UInt8] {
        try PNGCodec.encode(picture)
    }

    /// Writes a PNG file that is either complete or absent: a temporary file beside it, fsync, rename, fsync of the
    /// directory.
    public static func writePNG(_ picture: Picture, to path: String) throws(PictureError) {
        let bytes = try encodePNG(picture)
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        var written = 0
        var failed = false
        while written < bytes.count, !failed {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { written += count } else if errno != EINTR { failed = true }
        }
        failed = failed || fsync(descriptor) != 0
        let problem = failed ? failure("write", path) : nil
        close(descriptor)
        if let problem {
            unlink(temporary)
            throw problem
        }
        guard rename(temporary, path) == 0 else {
            let problem = failure("rename to", path)
            unlink(temporary)
            throw problem
        }
        synchronizeDirectory(of: path)
    }

    // A file system without directory fsync still holds the renamed file: nothing to report.
    private static func synchronizeDirectory(of path: String) {
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func failure(_ operation: String, _ path: String) -> PictureError {
        .file(path: path, operation: operation, reason: String(cString: strerror(errno)))
    }
}
