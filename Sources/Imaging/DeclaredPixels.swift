extension PictureFile {
    /// How many pixels a file says it has, read from its first bytes alone; nil where it does not say.
    ///
    /// Only a guess at what decoding it will cost: nothing is checked.
    public static func declaredPixels(in bytes: [UInt8]) -> Int? {
        let head = Array(bytes.prefix(1 << 18))
        func number(at offset: Int, bytes count: Int, little: Bool = false) -> Int? {
            guard offset >= 0, offset + count <= head.count else { return nil }
            let field = head[offset..<offset + count]
            return little ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
        }
        func area(_ width: Int?, _ height: Int?) -> Int? {
            guard let width, let height else { return nil }
            let (area, overflows) = width.multipliedReportingOverflow(by: height)
            return overflows ? nil : area
        }
        switch PictureFormat(of: bytes) {
        case .png:
            return area(number(at: 16, bytes: 4), number(at: 20, bytes: 4))
        case .jpeg:
            var offset = 2
            while let marker = number(at: offset, bytes: 2), marker >= 0xFF00,
                let length = number(at: offset + 2, bytes: 2)
            {
                let isFrame = (0xFFC0...0xFFCF).contains(marker) && ![0xFFC4, 0xFFC8, 0xFFCC].contains(marker)
                if isFrame { return area(number(at: offset + 7, bytes: 2), number(at: offset + 5, bytes: 2)) }
                offset += marker == 0xFFFF ? 1 : 2 + max(length, 2)
            }
            return nil
        case .webP:
            switch head.dropFirst(12).prefix(4) {
            case Array("VP8X".utf8)[...]:
                return area(
                    number(at: 24, bytes: 3, little: true).map { $0 + 1 },
                    number(at: 27, bytes: 3, little: true).map { $0 + 1 }
                )
            case Array("VP8L".utf8)[...]:
                return number(at: 21, bytes: 4, little: true)
                    .flatMap { area(($0 & 0x3FFF) + 1, ($0 >> 14 & 0x3FFF) + 1) }
            default:
                return area(
                    number(at: 26, bytes: 2, little: true).map { $0 & 0x3FFF },
                    number(at: 28, bytes: 2, little: true).map { $0 & 0x3FFF }
                )
            }
        case .heif:
            // The largest of the `ispe` properties: the whole picture's, beside those of its tiles and thumbnails.
            let name = Array("ispe".utf8)
            var largest: Int?
            for offset in head.indices.dropLast(16) where head[offset] == name[0] {
                guard head[offset..<offset + 4].elementsEqual(name),
                    let area = area(number(at: offset + 8, bytes: 4), number(at: offset + 12, bytes: 4))
                else { continue }
                largest = max(largest ?? 0, area)
            }
            return largest
        case .other, nil:
            return nil
        }
    }
}
