/// What is wrong with a PyTorch checkpoint, or with what was asked of it.
public enum TorchCheckpointError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened or mapped; `reason` is the system's.
    case inaccessible(path: String, reason: String)
    /// The bytes are neither of `torch.save`'s formats, or ask for something that is not looked at.
    case malformed(path: String, reason: String)
    /// The file holds no tensor of this name.
    case noSuchTensor(name: String, path: String)
    /// The tensor's numbers are no floating-point ones.
    case unsupportedType(name: String, type: String)
    /// The tensor is there in another shape than the network needs.
    case shapeMismatch(name: String, expected: [Int], found: [Int])

    /// For people: the cause and the next step.
    public var description: String {
        switch self {
        case .inaccessible(let path, let reason): "cannot use \(path): \(reason)"
        case .malformed(let path, let reason):
            "\(path) is no checkpoint as `torch.save` writes it: \(reason). Download it again, or save its state_dict anew"
        case .noSuchTensor(let name, let path): "\(path) holds no tensor called \(name): is it the right network?"
        case .unsupportedType(let name, let type): "tensor \(name) is a \(type): no numbers that can be read as float32"
        case .shapeMismatch(let name, let expected, let found):
            "tensor \(name) has the shape \(found), the network needs \(expected): is it the right file?"
        }
    }
}
