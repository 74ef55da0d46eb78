/// What is wrong with a safetensors file, or with what was asked of it.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened, mapped or written; `reason` is the system's.
    case inaccessible(path: String, reason: String)
    /// The bytes break the format.
    case malformed(path: String, reason: String)
    /// The file holds no tensor of this name.
    case noSuchTensor(name: String, path: String)
    /// The tensor's element type has no float32 reading.
    case unsupportedType(name: String, type: String)
    /// The tensor is there in another shape than the network needs.
    case shapeMismatch(name: String, expected: [Int], found: [Int])

    /// For people: the cause and the next step.
    public var description: String {
        switch self {
        case .inaccessible(let path, let reason): "cannot use \(path): \(reason)"
        case .malformed(let path, let reason):
            "\(path) is not a usable safetensors file: \(reason). Fetch or train it again"
        case .noSuchTensor(let name, let path): "\(path) holds no tensor called \(name): is it the right network?"
        case .unsupportedType(let name, let type):
            "tensor \(name) is of type \(type); F32, F16 and BF16 can be read as float32"
        case .shapeMismatch(let name, let expected, let found):
            "tensor \(name) has the shape \(found), the network needs \(expected): is it the right file?"
        }
    }
}
