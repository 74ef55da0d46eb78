import Foundation

/// Why a key file cannot be used.
public enum KeyFileError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    case openToOthers(path: String)
    case malformed(path: String)

    public var description: String {
        switch self {
        case .unreadable(let reason):
            "\(reason); make a key with `Scripts/make_key.sh KEYFILE` and give both ends the same one"
        case .openToOthers(let path): "the key file \(path) can be read by everybody: run `chmod 600 \(path)`"
        case .malformed(let path): "the key file \(path) must hold 64 hexadecimal digits (32 bytes)"
        }
    }
}

/// The pre-shared key that seals side information and reports: 64 hexadecimal digits in a file nobody else can read.
public enum KeyFile {
    /// - Returns: 32 bytes.
    public static func read(_ path: String) throws(KeyFileError) -> [UInt8] {
        var information = stat()
        guard stat(path, &information) == 0 else {
            throw .unreadable("cannot read the key file \(path): \(String(cString: strerror(errno)))")
        }
        guard information.st_mode & 0o007 == 0 else { throw .openToOthers(path: path) }
        let bytes: [UInt8]
        do {
            bytes = try AtomicFile.read(path, limit: 4096)
        } catch {
            throw .unreadable("\(error)")
        }
        let characters = bytes.map { Character(UnicodeScalar($0)) }.filter { !$0.isWhitespace }
        let digits = characters.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
        guard digits.count == 64, digits.count == characters.count else { throw .malformed(path: path) }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
