import CJPEG

enum JPEGCodec {
    static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    static func decode(_ bytes: [UInt8], limits: DecodeLimits, watch: DecodeWatch) throws(PictureError) -> Picture {
        var message = [CChar](repeating: 0, count: Int(CJPEG_MESSAGE_SIZE))
        var header = cjpeg_header()
        guard cjpeg_read_header(bytes, bytes.count, &header, &message) == 0 else {
            throw .damaged(format: "JPEG", reason: text(of: message))
        }
        let (width, height) = (Int(header.width), Int(header.height))
        try limits.check(width: width, height: height, format: "JPEG")
        let marks = Marks(bytes)
        var bounds = cjpeg_limits(
            memory: limits.memory,
            scans: UInt32(limits.scans),
            scanned_pixels: UInt64(limits.scannedPixels)
        )
        return try RowReceiver.picture(
            width: width,
            height: height,
            layout: header.components == 4 ? .cmyk(inverted: header.inverted != 0) : .rgb,
            colours: marks.profile.map { .profile($0) } ?? .srgb,
            isGrey: header.components == 1,
            orientation: marks.orientation,
            watch: watch
        ) { receiver throws(PictureError) in
            let status = cjpeg_decode(
                bytes,
                bytes.count,
                &header,
                &bounds,
                { context, y, row in receive(context, y, row) },
                { context in proceed(context) },
                Unmanaged.passUnretained(receiver).toOpaque(),
                &message
            )
            if status < 0 { throw .damaged(format: "JPEG", reason: text(of: message)) }
        }
    }

    /// What the segments before the first scan say: the orientation in APP1, the profile's parts in APP2.
    private struct Marks {
        private static let exif: [UInt8] = Array("Exif\0\0".utf8)
        private static let icc: [UInt8] = Array("ICC_PROFILE\0".utf8)

        private(set) var orientation = ExifOrientation.upright
        private var parts: [UInt8: ArraySlice<UInt8>] = [:]
        private var count: UInt8 = 0

        init(_ bytes: [UInt8]) {
            var offset = 2
            var knowsOrientation = false
            while offset + 4 <= bytes.count, bytes[offset] == 0xFF {
                let marker = bytes[offset + 1]
                if marker == 0xFF {  // fill byte
                    offset += 1
                    continue
                }
                let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
                guard marker != 0xDA, length >= 2, length <= bytes.count - offset - 2 else { break }
                let body = bytes[offset + 4..<offset + 2 + length]
                if marker == 0xE1, !knowsOrientation, body.starts(with: Self.exif) {
                    orientation = ExifOrientation(tiff: body.dropFirst(Self.exif.count))
                    knowsOrientation = true
                }
                let rest = body.dropFirst(Self.icc.count)
                if marker == 0xE2, body.starts(with: Self.icc), rest.count > 2 {
                    // Number of this part, counted from 1, and of all.
                    count = rest[rest.startIndex + 1]
                    parts[rest[rest.startIndex]] = rest.dropFirst(2)
                }
                offset += 2 + length
            }
        }

        /// The profile, when all its parts are there.
        var profile: [UInt8]? {
            guard count > 0 else { return nil }
            var whole: [UInt8] = []
            for number in 1...count {
                guard let part = parts[number] else { return nil }
                whole += part
            }
            return whole
        }
    }
}
