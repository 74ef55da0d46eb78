import Basics
import Crypto
import FoundationEssentials

/// Why a key file was refused.
package enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Neither 32 raw bytes nor 64 hexadecimal digits nor base64 of 32 bytes.
    case format(count: Int)
    /// All bytes are equal: a placeholder, not a key.
    case trivial

    package var description: String {
        let advice = "make one with `head -c 32 /dev/urandom | base64 > FILE`"
        return switch self {
        case .format(let count):
            "a key file holds 32 raw bytes, 64 hexadecimal digits or base64 of 32 bytes, not these \(count) bytes: \(advice)"
        case .trivial: "the key repeats one byte: \(advice)"
        }
    }
}

/// The 32-byte secret that both ends of a link hold.
package struct PreSharedKey: Sendable, Equatable {
    static let size = 32

    private let bytes: [UInt8]
    /// Tells keys apart on the wire without giving anything of them away.
    package let identifier: UInt32

    /// - Parameter bytes: exactly 32, not all equal.
    package init(bytes: [UInt8]) throws(KeyError) {
        guard bytes.count == Self.size else { throw .format(count: bytes.count) }
        guard Set(bytes).count > 1 else { throw .trivial }
        self.bytes = bytes
        let derived = Self.derive(bytes, purpose: "key identifier", count: 4)
        identifier = derived.withUnsafeBytes { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    /// The key in the contents of a key file; white space around text forms is ignored.
    package static func parse(_ file: [UInt8]) throws(KeyError) -> PreSharedKey {
        if file.count == size { return try PreSharedKey(bytes: file) }
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let text = Array(file.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
        if text.count == 2 * size, let bytes = [UInt8](hexadecimal: text) { return try PreSharedKey(bytes: bytes) }
        if text.count == 44 || text.count == 43 {
            let padded = text.count == 43 ? text + [0x3D] : text
            if let data = Data(base64Encoded: Data(padded)), data.count == size {
                return try PreSharedKey(bytes: Array(data))
            }
        }
        throw .format(count: file.count)
    }

    /// An independent key for one purpose (HKDF with SHA-256).
    func derived(for purpose: String) -> SymmetricKey {
        Self.derive(bytes, purpose: purpose, count: Self.size)
    }

    /// The seed of a transmission's pilots, the interleaver and the turns: another one for each, and nobody without the key
    /// can tell it. Samples of another transmission therefore arrive as noise.
    ///
    /// - Parameter number: of the transmission, counted by the sender for as long as its state is kept. The same key and
    ///   number give the same layout, so that a run can be repeated.
    package func layoutSeed(ofTransmission number: UInt32) -> UInt64 {
        Self.derive(bytes, purpose: "layout \(number)", count: 8).withUnsafeBytes {
            $0.reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private static func derive(_ bytes: [UInt8], purpose: String, count: Int) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: bytes),
            info: Array("editable-deepsc 1 \(purpose)".utf8),
            outputByteCount: count
        )
    }
}
