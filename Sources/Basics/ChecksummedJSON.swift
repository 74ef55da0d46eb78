import Crypto

/// JSON files that notice when they were damaged: the content stands between a SHA-256 of its bytes and a closing brace,
/// so that the whole is JSON again (`jq .content FILE`).
package enum ChecksummedJSON {
    /// The file is cut short, altered or of another kind.
    package struct Damaged: Error, CustomStringConvertible {
        package let description = "the file is damaged: its checksum does not fit"
    }

    private static let opening = Array("{\"sha256\": \"".utf8)
    private static let middle = Array("\", \"content\":\n".utf8)
    private static let closing = Array("\n}\n".utf8)

    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let content = try DatedJSON.encode(value, pretty: true)
        return opening + digest(content) + middle + content + closing
    }

    /// - Throws: `Damaged`, or `DecodingError` when the content is whole but of another type.
    package static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from file: [UInt8]) throws -> Value {
        let head = opening.count + 64 + middle.count
        guard file.count >= head + closing.count, file.starts(with: opening), file.suffix(closing.count) == closing[...]
        else { throw Damaged() }
        let content = file[head..<file.count - closing.count]
        guard file[..<head] == (opening + digest(content) + middle)[...] else { throw Damaged() }
        return try DatedJSON.decode(type, from: content)
    }

    private static func digest(_ content: some Sequence<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: Array(content)).hexadecimal.utf8)
    }
}
