import Tensor

/// Takes layers out of a weight file, checking every shape.
struct WeightReader {
    let file: SafetensorsFile

    func tensor(_ name: String, _ shape: [Int]) throws(SafetensorsError) -> Tensor {
        let tensor = try file.tensor(name)
        guard tensor.shape == shape else {
            throw .shapeMismatch(name: name, expected: shape, found: tensor.shape)
        }
        return tensor
    }

    /// `name`.weight and `name`.bias as a dense layer of the given [out,in].
    func linear(
        _ name: String,
        _ shape: [Int],
        activation: Activation = .none
    ) throws(SafetensorsError) -> FrozenLinear {
        FrozenLinear(
            weight: try tensor("\(name).weight", shape),
            bias: try tensor("\(name).bias", [shape[0]]),
            activation: activation
        )
    }

    /// A separable styled convolution on maps of `size`².
    func styled(
        _ name: String,
        _ inputs: Int,
        _ outputs: Int,
        _ size: Int,
        _ slope: Float
    ) throws(SafetensorsError) -> FrozenStyledConvolution {
        FrozenStyledConvolution(
            depthwise: try tensor("\(name).depthwise", [3, 3, inputs]),
            pointwise: try tensor("\(name).pointwise", [outputs, inputs]),
            noise: try tensor("\(name).noise", [size, size]),
            bias: try tensor("\(name).bias", [outputs]),
            slope: slope
        )
    }
}
