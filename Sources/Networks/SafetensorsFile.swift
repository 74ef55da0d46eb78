import Crypto
import Glibc
import Tensor

/// A safetensors file, memory-mapped: opening it reads the header only, a tensor is read when it is asked for.
///
/// The format is Hugging Face's: a 64-bit little-endian header length, a JSON header, raw little-endian tensors. The
/// header is not trusted (see `SafetensorsHeader`). The file must not be shortened while it is open; this project
/// replaces files by renaming, which is safe.
public final class SafetensorsFile: Sendable {
    /// Where the file lies.
    public let path: String
    /// What the writer noted: source, licence, training seed and the like.
    public let metadata: [String: String]
    private let entries: [String: SafetensorsHeader.Entry]
    private let mapping: MappedFile
    private let dataStart: Int

    /// Opens the file and checks its header.
    ///
    /// - Throws: `.inaccessible` when it cannot be opened, `.malformed` when it breaks the format.
    public init(path: String) throws(SafetensorsError) {
        self.path = path
        mapping = try MappedFile(path: path)
        let bytes = mapping.bytes
        guard bytes.count >= 8 else { throw .malformed(path: path, reason: "it has only \(bytes.count) bytes") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(SafetensorsHeader.longest), Int(length) <= bytes.count - 8 else {
            throw .malformed(path: path, reason: "it announces a header of \(length) bytes")
        }
        dataStart = 8 + Int(length)
        do {
            let header = try SafetensorsHeader(
                json: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]),
                dataCount: bytes.count - dataStart
            )
            entries = header.entries
            metadata = header.metadata
        } catch {
            throw .malformed(path: path, reason: error.reason)
        }
    }

    /// All tensors of the file at `path` by name, none when `path` is nil or nothing lies there: how a trainer opens
    /// its checkpoint.
    public static func tensors(ifPresent path: String?) throws(SafetensorsError) -> [String: Tensor] {
        guard let path, access(path, F_OK) == 0 else { return [:] }
        let file = try SafetensorsFile(path: path)
        var tensors: [String: Tensor] = [:]
        for name in file.names { tensors[name] = try file.tensor(name) }
        return tensors
    }

    /// The tensors' names, sorted.
    public var names: [String] { entries.keys.sorted() }

    /// A tensor's shape.
    public func shape(of name: String) throws(SafetensorsError) -> [Int] {
        try entry(name).shape
    }

    /// Reads one tensor as float32; F16 and BF16 are widened. F32 stays in the mapped file, and takes no memory of its own until it
    /// is written to.
    ///
    /// - Throws: `.noSuchTensor`, or `.unsupportedType` for whole numbers and doubles.
    public func tensor(_ name: String) throws(SafetensorsError) -> Tensor {
        let entry = try entry(name)
        let range = dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound
        let bytes = UnsafeRawBufferPointer(rebasing: mapping.bytes[range])
        if entry.type == .f32, let start = bytes.baseAddress,
            Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0
        {
            return Tensor(borrowing: UnsafeMutableRawPointer(mutating: start), shape: entry.shape, of: mapping)
        }
        let result = Tensor(zeros: entry.shape)
        switch entry.type {
        case .f32:
            result.withUnsafeMutableBufferPointer { UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes) }
        case .f16:
            result.setHalves(bytes)
        case .bf16:
            result.withUnsafeMutableBufferPointer { values in
                for index in values.indices {
                    let bits = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                    values[index] = Float(bitPattern: UInt32(bits) << 16)
                }
            }
        default: throw .unsupportedType(name: name, type: entry.type.rawValue)
        }
        return result
    }

    /// Size of the whole file.
    public var byteCount: Int { mapping.bytes.count }

    /// SHA-256 of the whole file.
    public var sha256: SHA256Digest { mapping.sha256 }

    private func entry(_ name: String) throws(SafetensorsError) -> SafetensorsHeader.Entry {
        guard let entry = entries[name] else { throw .noSuchTensor(name: name, path: path) }
        return entry
    }
}

/// A regular file's bytes, mapped. Who writes to them gets a copy of the page; the file stays as it is.
final class MappedFile: @unchecked Sendable {
    // Written only through tensors, which are shared as values are.
    let bytes: UnsafeRawBufferPointer

    init(path: String) throws(SafetensorsError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .inaccessible(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .inaccessible(path: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .inaccessible(path: path, reason: "it is not a file") }
        guard status.st_size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let count = Int(status.st_size)
        guard let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
        else {
            throw .inaccessible(path: path, reason: String(cString: strerror(errno)))
        }
        bytes = UnsafeRawBufferPointer(start: start, count: count)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    var sha256: SHA256Digest {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        return hash.finalize()
    }
}
