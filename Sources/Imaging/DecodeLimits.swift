/// Bounds that a file and its decoding must keep.
public struct DecodeLimits: Sendable, Equatable {
    /// Pixels that the header may declare. More are refused before memory is taken for them.
    public var pixels: Int
    /// Bytes that the file may have.
    public var bytes: Int
    /// Bytes of memory that a decoder may take, besides the picture.
    public var memory = 1536 << 20
    /// Seconds of processor time that the decoding may take.
    public var seconds = 20.0
    /// Scans of a progressive JPEG, and scans times pixels: each scan visits every pixel.
    public var scans = 200
    /// Most scans of a progressive JPEG times pixels.
    public var scannedPixels = 768 << 20

    /// Limits for pictures of at most so many pixels, in files of at most so many bytes.
    public init(pixels: Int, bytes: Int) {
        self.pixels = pixels
        self.bytes = bytes
    }

    /// 64 Mi pixels (a decoded size of 192 MiB) in at most 64 MiB.
    public static let standard = DecodeLimits(pixels: 64 << 20, bytes: 64 << 20)

    /// Checks a declared size.
    func check(width: Int, height: Int, format: String) throws(PictureError) {
        guard width > 0, height > 0 else { throw .damaged(format: format, reason: "empty picture") }
        guard width <= pixels / height else { throw .tooManyPixels(width: width, height: height, limit: pixels) }
    }
}
