/// How a stored picture must be turned to stand upright (EXIF 2.32, tag 0x0112).
enum ExifOrientation: UInt16 {
    case upright = 1
    case mirrored = 2
    case rotatedHalf = 3
    case flipped = 4
    case transposed = 5
    case rotatedRight = 6
    case transversed = 7
    case rotatedLeft = 8

    /// Reads the tag from the first directory of a TIFF block; anything unreadable means upright.
    init(tiff: ArraySlice<UInt8>) {
        self = Self.read(Array(tiff)) ?? .upright
    }

    private static func read(_ tiff: [UInt8]) -> ExifOrientation? {
        guard tiff.count >= 8 else { return nil }
        let little = tiff[0] == 0x49 && tiff[1] == 0x49
        guard little || (tiff[0] == 0x4D && tiff[1] == 0x4D) else { return nil }
        func integer(at offset: Int, bytes count: Int) -> Int? {
            guard offset >= 0, offset <= tiff.count - count else { return nil }
            let field = tiff[offset..<offset + count]
            return little ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
        }
        guard integer(at: 2, bytes: 2) == 42,
            let directory = integer(at: 4, bytes: 4),
            let entries = integer(at: directory, bytes: 2)
        else { return nil }
        for entry in 0..<entries {
            let offset = directory + 2 + entry * 12
            guard let tag = integer(at: offset, bytes: 2) else { return nil }
            if tag == 0x0112 {
                // SHORT, as the standard has it; some programs write LONG or BYTE.
                let widths = [1: 1, 3: 2, 4: 4]
                guard let type = integer(at: offset + 2, bytes: 2), let width = widths[type],
                    let value = integer(at: offset + 8, bytes: width)
                else { return nil }
                return UInt16(exactly: value).flatMap(ExifOrientation.init(rawValue:))
            }
        }
        return nil
    }

    /// Whether width and height of the upright picture are the stored one's height and width.
    var swapsAxes: Bool { rawValue >= 5 }

    /// Where pixel (x, y) of a stored picture of this size lies in the upright one: `start + x·across + y·down` pixels
    /// from the upper left.
    func places(width: Int, height: Int) -> (start: Int, across: Int, down: Int) {
        let last = width * height - 1
        return switch self {
        case .upright: (0, 1, width)
        case .mirrored: (width - 1, -1, width)
        case .rotatedHalf: (last, -1, -width)
        case .flipped: (last - width + 1, 1, -width)
        case .transposed: (0, height, 1)
        case .rotatedRight: (height - 1, height, -1)
        case .transversed: (last, -height, -1)
        case .rotatedLeft: (last - height + 1, -height, 1)
        }
    }
}
