/// Writes big-endian fields.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func write<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ more: [UInt8]) {
        bytes += more
    }

    /// UTF-8 in a field of fixed size, filled with zeros.
    mutating func write(_ text: String, size: Int) {
        let encoded = Array(text.utf8.prefix(size))
        bytes += encoded
        bytes += [UInt8](repeating: 0, count: size - encoded.count)
    }
}

/// Reads big-endian fields; reading past the end is an error, never a trap.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    var remaining: Int { bytes.endIndex - offset }

    mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) throws(WireError) -> T {
        guard remaining >= MemoryLayout<T>.size else { throw .length(bytes.count) }
        defer { offset += MemoryLayout<T>.size }
        let start = offset - bytes.startIndex
        return T(bigEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: T.self) })
    }

    mutating func read(count: Int) throws(WireError) -> [UInt8] {
        guard count >= 0, remaining >= count else { throw .length(bytes.count) }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// UTF-8 in a field of fixed size, filled with zeros.
    mutating func readText(size: Int) throws(WireError) -> String {
        let field = try read(count: size)
        let text = field.prefix { $0 != 0 }
        guard field[text.endIndex...].allSatisfy({ $0 == 0 }), let string = String(validating: text, as: UTF8.self)
        else { throw .field("text") }
        return string
    }
}
