/// Element types of the safetensors format, with their sizes in bytes.
enum SafetensorsType: String {
    case boolean = "BOOL"
    case u8 = "U8"
    case i8 = "I8"
    case u16 = "U16"
    case i16 = "I16"
    case f16 = "F16"
    case bf16 = "BF16"
    case u32 = "U32"
    case i32 = "I32"
    case f32 = "F32"
    case u64 = "U64"
    case i64 = "I64"
    case f64 = "F64"

    var size: Int {
        switch self {
        case .boolean, .u8, .i8: 1
        case .u16, .i16, .f16, .bf16: 2
        case .u32, .i32, .f32: 4
        case .u64, .i64, .f64: 8
        }
    }
}

/// The JSON header of a safetensors file, read strictly: it may come from anywhere.
///
/// Stricter than the format's own reader in one point only: a name may not occur twice. As there, the tensors must
/// fill the data section without a gap or an overlap.
struct SafetensorsHeader {
    struct Entry {
        let type: SafetensorsType
        let shape: [Int]
        /// Bytes within the data section.
        let range: Range<Int>
    }

    static let longest = 16 << 20
    static let mostTensors = 65_536
    static let mostDimensions = 8

    private(set) var entries: [String: Entry] = [:]
    private(set) var metadata: [String: String] = [:]

    /// Why a header was refused; the file's reader adds the path.
    struct Refusal: Error, Equatable {
        let reason: String
    }

    /// Parses the header's bytes and checks every range against a data section of `dataCount` bytes.
    init(json: UnsafeRawBufferPointer, dataCount: Int) throws(Refusal) {
        var reader = HeaderJSONReader(bytes: json)
        var sawMetadata = false
        try reader.object { (name, reader) throws(Refusal) in
            if name == "__metadata__" {
                guard !sawMetadata else { throw Refusal(reason: "the header has two __metadata__ sections") }
                sawMetadata = true
                try reader.object { (key, reader) throws(Refusal) in
                    guard metadata.updateValue(try reader.string(), forKey: key) == nil else {
                        throw Refusal(reason: "the metadata name \(key.quoted) occurs twice")
                    }
                }
                return
            }
            let entry = try Self.entry(name, &reader)
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw Refusal(reason: "the tensor name \(name.quoted) occurs twice")
            }
            guard entries.count <= Self.mostTensors else {
                throw Refusal(reason: "there are more than \(Self.mostTensors) tensors")
            }
        }
        try reader.end()
        try checkLayout(dataCount: dataCount)
    }

    private static func entry(_ name: String, _ reader: inout HeaderJSONReader) throws(Refusal) -> Entry {
        var typeName: String?
        var shape: [Int]?
        var offsets: [Int]?
        try reader.object { (key, reader) throws(Refusal) in
            switch key {
            case "dtype" where typeName == nil: typeName = try reader.string()
            case "shape" where shape == nil: shape = try reader.integers(atMost: mostDimensions)
            case "data_offsets" where offsets == nil: offsets = try reader.integers(atMost: 2)
            default: throw Refusal(reason: "tensor \(name.quoted) has an unknown or repeated field \(key.quoted)")
            }
        }
        guard let typeName, let shape, let offsets, offsets.count == 2 else {
            throw Refusal(reason: "tensor \(name.quoted) lacks its dtype, shape or two data_offsets")
        }
        guard let type = SafetensorsType(rawValue: typeName) else {
            throw Refusal(reason: "tensor \(name.quoted) has the unknown dtype \(typeName.quoted)")
        }
        var bytes = type.size
        for dimension in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw Refusal(reason: "the shape of tensor \(name.quoted) overflows") }
            bytes = product
        }
        guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == bytes else {
            throw Refusal(reason: "tensor \(name.quoted) does not fill its data_offsets: \(bytes) bytes, \(offsets)")
        }
        return Entry(type: type, shape: shape, range: offsets[0]..<offsets[1])
    }

    private func checkLayout(dataCount: Int) throws(Refusal) {
        var position = 0
        for (name, entry) in entries.sorted(by: {
            ($0.value.range.lowerBound, $0.value.range.upperBound) < (
                $1.value.range.lowerBound, $1.value.range.upperBound
            )
        }) {
            guard entry.range.upperBound <= dataCount else {
                throw Refusal(
                    reason: "tensor \(name.quoted) ends at byte \(entry.range.upperBound) of \(dataCount): cut short?"
                )
            }
            guard entry.range.lowerBound == position else {
                throw Refusal(
                    reason: "tensor \(name.quoted) begins at byte \(entry.range.lowerBound), \(position) was expected"
                )
            }
            position = entry.range.upperBound
        }
        guard position == dataCount else {
            throw Refusal(reason: "\(dataCount - position) bytes belong to no tensor")
        }
    }
}

extension String {
    /// The string for an error message: in quotes, cut to 80 characters, control characters escaped.
    var quoted: String { String(prefix(80)).debugDescription }
}
