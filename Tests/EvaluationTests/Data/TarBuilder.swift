/// Makes tar archives, good ones and others.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []
    /// Where the headers are.
    private(set) var headers: [Int] = []

    /// Adds an entry.
    ///
    /// - Parameters:
    ///   - name: the 100 bytes' beginning.
    ///   - size: the field as it is written; of the contents when nil.
    mutating func add(
        _ name: String,
        _ contents: [UInt8] = [],
        type: Character = "0",
        size: [UInt8]? = nil,
        magic: String = "ustar\u{0}00",
        prefix: String = ""
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ field: some Collection<UInt8>, at place: Int) {
            header.replaceSubrange(place..<place + field.count, with: field)
        }
        put(name.utf8.prefix(100), at: 0)
        put("0000644\u{0}".utf8, at: 100)
        put(size ?? Self.octal(contents.count), at: 124)
        put([type.asciiValue ?? 0], at: 156)
        put(magic.utf8, at: 257)
        put(prefix.utf8, at: 345)
        headers.append(bytes.count)
        bytes += header
        Self.mend(&bytes, at: bytes.count - 512)
        bytes += contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }

    /// Adds a pax header for the next entry.
    mutating func addRecords(_ records: String...) {
        let lines = records.map { record in
            // The length counts its own digits.
            let rest = record.utf8.count + 2
            let length = rest + String(rest + String(rest).count).count
            return "\(length) \(record)\n"
        }
        add("pax", Array(lines.joined().utf8), type: "x")
    }

    /// The archive with its end mark.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    static func octal(_ size: Int) -> [UInt8] {
        let digits = String(size, radix: 8)
        return Array((String(repeating: "0", count: max(0, 11 - digits.count)) + digits).utf8) + [0]
    }

    /// The twelve bytes of a size in base 256.
    static func base256(_ size: Int) -> [UInt8] {
        [0x80, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) }
    }

    /// Writes the checksum that fits the header at `place`.
    static func mend(_ bytes: inout [UInt8], at place: Int) {
        guard place + 512 <= bytes.count else { return }
        bytes.replaceSubrange(place + 148..<place + 156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = bytes[place..<place + 512].reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        let field = String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} "
        bytes.replaceSubrange(place + 148..<place + 156, with: Array(field.utf8))
    }
}
