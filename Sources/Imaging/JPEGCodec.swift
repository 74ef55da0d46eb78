import CJPEG

enum JPEGCodec {
    static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    static func decode(_ bytes: [UInt8], limits: DecodeLimits) throws(PictureError) -> Picture {
        var message = [CChar](repeating: 0, count: CJPEG_MESSAGE_SIZE)
        var width: UInt32 = 0
        var height: UInt32 = 0
        guard cjpeg_read_header(bytes, bytes.count, &width, &height, &message) == 0, width > 0, height > 0 else {
            throw .damaged(format: "JPEG", reason: text(of: message))
        }
        guard Int(width) <= limits.pixels / Int(height) else {
            throw .tooManyPixels(width: Int(width), height: Int(height), limit: limits.pixels)
        }
        var status: Int32 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: Int(width) * Int(height) * 3) { buffer, count in
            buffer.initialize(repeating: 0)
            status = cjpeg_decode_rgb(bytes, bytes.count, buffer.baseAddress, width, height, &message)
            count = buffer.count
        }
        guard status == 0 else { throw .damaged(format: "JPEG", reason: text(of: message)) }
        let picture = Picture(width: Int(width), height: Int(height), pixels: pixels)
        return orientation(in: bytes).apply(to: picture)
    }

    /// The orientation in the APP1 Exif segment, if there is one before the first scan.
    private static func orientation(in bytes: [UInt8]) -> ExifOrientation {
        let identifier: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]
        var offset = 2
        while offset + 4 <= bytes.count, bytes[offset] == 0xFF {
            let marker = bytes[offset + 1]
            if marker == 0xFF {  // fill byte
                offset += 1
                continue
            }
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            guard marker != 0xDA, length >= 2, length <= bytes.count - offset - 2 else { break }
            let body = bytes[offset + 4..<offset + 2 + length]
            if marker == 0xE1, body.starts(with: identifier) {
                return ExifOrientation(tiff: body.dropFirst(identifier.count))
            }
            offset += 2 + length
        }
        return .upright
    }
}
