/// Where the regular files of a tar archive lie: ustar and pax of POSIX.1-2017, with GNU's long names and base-256
/// sizes.
///
/// Links, devices and folders are passed over, and so are sparse files, whose bytes are not in one piece. Everything
/// else is read strictly, since an archive that is cut off or damaged would make a smaller test set unnoticed.
struct TarIndex {
    /// Why an archive was refused, and at which byte of it.
    struct Refusal: Error, Equatable {
        let place: Int
        let reason: String
    }

    /// A regular file: its path as the archive has it, and the bytes of its contents within the archive.
    struct File: Equatable {
        let path: String
        let range: Range<Int>
    }

    /// Headers that an archive may have, of all kinds.
    static let mostHeaders = 1 << 20
    /// Bytes of a path.
    static let longestPath = 4096
    /// Bytes of the records of one pax header.
    static let longestRecords = 64 << 10
    private static let block = 512

    /// In the order of the archive.
    private(set) var files: [File] = []

    /// - Parameters:
    ///   - count: bytes of the archive.
    ///   - read: gives bytes of it, and is asked for none outside it.
    /// - Throws: `Refusal`, and what `read` throws.
    init(count: Int, read: (Range<Int>) throws -> [UInt8]) throws {
        var place = 0
        var headers = 0
        var next = TarRecords()
        while true {
            guard count - place >= Self.block else {
                throw Refusal(place: place, reason: "the archive ends without its end mark, so it is cut off")
            }
            let start = place
            let bytes = try read(start..<start + Self.block)
            if bytes.allSatisfy({ $0 == 0 }) { return }
            headers += 1
            guard headers <= Self.mostHeaders else {
                throw Refusal(place: start, reason: "there are more than \(Self.mostHeaders) headers")
            }
            let header = try TarHeader(bytes, place: start)
            place += Self.block
            let stated = header.kind.isAboutNext ? header.size : next.size ?? header.size
            let size = header.hasData ? stated : 0
            guard size <= count - place else {
                throw Refusal(place: start, reason: "a file of \(size) bytes would reach beyond the archive's end")
            }
            let contents = place..<place + size
            switch header.kind {
            case .records, .longPath:
                guard size <= Self.longestRecords else {
                    throw Refusal(place: start, reason: "a header of \(size) bytes is too long")
                }
                let bytes = try read(contents)
                if header.kind == .records {
                    try next.read(bytes, place: contents.lowerBound)
                } else {
                    next.path = bytes.prefix { $0 != 0 }
                }
            case .file:
                let path = next.path ?? header.path
                guard path.count <= Self.longestPath else {
                    throw Refusal(place: start, reason: "a path of \(path.count) bytes is too long")
                }
                // Before POSIX a folder was a file with a slash at its end.
                if !next.isSparse, path.last != UInt8(ascii: "/") {
                    files.append(File(path: String(decoding: path, as: UTF8.self), range: contents))
                }
            case .note, .other: break
            }
            if !header.kind.isAboutNext { next = TarRecords() }
            // Contents fill whole blocks; the last may be cut off, which the next turn finds.
            place += min((size + Self.block - 1) / Self.block * Self.block, count - place)
        }
    }
}

/// One header of 512 bytes.
private struct TarHeader {
    enum Kind {
        /// A regular file, pax records, GNU's long path, what is said besides and does not matter here, anything else.
        case file, records, longPath, note, other

        /// Whether it describes entries that follow, and is none itself.
        var isAboutNext: Bool { self == .records || self == .longPath || self == .note }
    }

    let kind: Kind
    /// Whether contents follow; with links, devices and folders none do, whatever their size says.
    let hasData: Bool
    /// In bytes.
    let size: Int
    /// The prefix, if there is one, a slash and the name.
    let path: [UInt8]

    init(_ bytes: [UInt8], place: Int) throws(TarIndex.Refusal) {
        func refusal(_ reason: String) -> TarIndex.Refusal { TarIndex.Refusal(place: place, reason: reason) }
        let blank = UInt8(ascii: " ")
        let counted = bytes[..<148] + [UInt8](repeating: blank, count: 8) + bytes[156..<512]
        // Old writers added bytes up as signed numbers.
        let sums = [
            counted.reduce(0) { $0 + Int($1) }, counted.reduce(0) { $0 + Int(Int8(bitPattern: $1)) },
        ]
        guard let sum = Self.number(bytes[148..<156]), sums.contains(sum) else {
            throw refusal("the header's checksum is wrong: no tar archive, or a damaged one")
        }
        guard let size = Self.number(bytes[124..<136]) else { throw refusal("the size is no number, or negative") }
        let type = bytes[156]
        switch type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = .file
        case UInt8(ascii: "x"): kind = .records
        case UInt8(ascii: "L"): kind = .longPath
        // Records for all entries, and a link's long target.
        case UInt8(ascii: "g"), UInt8(ascii: "K"): kind = .note
        default: kind = .other
        }
        hasData = !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(type)
        self.size = size
        let name = bytes[..<100].prefix { $0 != 0 }
        // GNU's own format keeps times where POSIX has the prefix.
        let prefix = bytes[257..<263].elementsEqual("ustar\0".utf8) ? bytes[345..<500].prefix { $0 != 0 } : []
        path = Array(prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name)
    }

    /// A number in octal digits with blanks or zero bytes about them, or in base 256 where the first bit says so; nil
    /// where it is neither, negative, or beyond 63 bits.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            guard first & 0x40 == 0 else { return nil }
            var value = Int(first & 0x3F)
            for byte in field.dropFirst() {
                guard value <= Int.max >> 8 else { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let isBlank = { (byte: UInt8) in byte == 0 || byte == UInt8(ascii: " ") }
        let digits = field.drop(while: isBlank).prefix { !isBlank($0) }
        guard field[digits.endIndex...].allSatisfy(isBlank) else { return nil }
        // Twelve digits are 36 bits.
        return digits.reduce(0 as Int?) { value, digit in
            guard let value, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
            return value << 3 | Int(digit & 7)
        }
    }
}

/// What pax records and long names say of the next entry.
private struct TarRecords {
    var path: [UInt8]?
    var size: Int?
    var isSparse = false

    /// Reads records of the form `LENGTH KEY=VALUE` and a line's end, the length that of the whole record in bytes.
    mutating func read(_ bytes: [UInt8], place: Int) throws(TarIndex.Refusal) {
        var rest = bytes[...]
        while let first = rest.indices.first {
            let refusal = TarIndex.Refusal(place: place + first, reason: "a pax record is damaged")
            guard let blank = rest.prefix(20).firstIndex(of: UInt8(ascii: " ")),
                let length = Self.decimal(rest[..<blank]), length <= rest.count, first + length > blank + 1
            else { throw refusal }
            let end = first + length
            guard rest[end - 1] == UInt8(ascii: "\n"),
                let equals = rest[(blank + 1)..<(end - 1)].firstIndex(of: UInt8(ascii: "="))
            else { throw refusal }
            let key = String(decoding: rest[(blank + 1)..<equals], as: UTF8.self)
            let value = rest[(equals + 1)..<(end - 1)]
            switch key {
            case "path": path = value.isEmpty ? nil : Array(value)
            case "size":
                guard let number = Self.decimal(value) else { throw refusal }
                size = number
            default: if key.hasPrefix("GNU.sparse.") { isSparse = true }
            }
            rest = rest[end...]
        }
    }

    /// Up to eighteen decimal digits and nothing else.
    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...18).contains(digits.count) else { return nil }
        return digits.reduce(0 as Int?) { value, digit in
            guard let value, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            return value * 10 + Int(digit - UInt8(ascii: "0"))
        }
    }
}
