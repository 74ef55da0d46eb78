/// Parts a sequence of bytes into the JPEG and PNG files that it is made of: Motion JPEG, or pictures one after the other.
package struct PictureSplitter: Sendable {
    /// Bytes of the largest picture.
    private let most: Int
    private var bytes: [UInt8] = []
    /// Where the first picture begins.
    private var start = 0
    /// Where the search for the end of the first picture goes on: what is before has been looked at.
    private var place = 0
    /// Of a JPEG: whether `place` is among the data of a scan.
    private var isInScan = false

    /// - Parameter most: bytes of the largest picture.
    package init(most: Int = 16 << 20) { self.most = most }

    /// Takes some bytes more and returns the pictures that they make whole.
    ///
    /// - Throws: `Malformed` where what comes is no picture, or one that is too large.
    package mutating func take(_ more: some Sequence<UInt8>) throws(Malformed) -> [[UInt8]] {
        bytes += more
        var pictures: [[UInt8]] = []
        while let picture = try next() { pictures.append(picture) }
        bytes.removeFirst(start)
        (start, place) = (0, max(0, place - start))
        guard bytes.count <= most else { throw Malformed("a picture is larger than \(most) bytes") }
        return pictures
    }

    /// Whether bytes are left of which no picture was made.
    package var hasRest: Bool { !bytes.isEmpty }

    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private mutating func next() throws(Malformed) -> [UInt8]? {
        guard start < bytes.count else { return nil }
        let first = bytes[start]
        let isWhole: Bool
        switch first {
        case 0xFF: isWhole = try jpegEnds()
        case 0x89: isWhole = try pngEnds()
        default: throw Malformed("there is neither a JPEG nor a PNG at the beginning of a picture")
        }
        guard isWhole else { return nil }
        let picture = Array(bytes[start..<place])
        (start, isInScan) = (place, false)
        return picture
    }

    /// Goes on from marker to marker; a thumbnail within a segment is skipped with it.
    private mutating func jpegEnds() throws(Malformed) -> Bool {
        guard bytes.count >= start + 2 else { return false }
        guard bytes[start + 1] == 0xD8 else { throw Malformed("a JPEG begins with FF D8") }
        place = max(place, start + 2)
        while place + 1 < bytes.count {
            if isInScan {
                // Zero stuffs, and restarts do not end it.
                let isMarker =
                    bytes[place] == 0xFF && bytes[place + 1] != 0 && !(0xD0...0xD7).contains(bytes[place + 1])
                guard isMarker else {
                    place += 1
                    continue
                }
                isInScan = false
            }
            guard bytes[place] == 0xFF else { throw Malformed("a JPEG's segments begin with FF") }
            switch bytes[place + 1] {
            case 0xFF: place += 1
            case 0xD9:
                place += 2
                return true
            case 0x01, 0xD0...0xD7: place += 2
            case 0, 0xD8: throw Malformed("a JPEG is broken")
            case let marker:
                guard place + 3 < bytes.count else { return false }
                let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
                guard length >= 2 else { throw Malformed("a JPEG's segment is too short") }
                guard place + 2 + length <= bytes.count else { return false }
                place += 2 + length
                isInScan = marker == 0xDA
            }
        }
        return false
    }

    private mutating func pngEnds() throws(Malformed) -> Bool {
        guard bytes[start...].starts(with: Self.png.prefix(bytes.count - start)) else {
            throw Malformed("a PNG begins with its signature")
        }
        place = max(place, start + Self.png.count)
        while place + 12 <= bytes.count {
            let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= most else { throw Malformed("a PNG's chunk is larger than \(most) bytes") }
            guard place + 12 + length <= bytes.count else { return false }
            let isLast = bytes[place + 4..<place + 8].elementsEqual("IEND".utf8)
            place += 12 + length
            if isLast { return true }
        }
        return false
    }

    /// Why bytes are no sequence of pictures.
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }
}
