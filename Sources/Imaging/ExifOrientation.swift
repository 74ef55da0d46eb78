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
            if tag == 0x0112, integer(at: offset + 2, bytes: 2) == 3, let value = integer(at: offset + 8, bytes: 2) {
                return ExifOrientation(rawValue: UInt16(value))
            }
        }
        return nil
    }

    /// The picture as it is meant to be seen.
    func apply(to picture: Picture) -> Picture {
        if self == .upright { return picture }
        let swapsAxes = rawValue >= 5
        let width = swapsAxes ? picture.height : picture.width
        let height = swapsAxes ? picture.width : picture.height
        let lastX = picture.width - 1
        let lastY = picture.height - 1
        var pixels = [UInt8](repeating: 0, count: picture.pixels.count)
        for y in 0..<height {
            for x in 0..<width {
                let (sourceX, sourceY) =
                    switch self {
                    case .upright: (x, y)
                    case .mirrored: (lastX - x, y)
                    case .rotatedHalf: (lastX - x, lastY - y)
                    case .flipped: (x, lastY - y)
                    case .transposed: (y, x)
                    case .rotatedRight: (y, lastY - x)
                    case .transversed: (lastX - y, lastY - x)
                    case .rotatedLeft: (lastX - y, x)
                    }
                let from = (sourceY * picture.width + sourceX) * 3
                let to = (y * width + x) * 3
                pixels[to] = picture.pixels[from]
                pixels[to + 1] = picture.pixels[from + 1]
                pixels[to + 2] = picture.pixels[from + 2]
            }
        }
        return Picture(width: width, height: height, pixels: pixels)
    }
}
