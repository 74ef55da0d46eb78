/// What kind of file the first bytes promise.
enum PictureFormat: Equatable {
    case png, jpeg, webP
    /// HEIC or AVIF.
    case heif(name: String)
    /// Known, but not read here.
    case other(name: String, advice: String)

    /// The format, or nil when the bytes begin like none that is known.
    init?(of bytes: [UInt8]) {
        func begins(_ start: [UInt8]) -> Bool { bytes.starts(with: start) }
        func begins(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
        if begins(PNGCodec.signature) {
            self = .png
        } else if begins(JPEGCodec.signature) {
            self = .jpeg
        } else if begins("RIFF"), begins("WEBP", at: 8) {
            self = .webP
        } else if begins("ftyp", at: 4) {
            self.init(brandsOf: bytes)
        } else if begins("GIF8") {
            self = .other(name: "a GIF file", advice: "save the one picture that is meant as PNG")
        } else if begins("BM") {
            self = .other(name: "a BMP file", advice: "save it as PNG")
        } else if [[0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A], [0x49, 0x49, 0x2B, 0]].contains(where: begins) {
            self = .other(
                name: "a TIFF file or a camera's raw file",
                advice: "export it as JPEG, or save it as PNG"
            )
        } else if begins([0xFF, 0x0A]) || begins([0, 0, 0, 0x0C] + "JXL ".utf8) {
            self = .other(name: "a JPEG XL file", advice: "save it as PNG, or turn it back into JPEG with djxl")
        } else if begins([0xFF, 0x4F, 0xFF, 0x51]) || begins([0, 0, 0, 0x0C] + "jP  ".utf8) {
            self = .other(name: "a JPEG 2000 file", advice: "save it as PNG")
        } else if begins("8BPS") {
            self = .other(name: "a Photoshop file", advice: "export it as PNG or JPEG")
        } else if begins("%PDF-") {
            self = .other(name: "a PDF file", advice: "export the photo in it as PNG or JPEG")
        } else if begins("<svg") || begins("<?xml") {
            self = .other(name: "an SVG or XML file", advice: "a photo is needed: PNG, JPEG, WebP, HEIC or AVIF")
        } else {
            return nil
        }
    }

    /// From the brands of an ISO media file: the main one, then after its version those that it is compatible with.
    private init?(brandsOf bytes: [UInt8]) {
        let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        let names = stride(from: 8, to: min(length, bytes.count, 256) - 3, by: 4).filter { $0 != 12 }.map {
            String(decoding: bytes[$0..<$0 + 4], as: UTF8.self)
        }
        if names.contains(where: { ["avif", "avis"].contains($0) }) {
            self = .heif(name: "AVIF")
        } else if names.contains(where: { ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1"].contains($0) }) {
            self = .heif(name: "HEIC")
        } else if names.contains("crx ") {
            self = .other(name: "a camera's raw file", advice: "export it as JPEG")
        } else if names.contains("jxl ") {
            self = .other(name: "a JPEG XL file", advice: "save it as PNG, or turn it back into JPEG with djxl")
        } else {
            self = .other(name: "a video", advice: "save one of its pictures as PNG or JPEG")
        }
    }
}
