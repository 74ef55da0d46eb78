import Tensor

/// How much a 128-pixel face looks like a photo rather than drawn: the discriminator D of the codecs' loss (paper, eq. 14).
///
/// StyleGAN2's residual discriminator, narrow, and without the standard deviation of the batch. Frozen: the gradient flows to the
/// picture only. Scripts/train_discriminator.py trains it and is its twin in PyTorch.
public final class Discriminator: Sendable {
    private static let widths = [16, 32, 64, 128, 128, 128]
    private static let activation = Activation.leakyReLU(slope: 0.2)
    /// Edge of the input in pixels.
    public static let edge = 128

    private struct Block: Sendable {
        let inner, outer, skip: FrozenConvolution
    }

    private let stem: FrozenConvolution
    private let blocks: [Block]
    private let last: FrozenConvolution
    private let hidden, out: FrozenLinear

    /// Takes the tensors of `discriminator.safetensors`.
    ///
    /// - Throws: `SafetensorsError` when one is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        stem = try Self.convolution(reader, "stem", [Self.widths[0], 1, 1, 3])
        var blocks: [Block] = []
        for (index, (inputs, outputs)) in zip(Self.widths, Self.widths.dropFirst()).enumerated() {
            blocks.append(
                Block(
                    inner: try Self.convolution(reader, "blocks.\(index).conv1", [inputs, 3, 3, inputs]),
                    outer: try Self.convolution(reader, "blocks.\(index).conv2", [outputs, 3, 3, inputs]),
                    skip: FrozenConvolution(
                        weight: try reader.tensor("blocks.\(index).skip.weight", [outputs, 1, 1, inputs])
                    )
                )
            )
        }
        self.blocks = blocks
        let width = Self.widths[Self.widths.count - 1]
        last = try Self.convolution(reader, "last", [width, 3, 3, width])
        let rest = Self.edge >> blocks.count
        hidden = try reader.linear("hidden", [width, rest * rest * width], activation: Self.activation)
        out = try reader.linear("out", [1, width])
    }

    /// Logits [N, 1] of pictures [N, 128, 128, 3] in [−1, 1]: above zero is a photo.
    public func callAsFunction(_ image: Variable) -> Variable {
        image.requireFaces(edge: Self.edge)
        var h = stem(image)
        for block in blocks {
            let inner = block.outer(block.inner(h).areaDownsampled(factor: 2))
            h = (inner + block.skip(h.areaDownsampled(factor: 2))) * Float(0.5).squareRoot()
        }
        h = last(h)
        return out(hidden(h.reshaped([h.shape[0], h.value.count / h.shape[0]])))
    }

    private static func convolution(
        _ reader: WeightReader,
        _ name: String,
        _ shape: [Int]
    ) throws(SafetensorsError) -> FrozenConvolution {
        FrozenConvolution(
            weight: try reader.tensor("\(name).weight", shape),
            bias: try reader.tensor("\(name).bias", [shape[0]]),
            padding: shape[1] / 2,
            activation: activation
        )
    }
}
