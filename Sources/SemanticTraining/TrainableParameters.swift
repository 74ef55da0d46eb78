import Networks
import Tensor

/// Writes a trained network in half precision, or with its optimiser a checkpoint in full.
///
/// - Throws: `SafetensorsError`, `FileError`: as `SafetensorsWriter.write`.
func writeTraining(
    _ shapes: [(name: String, shape: [Int])],
    _ parameters: [String: Variable],
    adam: Adam?,
    metadata: [String: String],
    to path: String
) throws {
    var tensors = shapes.compactMap { entry in
        parameters[entry.name].map { (name: entry.name, tensor: $0.value, fp16: adam == nil) }
    }
    for (name, tensor) in (adam?.state ?? [:]).sorted(by: { $0.key < $1.key }) {
        tensors.append((name: name, tensor: tensor, fp16: false))
    }
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
}

/// Where a training begins: each tensor from the checkpoint where it has it, else fresh, by name.
///
/// - Throws: `.shapeMismatch` when one has another shape than it should or is missing.
func trainableParameters(
    _ shapes: [(name: String, shape: [Int])],
    saved: [String: Tensor],
    fresh: [String: Tensor]
) throws(SafetensorsError) -> [String: Variable] {
    var parameters: [String: Variable] = [:]
    for (name, shape) in shapes {
        let tensor = saved[name] ?? fresh[name]
        guard let tensor, tensor.shape == shape else {
            throw .shapeMismatch(name: name, expected: shape, found: tensor?.shape ?? [])
        }
        parameters[name] = Variable(tensor, requiresGradient: true)
    }
    return parameters
}
