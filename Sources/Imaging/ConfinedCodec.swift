import CConfined
import CHEIF
import CWebP

/// WebP, HEIC and AVIF: decoded in a process of their own, since their decoders take what memory and time a file asks for.
enum ConfinedCodec {
    /// Not so under a sanitizer, whose memory does not outlive a fork.
    static var isConfined: Bool { cconfined_is_confined() != 0 }

    static func webP(_ bytes: [UInt8], limits: DecodeLimits, watch: DecodeWatch) throws(PictureError) -> Picture {
        let marks = WebPMarks(bytes)
        return try decode("WebP", cwebp_decode, bytes, limits, watch, marks.orientation, marks.profile)
    }

    /// - Parameter format: HEIC or AVIF.
    static func heif(
        _ bytes: [UInt8],
        format: String,
        limits: DecodeLimits,
        watch: DecodeWatch
    ) throws(PictureError) -> Picture {
        _ = isPrepared
        // libheif turns the picture itself; EXIF says the same once more.
        return try decode(format, cheif_decode, bytes, limits, watch, .upright, nil)
    }

    private static let isPrepared: Void = cheif_prepare()
    /// Bytes of address space that any decoder takes, most of it never touched: its threads' stacks and heaps.
    private static let memoryBesides = 384 << 20
    /// Bytes for each pixel: planes, their copies, and the colours made of them.
    private static let memoryOfAPixel = 24

    /// Carries the watch through the C code.
    private final class Context {
        let watch: DecodeWatch
        init(_ watch: DecodeWatch) { self.watch = watch }
    }

    private static func decode(
        _ format: String,
        _ decoder: @escaping cconfined_decoder,
        _ bytes: [UInt8],
        _ limits: DecodeLimits,
        _ watch: DecodeWatch,
        _ orientation: ExifOrientation,
        _ profile: [UInt8]?
    ) throws(PictureError) -> Picture {
        // What the file declares is all it gets memory and time for, whatever is inside.
        let declared = min(PictureFile.declaredPixels(in: bytes) ?? limits.pixels, limits.pixels)
        var bounds = cconfined_limits(
            pixels: limits.pixels,
            memory: min(limits.memory, memoryBesides + declared * memoryOfAPixel),
            seconds: UInt32((limits.seconds * (0.1 + 0.9 * Double(declared) / Double(limits.pixels))).rounded(.up))
        )
        var shared: UnsafeMutablePointer<cconfined_picture>?
        let context = Context(watch)
        let status = cconfined_decode(
            decoder,
            bytes,
            bytes.count,
            &bounds,
            { context in
                guard let context else { return 1 }
                return Unmanaged<Context>.fromOpaque(context).takeUnretainedValue().watch.isOver() ? 1 : 0
            },
            Unmanaged.passUnretained(context).toOpaque(),
            &shared
        )
        guard let shared else { throw .noMemory }
        defer { cconfined_free(shared, &bounds) }
        // The other process may have written anything.
        let (width, height, channels) = (
            Int(shared.pointee.width), Int(shared.pointee.height), Int(shared.pointee.channels)
        )
        switch cconfined_status(UInt32(bitPattern: status)) {
        case CCONFINED_OK: break
        case CCONFINED_TOO_MANY_PIXELS: throw .tooManyPixels(width: width, height: height, limit: limits.pixels)
        case CCONFINED_STOPPED: throw watch.stopped ?? .interrupted
        case CCONFINED_TOO_LONG: throw .tooLong(seconds: limits.seconds)
        case CCONFINED_NO_PROCESS: throw .noMemory
        case CCONFINED_DAMAGED:
            throw .damaged(format: format, reason: String(cString: cconfined_message(shared)))
        default: throw .damaged(format: format, reason: "its decoder broke, or wanted more memory than allowed")
        }
        try limits.check(width: width, height: height, format: format)
        guard channels == 3 || channels == 4, let pixels = cconfined_pixels(shared) else {
            throw .damaged(format: format, reason: "no pixels")
        }
        return try RowReceiver.picture(
            width: width,
            height: height,
            layout: channels == 4 ? .rgba : .rgb,
            colours: profile.map { .profile($0) } ?? colours(of: shared),
            orientation: orientation,
            watch: watch
        ) { receiver throws(PictureError) in
            for y in 0..<height {
                guard receiver.take(row: y, pixels + y * width * channels) else { return }
            }
        }
    }

    private static func colours(of picture: UnsafePointer<cconfined_picture>) -> ColourSource {
        let count = Int(picture.pointee.profile_count)
        if (1...Int(CCONFINED_PROFILE_SIZE)).contains(count), let profile = cconfined_profile(picture) {
            return .profile(Array(UnsafeBufferPointer(start: profile, count: count)))
        }
        return .coded(primaries: Int(picture.pointee.primaries), transfer: Int(picture.pointee.transfer))
    }
}

/// What the chunks of a WebP file say besides the picture.
private struct WebPMarks {
    private(set) var orientation = ExifOrientation.upright
    private(set) var profile: [UInt8]?

    init(_ bytes: [UInt8]) {
        var offset = 12
        while offset + 8 <= bytes.count {
            let length = bytes[offset + 4..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - offset - 8 else { break }
            let (type, body) = (bytes[offset..<offset + 4], bytes[offset + 8..<offset + 8 + length])
            if type.elementsEqual("ICCP".utf8), length <= CCONFINED_PROFILE_SIZE { profile = Array(body) }
            if type.elementsEqual("EXIF".utf8) {
                let prefix = Array("Exif\0\0".utf8)
                orientation = ExifOrientation(tiff: body.starts(with: prefix) ? body.dropFirst(prefix.count) : body)
            }
            offset += 8 + length + length % 2
        }
    }
}
