/// Numbers of one type in a checkpoint, to which tensors refer.
struct TorchStorage: Equatable {
    /// PyTorch's name of the type, such as FloatStorage.
    let type: String
    let key: String
    /// How many numbers.
    let count: Int
}

/// A tensor as a pickle describes it: some of a storage's numbers.
struct TorchTensor: Equatable {
    let storage: TorchStorage
    let offset: Int
    let shape, strides: [Int]
}

/// What a pickle of a checkpoint amounts to.
///
/// A pickle is a program. This reads it without running any of it: dictionaries, lists, numbers and texts are built,
/// `torch._utils._rebuild_tensor_v2` and its like are known by name, of other objects there is nothing but their fields,
/// and every other call makes an opaque value that nobody can use. Protocols 2 to 4, PEP 3154.
indirect enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case text(String)
    case bytes(UnsafeRawBufferPointer)
    case tuple([PickleValue])
    case list(PickleContainer)
    case dictionary(PickleContainer)
    /// An object by its fields, such as a network's module.
    case object(PickleContainer)
    case global(String)
    case storage(TorchStorage)
    case tensor(TorchTensor)
    case opaque

    var text: String? { if case .text(let value) = self { value } else { nil } }
    var int: Int? { if case .int(let value) = self { value } else { nil } }
    /// A dictionary's keys and values, or an object's fields.
    var container: PickleContainer? {
        switch self {
        case .dictionary(let container), .object(let container): container
        default: nil
        }
    }
    var ints: [Int]? {
        guard case .tuple(let items) = self else { return nil }
        let numbers = items.compactMap(\.int)
        return numbers.count == items.count ? numbers : nil
    }
}

/// A list, or a dictionary's keys and values by turns: a pickle fills them after it has named them.
final class PickleContainer {
    var items: [PickleValue] = []

    /// Keys that are texts, and their values.
    var pairs: [(key: String, value: PickleValue)] {
        stride(from: 0, to: items.count - 1, by: 2).compactMap { place in
            items[place].text.map { ($0, items[place + 1]) }
        }
    }

    subscript(key: String) -> PickleValue? { pairs.last { $0.key == key }?.value }
}

/// Reads one pickle.
struct StatePickle {
    /// Instructions, at most: a checkpoint takes a dozen for each tensor.
    static let mostSteps = 5_000_000

    private var reader: ByteReader
    private var stack: [PickleValue] = []
    /// Heights of the stack at open marks.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var storages: [String: TorchStorage] = [:]
    /// The numbers of storages that are within the pickle, by keys of our own.
    private var numbers: [String: UnsafeRawBufferPointer] = [:]
    private let isWithinAnother: Bool

    /// What a pickle comes to: its value, all storages that it names, by their keys, and the numbers of those that it holds.
    struct Content {
        let value: PickleValue
        let storages: [String: TorchStorage]
        let numbers: [String: UnsafeRawBufferPointer]
    }

    /// Reads the pickle at `reader`, which is moved behind it.
    static func read(
        _ reader: inout ByteReader,
        isWithinAnother: Bool = false
    ) throws(ByteReaderError) -> Content {
        var machine = StatePickle(reader: reader, isWithinAnother: isWithinAnother)
        let value = try machine.run()
        reader = machine.reader
        return Content(value: value, storages: machine.storages, numbers: machine.numbers)
    }

    private init(reader: ByteReader, isWithinAnother: Bool) {
        (self.reader, self.isWithinAnother) = (reader, isWithinAnother)
    }

    private mutating func run() throws(ByteReaderError) -> PickleValue {
        for _ in 0..<Self.mostSteps {
            let code = try reader.take(UInt8.self)
            if code == UInt8(ascii: ".") { return try pop() }
            if try number(code) { continue }
            if try texts(code) { continue }
            if try containers(code) { continue }
            if try objects(code) { continue }
            throw ByteReaderError(reason: "an instruction \(code) that no state_dict needs")
        }
        throw ByteReaderError(reason: "more than \(Self.mostSteps) instructions")
    }

    private mutating func pop() throws(ByteReaderError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
            throw ByteReaderError(reason: "an instruction without its values")
        }
        return value
    }

    private mutating func popMark() throws(ByteReaderError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw ByteReaderError(reason: "an instruction without its values") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    /// What stays on the stack and is filled.
    private func top() throws(ByteReaderError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else {
            throw ByteReaderError(reason: "an instruction without its values")
        }
        return value
    }

    private mutating func number(_ code: UInt8) throws(ByteReaderError) -> Bool {
        switch code {
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "J"): stack.append(.int(Int(try reader.take(Int32.self))))
        case UInt8(ascii: "K"): stack.append(.int(Int(try reader.take(UInt8.self))))
        case UInt8(ascii: "M"): stack.append(.int(Int(try reader.take(UInt16.self))))
        case UInt8(ascii: "G"):
            stack.append(.float(Double(bitPattern: try reader.take(UInt64.self).byteSwapped)))
        case 0x8A:
            let bytes = try reader.take(Int(try reader.take(UInt8.self)))
            guard bytes.count <= 8 else {
                // PyTorch's magic number is longer; nobody counts with such.
                stack.append(.opaque)
                break
            }
            let isNegative = (bytes.last ?? 0) & 0x80 != 0
            let bits = (0..<8).reduce(UInt64(0)) { sum, place in
                sum | UInt64(place < bytes.count ? bytes[place] : isNegative ? 0xFF : 0) << UInt64(8 * place)
            }
            stack.append(.int(Int(Int64(bitPattern: bits))))
        default: return false
        }
        return true
    }

    private mutating func texts(_ code: UInt8) throws(ByteReaderError) -> Bool {
        switch code {
        case UInt8(ascii: "X"), UInt8(ascii: "T"):
            stack.append(.text(try reader.text(try reader.takeCount(UInt32.self))))
        case 0x8C, UInt8(ascii: "U"): stack.append(.text(try reader.text(try reader.takeCount(UInt8.self))))
        case 0x8D: stack.append(.text(try reader.text(try reader.takeCount(UInt64.self))))
        case UInt8(ascii: "C"): stack.append(.bytes(try reader.take(try reader.takeCount(UInt8.self))))
        case UInt8(ascii: "B"): stack.append(.bytes(try reader.take(try reader.takeCount(UInt32.self))))
        case 0x8E: stack.append(.bytes(try reader.take(try reader.takeCount(UInt64.self))))
        default: return false
        }
        return true
    }

    private mutating func containers(_ code: UInt8) throws(ByteReaderError) -> Bool {
        switch code {
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "}"): stack.append(.dictionary(PickleContainer()))
        case UInt8(ascii: "]"): stack.append(.list(PickleContainer()))
        case UInt8(ascii: ")"): stack.append(.tuple([]))
        case UInt8(ascii: "t"):
            let items = try popMark()
            stack.append(.tuple(items))
        case 0x85, 0x86, 0x87:
            var items: [PickleValue] = []
            for _ in 0..<(code - 0x84) { items.insert(try pop(), at: 0) }
            stack.append(.tuple(items))
        case UInt8(ascii: "s"), UInt8(ascii: "u"):
            var items: [PickleValue] = []
            if code == UInt8(ascii: "u") {
                items = try popMark()
            } else {
                let value = try pop()
                items = [try pop(), value]
            }
            guard items.count.isMultiple(of: 2) else { throw ByteReaderError(reason: "a key without its value") }
            try top().container?.items += items
        case UInt8(ascii: "a"), UInt8(ascii: "e"):
            let items = code == UInt8(ascii: "e") ? try popMark() : [try pop()]
            if case .list(let container) = try top() { container.items += items }
        // Sets are nothing to us.
        case 0x8F: stack.append(.opaque)
        case 0x90, UInt8(ascii: "1"): _ = try popMark()
        case 0x91:
            _ = try popMark()
            stack.append(.opaque)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "2"): stack.append(try top())
        default: return false
        }
        return true
    }

    private mutating func objects(_ code: UInt8) throws(ByteReaderError) -> Bool {
        switch code {
        case 0x80: _ = try reader.take(1)
        case 0x95: _ = try reader.take(8)
        case UInt8(ascii: "q"): memo[Int(try reader.take(UInt8.self))] = try top()
        case UInt8(ascii: "r"): memo[Int(try reader.take(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try recall(Int(reader.take(UInt8.self)))
        case UInt8(ascii: "j"): try recall(Int(reader.take(UInt32.self)))
        case UInt8(ascii: "c"):
            let module = try reader.line()
            stack.append(.global("\(module).\(try reader.line())"))
        case 0x93:
            let (name, module) = (try pop().text, try pop().text)
            stack.append(.global("\(module ?? "").\(name ?? "")"))
        case UInt8(ascii: "Q"):
            let value = Self.storage(try pop())
            if case .storage(let storage) = value { storages[storage.key] = storage }
            stack.append(value)
        case UInt8(ascii: "R"):
            let arguments = try pop()
            stack.append(try called(try pop(), arguments))
        case 0x81, 0x92:
            for _ in 0..<(code == 0x92 ? 3 : 2) { _ = try pop() }
            stack.append(.object(PickleContainer()))
        // An object's state; an ordered dictionary's, its _metadata, is nothing to us.
        case UInt8(ascii: "b"):
            let state = try pop()
            if case .object(let object) = try top(), let fields = state.container { object.items += fields.items }
        default: return false
        }
        return true
    }

    private mutating func recall(_ place: Int) throws(ByteReaderError) {
        guard let value = memo[place] else { throw ByteReaderError(reason: "a value that it does not have") }
        stack.append(value)
    }

    /// What stands for ('storage', type, key, place, count).
    private static func storage(_ id: PickleValue) -> PickleValue {
        guard case .tuple(let items) = id, items.count >= 5, items[0].text == "storage",
            case .global(let type) = items[1], let key = items[2].text, let count = items[4].int, count >= 0
        else { return .opaque }
        return .storage(TorchStorage(type: String(type.drop { $0 != "." }.dropFirst()), key: key, count: count))
    }

    /// What a call of something known makes.
    private mutating func called(
        _ callee: PickleValue,
        _ arguments: PickleValue
    ) throws(ByteReaderError) -> PickleValue {
        guard case .global(let name) = callee, case .tuple(let items) = arguments else { return .opaque }
        switch name {
        case "collections.OrderedDict":
            let container = PickleContainer()
            if case .list(let pairs)? = items.first {
                for case .tuple(let pair) in pairs.items where pair.count == 2 { container.items += pair }
            }
            return .dictionary(container)
        case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
            guard items.count >= 4, case .storage(let storage) = items[0], let offset = items[1].int,
                let shape = items[2].ints, let strides = items[3].ints
            else { return .opaque }
            return .tensor(TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides))
        case "torch._utils._rebuild_parameter": return items.first ?? .opaque
        case "torch.storage._load_from_bytes":
            guard case .bytes(let bytes)? = items.first else { return .opaque }
            return try within(bytes)
        case "copyreg._reconstructor": return .object(PickleContainer())
        // NVIDIA's networks carry their own source along, which is left alone.
        case "torch_utils.persistence._reconstruct_persistent_obj":
            return items.first?.container?["state"]?.container.map(PickleValue.object) ?? .opaque
        default: return .opaque
        }
    }

    /// A storage that was saved by itself: a checkpoint of the old format within the pickle.
    private mutating func within(_ bytes: UnsafeRawBufferPointer) throws(ByteReaderError) -> PickleValue {
        guard !isWithinAnother else { throw ByteReaderError(reason: "checkpoints within checkpoints") }
        var reader = try ByteReader(bytes)
        let (value, found) = try LegacyCheckpoint.read(&reader, isWithinAnother: true)
        guard case .storage(let storage) = value, let its = found[storage.key] else { return .opaque }
        let key = "\(numbers.count) within"
        numbers[key] = its
        return .storage(TorchStorage(type: storage.type, key: key, count: storage.count))
    }
}
