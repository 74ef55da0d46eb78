import CPNG

enum PNGCodec {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func decode(_ bytes: [UInt8], limits: DecodeLimits) throws(PictureError) -> Picture {
        // IHDR is always the first chunk: length 13, type, width, height.
        guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8) else {
            throw .damaged(format: "PNG", reason: "no header")
        }
        let width = bigEndian(bytes, at: 16)
        let height = bigEndian(bytes, at: 20)
        guard width > 0, height > 0 else { throw .damaged(format: "PNG", reason: "empty picture") }
        guard width <= limits.pixels / height else {
            throw .tooManyPixels(width: width, height: height, limit: limits.pixels)
        }
        var message = [CChar](repeating: 0, count: CPNG_MESSAGE_SIZE)
        var status: Int32 = 0
        let rgba = [UInt8](unsafeUninitializedCapacity: width * height * 4) { buffer, count in
            buffer.initialize(repeating: 0)
            status = cpng_decode_rgba(
                bytes,
                bytes.count,
                buffer.baseAddress,
                UInt32(width),
                UInt32(height),
                &message
            )
            count = buffer.count
        }
        guard status == 0 else { throw .damaged(format: "PNG", reason: text(of: message)) }
        let picture = Picture(width: width, height: height, pixels: overWhite(rgba))
        return orientation(in: bytes).apply(to: picture)
    }

    static func encode(_ picture: Picture) throws(PictureError) -> [UInt8] {
        var message = [CChar](repeating: 0, count: CPNG_MESSAGE_SIZE)
        var block: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = cpng_encode_rgb(
            picture.pixels,
            UInt32(picture.width),
            UInt32(picture.height),
            &block,
            &count,
            &message
        )
        guard status == 0, let block else { throw .encodingFailed(reason: text(of: message)) }
        defer { cpng_free(block) }
        return Array(UnsafeBufferPointer(start: block, count: count))
    }

    /// Source over white in the stored (gamma-coded) values, as browsers do it.
    private static func overWhite(_ rgba: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: rgba.count / 4 * 3) { rgb, count in
            rgba.withUnsafeBufferPointer { rgba in
                for pixel in 0..<rgba.count / 4 {
                    let alpha = UInt32(rgba[pixel * 4 + 3])
                    for channel in 0..<3 {
                        let value = UInt32(rgba[pixel * 4 + channel]) * alpha + 255 * (255 - alpha)
                        rgb[pixel * 3 + channel] = UInt8((value + 127) / 255)
                    }
                }
            }
            count = rgba.count / 4 * 3
        }
    }

    /// The orientation in an `eXIf` chunk, if there is one.
    private static func orientation(in bytes: [UInt8]) -> ExifOrientation {
        var offset = 8
        while offset + 12 <= bytes.count {
            let length = bigEndian(bytes, at: offset)
            guard length <= bytes.count - offset - 12 else { break }
            if bytes[offset + 4..<offset + 8].elementsEqual("eXIf".utf8) {
                return ExifOrientation(tiff: bytes[offset + 8..<offset + 8 + length])
            }
            offset += length + 12
        }
        return .upright
    }

    private static func bigEndian(_ bytes: [UInt8], at offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// The text that a C shim left in a fixed-size message field.
func text(of message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
