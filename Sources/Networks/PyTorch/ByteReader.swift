/// Why bytes cannot be read.
struct ByteReaderError: Error {
    let reason: String
}

/// Little-endian numbers one after the other out of bytes that are not trusted.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) throws(ByteReaderError) {
        guard 0...bytes.count ~= position else { throw ByteReaderError(reason: "a place \(position) outside of it") }
        (self.bytes, self.position) = (bytes, position)
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(ByteReaderError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - position else { throw ByteReaderError(reason: "it is cut short") }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// The next number.
    mutating func take<T: FixedWidthInteger>(_ type: T.Type) throws(ByteReaderError) -> T {
        T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    /// A number that counts or places bytes.
    mutating func takeCount<T: FixedWidthInteger>(_ type: T.Type) throws(ByteReaderError) -> Int {
        let number = try take(type)
        guard let count = Int(exactly: number), count >= 0 else {
            throw ByteReaderError(reason: "a length of \(number) bytes")
        }
        return count
    }

    /// Text of so many bytes.
    mutating func text(_ count: Int) throws(ByteReaderError) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw ByteReaderError(reason: "text that is no UTF-8")
        }
        return text
    }

    /// The bytes up to the next line feed, as text; the line feed is passed.
    mutating func line() throws(ByteReaderError) -> String {
        guard let end = bytes[position...].firstIndex(of: 10) else { throw ByteReaderError(reason: "it is cut short") }
        let line = try text(end - position)
        position += 1
        return line
    }
}
