import CImageCoders
import Foundation
import Imaging

/// A lossy picture format, the source code of the classical chain.
package enum ImageCoder: String, CaseIterable, Codable, Sendable {
    /// libjpeg-turbo, baseline with its standard Huffman tables.
    case jpeg
    /// libwebp, method 6.
    case webp
    /// libheif with libaom.
    case avif
    /// libheif with x265: HEVC intra, which stands in for BPG.
    case hevc

    /// A picture as a file.
    package struct Coded {
        package let file: [UInt8]
        /// Bytes of it that carry the picture: what both ends could agree on beforehand (containers, sizes, tables) is not
        /// counted, which favours the format.
        package let payload: Int
    }

    private typealias Encode =
        @Sendable (
            UnsafePointer<UInt8>, UInt32, UInt32, Int32, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
            UnsafeMutablePointer<Int>, UnsafeMutablePointer<CChar>
        ) -> Int32

    private var library: Encode {
        switch self {
        case .jpeg: { cimagecoders_jpeg($0, $1, $2, $3, $4, $5, $6) }
        case .webp: { cimagecoders_webp($0, $1, $2, $3, $4, $5, $6) }
        case .avif: { cimagecoders_heif($0, $1, $2, $3, 1, $4, $5, $6) }
        case .hevc: { cimagecoders_heif($0, $1, $2, $3, 0, $4, $5, $6) }
        }
    }

    /// - Parameter quality: 0 to 100.
    /// - Throws: `PictureError.encodingFailed`.
    package func encode(_ picture: Picture, quality: Int) throws(PictureError) -> Coded {
        var message = [CChar](repeating: 0, count: Int(CIMAGECODERS_MESSAGE_SIZE))
        var block: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = library(
            picture.pixels,
            UInt32(picture.width),
            UInt32(picture.height),
            Int32(quality),
            &block,
            &count,
            &message
        )
        guard status == 0, let block else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw .encodingFailed(reason: "\(rawValue): \(reason)")
        }
        defer { free(block) }
        let file = Array(UnsafeBufferPointer(start: block, count: count))
        return Coded(file: file, payload: payload(of: file))
    }

    /// The sharpest picture that fits so many bytes: over all qualities, at full size or scaled down by 2, 4 or 8.
    ///
    /// - Returns: nil where nothing fits.
    /// - Throws: `PictureError`.
    package func sharpest(_ picture: Picture, bytes: Int) throws(PictureError) -> (picture: Picture, payload: Int)? {
        var best: (picture: Picture, payload: Int)?
        for factor in [1, 2, 4, 8] {
            let (width, height) = (max(1, picture.width / factor), max(1, picture.height / factor))
            let small = factor == 1 ? picture : picture.resizedArea(width: width, height: height)
            guard let coded = try largest(small, bytes: bytes)?.coded else { continue }
            let decoded = try PictureFile.decode(coded.file)
            let whole = decoded.resizedArea(width: picture.width, height: picture.height)
            if let best, best.picture.psnr(against: picture) >= whole.psnr(against: picture) { continue }
            best = (whole, coded.payload)
        }
        return best
    }

    /// The file of the highest quality that fits, and that quality.
    func largest(_ picture: Picture, bytes: Int) throws(PictureError) -> (coded: Coded, quality: Int)? {
        var found: (Coded, Int)?
        var (low, high) = (0, 100)
        while low <= high {
            let quality = (low + high) / 2
            let coded = try encode(picture, quality: quality)
            if coded.payload <= bytes {
                found = (coded, quality)
                low = quality + 1
            } else {
                high = quality - 1
            }
        }
        return found
    }

    private func payload(of file: [UInt8]) -> Int {
        switch self {
        case .jpeg: Self.scanBytes(of: file)
        // RIFF, its size, WEBP, the chunk's name and its size.
        case .webp: max(0, file.count - 20)
        case .avif, .hevc: Self.mediaBytes(of: file)
        }
    }

    /// Behind the header of the only scan, which the end marker closes.
    private static func scanBytes(of file: [UInt8]) -> Int { scan(of: file)?.count ?? file.count }

    /// Where the only scan of a JPEG file lies, between its header and the end marker; nil without one.
    static func scan(of file: [UInt8]) -> Range<Int>? {
        var place = 2
        while place + 4 <= file.count {
            let length = Int(file[place + 2]) << 8 | Int(file[place + 3])
            let isScan = file[place + 1] == 0xDA
            place += 2 + length
            if isScan { return place <= file.count - 2 ? place..<file.count - 2 : nil }
        }
        return nil
    }

    /// Of the box `mdat`.
    private static func mediaBytes(of file: [UInt8]) -> Int {
        var place = 0
        while place + 8 <= file.count {
            let size = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            if file[place + 4..<place + 8].elementsEqual("mdat".utf8) { return max(0, size - 8) }
            guard size >= 8 else { break }
            place += size
        }
        return file.count
    }
}
