import Networks
import Tensor

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
