import Basics

/// Picture files: PNG, JPEG, WebP, HEIC and AVIF in, PNG out.
public enum PictureFile {
    /// Decodes a file.
    ///
    /// Grey, palette, 16-bit, CMYK and YCCK are converted, and so are colours of another profile than sRGB; transparency
    /// is laid over white; the EXIF orientation is applied. The header is checked against `limits` before memory is
    /// allocated for pixels.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - limits: of pixels, memory and time.
    ///   - checkpoint: called every few milliseconds; what it throws ends the decoding as `.interrupted`. The
    ///     processor time that it takes itself does not count.
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
    ///
    /// - Throws: `FileError`, `PictureError`.
    public static func read(path: String, limits: DecodeLimits = .standard) throws -> Picture {
        try decode(AtomicFile.read(path, limit: limits.bytes), limits: limits)
    }

    /// The picture as an 8-bit RGB PNG file.
    public static func encodePNG(_ picture: Picture) throws(PictureError) -> [UInt8] {
        try PNGCodec.encode(picture)
    }

    /// Writes a PNG file that is either complete or absent.
    ///
    /// - Throws: `FileError`, `PictureError.encodingFailed`.
    public static func writePNG(_ picture: Picture, to path: String) throws {
        try AtomicFile.write(encodePNG(picture), to: path, mode: 0o644)
    }
}
