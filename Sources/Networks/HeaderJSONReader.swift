/// A reader for the JSON subset of safetensors headers: objects, strings, arrays of non-negative whole numbers.
///
/// Works in one pass over the bytes and never recurses, so that no input can exhaust the stack.
struct HeaderJSONReader {
    typealias Refusal = SafetensorsHeader.Refusal

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Reads `{"key": value, …}`; `value` must read each value.
    mutating func object(
        _ value: (_ key: String, _ reader: inout HeaderJSONReader) throws(Refusal) -> Void
    ) throws(Refusal) {
        try expect("{")
        if skip("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try value(key, &self)
        } while skip(",")
        try expect("}")
    }

    /// Reads `[n, …]` of at most `limit` numbers.
    mutating func integers(atMost limit: Int) throws(Refusal) -> [Int] {
        var numbers: [Int] = []
        try expect("[")
        if skip("]") { return [] }
        repeat {
            guard numbers.count < limit else { throw refusal("an array has more than \(limit) numbers") }
            numbers.append(try integer())
        } while skip(",")
        try expect("]")
        return numbers
    }

    /// Reads a string with JSON's escapes.
    mutating func string() throws(Refusal) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while true {
            guard let byte = next() else { throw refusal("a string does not end") }
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else {
                    throw refusal("a string is not UTF-8")
                }
                return result
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try escaped()).utf8)
            case ..<0x20: throw refusal("a string holds a control character")
            default: text.append(byte)
            }
        }
    }

    /// Checks that only white space follows.
    mutating func end() throws(Refusal) {
        skipSpace()
        guard position == bytes.count else { throw refusal("something follows the JSON object") }
    }

    private mutating func integer() throws(Refusal) -> Int {
        skipSpace()
        let begin = position
        var value = 0
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw refusal("a number is too large") }
            value = sum
            position += 1
        }
        let digits = position - begin
        guard digits > 0, digits == 1 || bytes[begin] != UInt8(ascii: "0") else {
            throw refusal("a whole number, not negative, is expected")
        }
        return value
    }

    private mutating func escaped() throws(Refusal) -> Unicode.Scalar {
        switch next() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            guard unit < 0xDC00, next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u") else {
                throw refusal("a surrogate stands alone")
            }
            let low = try hexadecimal()
            guard (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            else { throw refusal("a surrogate stands alone") }
            return scalar
        default: throw refusal("an escape is unknown")
        }
    }

    private mutating func hexadecimal() throws(Refusal) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw refusal("an escape lacks its four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Refusal) {
        guard skip(character) else { throw refusal("\"\(character)\" is expected") }
    }

    private func refusal(_ reason: String) -> Refusal {
        Refusal(reason: "header byte \(position): \(reason)")
    }
}
