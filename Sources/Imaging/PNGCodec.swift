import CPNG

enum PNGCodec {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func decode(_ bytes: [UInt8], limits: DecodeLimits, watch: DecodeWatch) throws(PictureError) -> Picture {
        // IHDR is always the first chunk: length 13, type, width, height.
        guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8) else {
            if bytes.count >= 16, bytes[12..<16].elementsEqual("CgBI".utf8) {
                throw .otherFormat(
                    name: "a PNG file as Apple's tools change it for apps (CgBI)",
                    advice: "take the picture it was made from"
                )
            }
            throw .damaged(format: "PNG", reason: "no header")
        }
        try limits.check(width: bigEndian(bytes, at: 16), height: bigEndian(bytes, at: 20), format: "PNG")
        let marks = Marks(bytes)
        return try bytes.withUnsafeBufferPointer { bytes throws(PictureError) in
            var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
            var header = cpng_header()
            let edge = UInt32(min(limits.pixels, Int(Int32.max)))
            guard let reader = cpng_open(bytes.baseAddress, bytes.count, edge, edge, &header, &message) else {
                throw .damaged(format: "PNG", reason: text(of: message))
            }
            defer { cpng_close(reader) }
            let (width, height) = (Int(header.width), Int(header.height))
            try limits.check(width: width, height: height, format: "PNG")
            return try RowReceiver.picture(
                width: width,
                height: height,
                layout: header.bits == 16 ? .rgba16 : .rgba,
                colours: colours(of: header, marks),
                isGrey: header.grey != 0,
                orientation: marks.orientation,
                watch: watch
            ) { receiver throws(PictureError) in
                let status = cpng_read(
                    reader,
                    { context, y, row in receive(context, y, row) },
                    { context in proceed(context) },
                    Unmanaged.passUnretained(receiver).toOpaque(),
                    &message
                )
                if status < 0 { throw .damaged(format: "PNG", reason: text(of: message)) }
            }
        }
    }

    static func encode(_ picture: Picture) throws(PictureError) -> [UInt8] {
        var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
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

    /// The best that is known: cICP before iCCP before sRGB before gAMA and cHRM (PNG, third edition).
    private static func colours(of header: cpng_header, _ marks: Marks) -> ColourSource {
        if let coded = marks.coded { return coded }
        if let profile = header.profile, header.profile_count > 0 {
            return .profile(Array(UnsafeBufferPointer(start: profile, count: header.profile_count)))
        }
        if header.srgb != 0 { return .srgb }
        let c = header.chromaticities
        let places = [c.0, c.1, c.2, c.3, c.4, c.5, c.6, c.7].map { Double($0) / 100_000 }
        return .measured(
            gamma: header.gamma > 0 ? Double(header.gamma) / 100_000 : nil,
            chromaticities: places.contains { $0 != 0 } ? places : nil
        )
    }

    /// What chunks say that libpng does not read: `eXIf`, wherever it stands, and `cICP`.
    private struct Marks {
        var orientation = ExifOrientation.upright
        var coded: ColourSource?

        init(_ bytes: [UInt8]) {
            var offset = 8
            var isBeforeData = true
            while offset + 12 <= bytes.count {
                let length = bigEndian(bytes, at: offset)
                guard length <= bytes.count - offset - 12 else { break }
                let (type, body) = (bytes[offset + 4..<offset + 8], bytes[offset + 8..<offset + 8 + length])
                if type.elementsEqual("eXIf".utf8) {
                    orientation = ExifOrientation(tiff: body)
                    break
                }
                if type.elementsEqual("IDAT".utf8) { isBeforeData = false }
                if isBeforeData, length == 4, type.elementsEqual("cICP".utf8) {
                    coded = .coded(primaries: Int(body[body.startIndex]), transfer: Int(body[body.startIndex + 1]))
                }
                offset += length + 12
            }
        }
    }

    private static func bigEndian(_ bytes: [UInt8], at offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// A row from a C decoder to the receiver that `context` is; not 0: no more.
func receive(_ context: UnsafeMutableRawPointer?, _ y: UInt32, _ row: UnsafeRawPointer?) -> Int32 {
    guard let context, let row else { return 1 }
    return Unmanaged<RowReceiver>.fromOpaque(context).takeUnretainedValue().take(row: Int(y), row) ? 0 : 1
}

/// A C decoder's checkpoint; not 0: no more.
func proceed(_ context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context else { return 1 }
    return Unmanaged<RowReceiver>.fromOpaque(context).takeUnretainedValue().goesOn() ? 0 : 1
}

/// The text that a C shim left in a fixed-size message field.
func text(of message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
