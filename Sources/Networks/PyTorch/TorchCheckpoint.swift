import Basics
import Tensor

/// A checkpoint that `torch.save` wrote, read without PyTorch and without running what is in it: a zip archive, or
/// the format of before PyTorch 1.6; or a pickle of networks themselves, such as NVIDIA's.
///
/// Tensors of dictionaries in dictionaries have the names of all of them, with a slash between: `g_ema/conv1.bias`. Those
/// of a network have the names of its state dictionary.
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
            let value = ZipArchive.claims(mapping.bytes) ? try readArchive() : try readPickles()
            var visited = 0
            try collect(value, name: "", isPart: false, levels: 0, &visited)
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
        guard let type = ElementType(rawValue: storage.type), let size = LegacyCheckpoint.sizes[storage.type] else {
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

    /// - Parameter isPart: whether it is a part of a network, which a dot comes before.
    private func collect(
        _ value: PickleValue,
        name: String,
        isPart: Bool,
        levels: Int,
        _ visited: inout Int
    ) throws(ByteReaderError) {
        visited += 1
        guard levels <= Self.mostLevels, visited <= Self.mostValues else {
            throw ByteReaderError(reason: "dictionaries in dictionaries without end")
        }
        func inner(_ key: String) -> String { name.isEmpty ? key : name + (isPart ? "." : "/") + key }
        switch value {
        case .tensor(let tensor): tensors[name] = tensor
        case .dictionary(let container):
            for (key, value) in container.pairs {
                try collect(value, name: inner(key), isPart: false, levels: levels + 1, &visited)
            }
        case .object(let module):
            for part in ["_parameters", "_buffers", "_modules"] {
                for (key, value) in module[part]?.container?.pairs ?? [] {
                    try collect(value, name: inner(key), isPart: true, levels: levels + 1, &visited)
                }
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

    /// A pickle of a dictionary that holds everything, or a checkpoint of the old format.
    private func readPickles() throws(ByteReaderError) -> PickleValue {
        var reader = try ByteReader(mapping.bytes)
        guard try reader.take(UInt8.self) == 0x80 else {
            throw ByteReaderError(reason: "it begins like something else")
        }
        reader = try ByteReader(mapping.bytes)
        let first = try StatePickle.read(&reader)
        if first.value.container != nil {
            storages = first.numbers
            return first.value
        }
        reader = try ByteReader(mapping.bytes)
        let (value, numbers) = try LegacyCheckpoint.read(&reader)
        storages = numbers
        return value
    }

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
