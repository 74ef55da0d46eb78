/// Where the entries of a zip archive lie whose entries are stored as they are: PyTorch compresses none.
///
/// APPNOTE.TXT 6.3.10, with the 64-bit fields. No entry is read before it is asked for.
struct ZipArchive {
    /// Entries that are looked at, at most.
    static let mostEntries = 100_000

    private struct Entry {
        let header, size: Int
    }

    private let bytes: UnsafeRawBufferPointer
    private var entries: [String: Entry] = [:]

    /// Whether bytes begin like an archive.
    static func claims(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
    }

    init(_ bytes: UnsafeRawBufferPointer) throws(ByteReaderError) {
        self.bytes = bytes
        let (start, count) = try Self.directory(bytes)
        guard count <= Self.mostEntries else { throw ByteReaderError(reason: "it has \(count) entries") }
        var reader = try ByteReader(bytes, at: start)
        for _ in 0..<count {
            guard try reader.take(UInt32.self) == 0x0201_4B50 else {
                throw ByteReaderError(reason: "a broken directory")
            }
            _ = try reader.take(6)
            let method = try reader.take(UInt16.self)
            _ = try reader.take(8)
            var (size, full) = (try reader.takeCount(UInt32.self), try reader.takeCount(UInt32.self))
            let lengths = (
                name: try reader.takeCount(UInt16.self), extra: try reader.takeCount(UInt16.self),
                comment: try reader.takeCount(UInt16.self)
            )
            _ = try reader.take(8)
            var header = try reader.takeCount(UInt32.self)
            let name = try reader.text(lengths.name)
            try Self.widen(&full, &size, &header, extra: reader.take(lengths.extra))
            _ = try reader.take(lengths.comment)
            guard method == 0, size == full else { throw ByteReaderError(reason: "its entry \(name) is compressed") }
            entries[name] = Entry(header: header, size: size)
        }
    }

    /// Where the directory begins, and how many entries it has.
    private static func directory(_ bytes: UnsafeRawBufferPointer) throws(ByteReaderError) -> (start: Int, count: Int) {
        // The end record has 22 bytes and a comment of up to 65,535 behind it.
        let from = max(0, bytes.count - 22 - 0xFFFF)
        let end = stride(from: bytes.count - 22, through: from, by: -1).first { at in
            bytes[at] == 0x50 && bytes[at + 1] == 0x4B && bytes[at + 2] == 5 && bytes[at + 3] == 6
        }
        guard let end else { throw ByteReaderError(reason: "its directory is missing: it is cut short") }
        var reader = try ByteReader(bytes, at: end + 10)
        let count = try reader.takeCount(UInt16.self)
        _ = try reader.take(4)
        let start = try reader.takeCount(UInt32.self)
        guard start == 0xFFFF_FFFF || count == 0xFFFF else { return (start, count) }
        // 64 bits: a locator of 20 bytes stands before the end record and says where the longer one is.
        var locator = try ByteReader(bytes, at: end - 20)
        guard try locator.take(UInt32.self) == 0x0706_4B50 else { throw ByteReaderError(reason: "a broken directory") }
        _ = try locator.take(4)
        var record = try ByteReader(bytes, at: locator.takeCount(UInt64.self))
        guard try record.take(UInt32.self) == 0x0606_4B50 else { throw ByteReaderError(reason: "a broken directory") }
        _ = try record.take(28)
        let entries = try record.takeCount(UInt64.self)
        _ = try record.take(8)
        return (try record.takeCount(UInt64.self), entries)
    }

    /// Takes the 64-bit values of fields that say 2³² − 1, in the order of the format.
    private static func widen(
        _ full: inout Int,
        _ size: inout Int,
        _ header: inout Int,
        extra: UnsafeRawBufferPointer
    ) throws(ByteReaderError) {
        var reader = try ByteReader(extra)
        while reader.position < extra.count {
            let (kind, length) = (try reader.take(UInt16.self), try reader.takeCount(UInt16.self))
            var field = try ByteReader(reader.take(length))
            guard kind == 1 else { continue }
            if full == 0xFFFF_FFFF { full = try field.takeCount(UInt64.self) }
            if size == 0xFFFF_FFFF { size = try field.takeCount(UInt64.self) }
            if header == 0xFFFF_FFFF { header = try field.takeCount(UInt64.self) }
        }
    }

    /// Names of all entries.
    var names: Dictionary<String, some Any>.Keys { entries.keys }

    /// An entry's bytes, nil where there is none.
    func bytes(of name: String) throws(ByteReaderError) -> UnsafeRawBufferPointer? {
        guard let entry = entries[name] else { return nil }
        var reader = try ByteReader(bytes, at: entry.header)
        guard try reader.take(UInt32.self) == 0x0403_4B50 else {
            throw ByteReaderError(reason: "a broken entry \(name)")
        }
        _ = try reader.take(22)
        let (named, extra) = (try reader.takeCount(UInt16.self), try reader.takeCount(UInt16.self))
        _ = try reader.take(named + extra)
        return try reader.take(entry.size)
    }
}
