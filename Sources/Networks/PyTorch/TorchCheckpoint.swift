import Basics
import Tensor

/// A checkpoint that `torch.save` wrote, read without PyTorch and without running what is in it: a zip archive, or
/// the format of before PyTorch 1.6.
///
/// Tensors of dictionaries in dictionaries have the names of all of them, with a slash between: `g_ema/conv1.bias`.
/// The file is not trusted, and must not be shortened while it is open.
public final class TorchCheckpoint {
    /// Dictionaries within one another, and values in all of them, at most.
    static let mostLevels = 16, mostValues = 1_000_000

    /// Where the file lies.
    public let path: String
    private let mapping: MappedFile
    private var tensors: [String: TorchTensor] = [:]
    private var storages: [String: UnsafeRawBufferPointer] = [:]

    /// Opens a file and looks through what it holds.
    ///
    /// - Throws: `.inaccessible`, `.malformed`.
    public init(path: String) throws(TorchCheckpointError) {
        self.path = path
        do {
            mapping = try MappedFile(path: path)
        } catch {
            guard case .inaccessible(_, let reason) = error else { throw .inaccessible(path: path, reason: "\(error)") }
            throw .inaccessible(path: path, reason: reason)
        }
        do {
            let value = ZipArchive.claims(mapping.bytes) ? try readArchive() : try readLegacy()
            var visited = 0
            try collect(value, name: "", levels: 0, &visited)
        } catch {
            throw .malformed(path: path, reason: error.reason)
        }
        if tensors.isEmpty { throw .malformed(path: path, reason: "there is no tensor in its dictionaries") }
    }

    /// The tensors' names, sorted.
    public var names: [String] { tensors.keys.sorted() }

    /// A tensor's shape.
    public func shape(of name: String) throws(TorchCheckpointError) -> [Int] { try entry(name).shape }

    /// A tensor as float32.
    ///
    /// - Throws: `.noSuchTensor`, `.unsupportedType` of whole numbers, `.malformed` where its numbers are not there.
    public func tensor(_ name: String) throws(TorchCheckpointError) -> Tensor {
        let entry = try entry(name)
        let storage = entry.storage
        guard let type = ElementType(rawValue: storage.type), let size = Self.sizes[storage.type] else {
            throw .unsupportedType(name: name, type: storage.type)
        }
        guard let bytes = storages[storage.key], bytes.count / size >= storage.count else {
            throw .malformed(path: path, reason: "the numbers of \(name) are missing")
        }
        guard let count = Self.count(entry.shape), entry.offset >= 0, Self.isContiguous(entry),
            count <= storage.count, entry.offset <= storage.count - count
        else {
            throw .malformed(path: path, reason: "the numbers of \(name) do not lie one after the other in its storage")
        }
        let tensor = Tensor(zeros: entry.shape)
        tensor.withUnsafeMutableBufferPointer { values in
            for place in 0..<count {
                values[place] = type.number(bytes, (entry.offset + place) * size)
            }
        }
        return tensor
    }

    /// A tensor as float32, of a certain shape.
    public func tensor(_ name: String, _ shape: [Int]) throws(TorchCheckpointError) -> Tensor {
        let found = try self.shape(of: name)
        guard found == shape else { throw .shapeMismatch(name: name, expected: shape, found: found) }
        return try tensor(name)
    }

    /// SHA-256 of the whole file, in hexadecimal.
    public var digest: String { mapping.sha256.hexadecimal }

    private func entry(_ name: String) throws(TorchCheckpointError) -> TorchTensor {
        guard let entry = tensors[name] else { throw .noSuchTensor(name: name, path: path) }
        return entry
    }

    /// The product of a shape, nil of one that no tensor has.
    private static func count(_ shape: [Int]) -> Int? {
        var count = 1
        for size in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            guard size > 0, !overflows else { return nil }
            count = product
        }
        return shape.count <= 8 ? count : nil
    }

    /// Whether a tensor's numbers follow one another as in its shape.
    private static func isContiguous(_ tensor: TorchTensor) -> Bool {
        guard tensor.strides.count == tensor.shape.count else { return false }
        var expected = 1
        for (size, stride) in zip(tensor.shape, tensor.strides).reversed() {
            if size != 1, stride != expected { return false }
            expected *= size
        }
        return true
    }

    private func collect(
        _ value: PickleValue,
        name: String,
        levels: Int,
        _ visited: inout Int
    ) throws(ByteReaderError) {
        visited += 1
        guard levels <= Self.mostLevels, visited <= Self.mostValues else {
            throw ByteReaderError(reason: "dictionaries in dictionaries without end")
        }
        switch value {
        case .tensor(let tensor): tensors[name] = tensor
        case .dictionary(let container):
            for pair in stride(from: 0, to: container.items.count - 1, by: 2) {
                guard let key = container.items[pair].text else { continue }
                let inner = name.isEmpty ? key : "\(name)/\(key)"
                try collect(container.items[pair + 1], name: inner, levels: levels + 1, &visited)
            }
        default: break
        }
    }

    /// A zip archive: `NAME/data.pkl`, and `NAME/data/KEY` for each storage.
    private func readArchive() throws(ByteReaderError) -> PickleValue {
        let archive = try ZipArchive(mapping.bytes)
        guard let pickle = archive.names.first(where: { $0.hasSuffix("/data.pkl") }),
            let bytes = try archive.bytes(of: pickle)
        else { throw ByteReaderError(reason: "it is an archive without a data.pkl") }
        let folder = pickle.dropLast("data.pkl".count)
        if let order = try archive.bytes(of: folder + "byteorder"), !order.elementsEqual("little".utf8) {
            throw ByteReaderError(reason: "its numbers are not little-endian")
        }
        let prefix = folder + "data/"
        for name in archive.names where name.hasPrefix(prefix) {
            storages[String(name.dropFirst(prefix.count))] = try archive.bytes(of: name)
        }
        var reader = try ByteReader(bytes)
        return try StatePickle.read(&reader).value
    }

    /// Pickles one after the other (a magic number, a version, the system, the value, the storages' keys), then each
    /// storage behind its length.
    private func readLegacy() throws(ByteReaderError) -> PickleValue {
        var reader = try ByteReader(mapping.bytes)
        guard try reader.take(UInt8.self) == 0x80 else {
            throw ByteReaderError(reason: "it begins like something else")
        }
        reader = try ByteReader(mapping.bytes)
        for _ in 0..<3 { _ = try StatePickle.read(&reader) }
        let (value, named) = try StatePickle.read(&reader)
        guard case .list(let keys) = try StatePickle.read(&reader).value else {
            throw ByteReaderError(reason: "the list of its storages is missing")
        }
        for key in keys.items {
            guard let key = key.text, let storage = named[key], let size = Self.sizes[storage.type] else {
                throw ByteReaderError(reason: "a storage that nothing says the type of")
            }
            let count = try reader.takeCount(Int64.self)
            let (length, overflows) = count.multipliedReportingOverflow(by: size)
            guard !overflows else { throw ByteReaderError(reason: "a storage of \(count) numbers") }
            storages[key] = try reader.take(length)
        }
        return value
    }

    /// Bytes of a number of every type.
    private static let sizes = [
        "FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "DoubleStorage": 8, "LongStorage": 8,
        "IntStorage": 4, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1,
    ]

    /// The types whose numbers can be read.
    private enum ElementType: String {
        case float = "FloatStorage"
        case half = "HalfStorage"
        case bfloat16 = "BFloat16Storage"
        case double = "DoubleStorage"

        func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Float {
            switch self {
            case .float: Float(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian)
            case .half: Float(Float16(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
            case .bfloat16:
                Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) << 16)
            case .double: Float(Double(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            }
        }
    }
}
