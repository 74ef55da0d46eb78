/// Why a file could not be turned into a picture, or a picture into a file.
public enum PictureError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes begin like no picture.
    case unknownFormat
    /// A format that is not read: its name, and what to do.
    case otherFormat(name: String, advice: String)
    /// The file is damaged or ends early; `reason` comes from the decoder.
    case damaged(format: String, reason: String)
    /// The header declares more pixels than allowed. Nothing was allocated.
    case tooManyPixels(width: Int, height: Int, limit: Int)
    /// The file is larger than allowed.
    case tooManyBytes(count: Int, limit: Int)
    /// The decoding took more than the seconds of processor time it may.
    case tooLong(seconds: Double)
    /// Whoever waited for the picture wants it no more.
    case interrupted
    /// There is no memory or process left to decode it with; another time it may work.
    case noMemory
    /// The encoder failed.
    case encodingFailed(reason: String)

    /// For people: the cause and the next step.
    public var description: String {
        switch self {
        case .unknownFormat:
            "not a picture of a known format: PNG, JPEG, WebP, HEIC or AVIF is needed"
        case .otherFormat(let name, let advice):
            "\(name), which is not read: \(advice)"
        case .damaged(let format, let reason):
            "damaged or truncated \(format) file (\(reason)): save or download it again"
        case .tooManyPixels(let width, let height, let limit):
            "the picture is \(width) × \(height), more than \(limit) pixels: scale it down first"
        case .tooManyBytes(let count, let limit):
            "the file has \(count) bytes, more than \(limit): scale the picture down first"
        case .tooLong(let seconds):
            "decoding it takes more than \(seconds) seconds: save the picture anew, or scale it down first"
        case .interrupted:
            "the decoding was given up"
        case .noMemory:
            "there is no memory left to decode it: try again later"
        case .encodingFailed(let reason):
            "cannot encode the picture: \(reason)"
        }
    }
}
