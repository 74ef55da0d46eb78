/// Why a file could not be turned into a picture, or a picture into a file.
public enum PictureError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes begin like neither PNG nor JPEG.
    case unknownFormat
    /// The file is damaged or ends early; `reason` comes from the decoder.
    case damaged(format: String, reason: String)
    /// The header declares more pixels than allowed. Nothing was allocated.
    case tooManyPixels(width: Int, height: Int, limit: Int)
    /// The file is larger than allowed.
    case tooManyBytes(count: Int, limit: Int)
    /// The encoder failed.
    case encodingFailed(reason: String)
    /// A file could not be read or written.
    case file(path: String, operation: String, reason: String)

    public var description: String {
        switch self {
        case .unknownFormat:
            "not a PNG or JPEG file: convert the picture to one of these"
        case .damaged(let format, let reason):
            "damaged or truncated \(format) file (\(reason)): save or download it again"
        case .tooManyPixels(let width, let height, let limit):
            "the picture is \(width) × \(height), more than \(limit) pixels: scale it down first"
        case .tooManyBytes(let count, let limit):
            "the file has \(count) bytes, more than \(limit): scale the picture down first"
        case .encodingFailed(let reason):
            "cannot encode the picture as PNG: \(reason)"
        case .file(let path, let operation, let reason):
            "cannot \(operation) \(path): \(reason)"
        }
    }
}

/// Bounds that a file must keep before anything is decoded.
public struct DecodeLimits: Sendable, Equatable {
    /// Pixels that the header may declare.
    public var pixels: Int
    /// Bytes that the file may have.
    public var bytes: Int

    public init(pixels: Int, bytes: Int) {
        self.pixels = pixels
        self.bytes = bytes
    }

    /// 64 Mi pixels (a decoded size of 192 MiB) in at most 64 MiB.
    public static let standard = DecodeLimits(pixels: 64 << 20, bytes: 64 << 20)
}
