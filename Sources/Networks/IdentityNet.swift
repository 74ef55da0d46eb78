import Tensor

/// SFace (Zhong et al. 2021): a 128-dimensional vector that tells faces apart. Frozen; the gradient flows to the
/// picture.
///
/// Two pictures of one person have a cosine above 0.363 (the OpenCV Zoo's threshold).
public final class IdentityNet: Sendable {
    /// Edge of the network's input in pixels.
    public static let edge = 112

    /// The square of the FFHQ frame, as shares of its edge, that the network is shown: the similarity that takes the
    /// mean YuNet landmarks of FFHQ-aligned faces to the five-point template of ArcFace, without its rotation
    /// (Scripts/identity_crop.py).
    static let crop = (x: 0.119, y: 0.113, size: 0.762)

    /// Blocks 2…14: output channels and stride.
    private static let plan = [
        (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
        (1024, 2), (1024, 1),
    ]

    private struct Block: Sendable {
        let depthwise: FrozenDepthwise
        let depthwiseSlope: Tensor
        let pointwise: FrozenConvolution
        let pointwiseSlope: Tensor
    }

    private let offset, scale: Float
    private let stem: FrozenConvolution
    private let stemSlope: Tensor
    private let blocks: [Block]
    private let dense: FrozenLinear

    /// Takes the tensors of `sface.safetensors`, batch norms folded.
    ///
    /// - Throws: `SafetensorsError` when one is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        offset = try reader.tensor("input.offset", [1]).values[0]
        scale = try reader.tensor("input.scale", [1]).values[0]
        stem = FrozenConvolution(
            weight: try reader.tensor("conv_1.weight", [32, 3, 3, 3]),
            bias: try reader.tensor("conv_1.bias", [32]),
            padding: 1
        )
        stemSlope = try reader.tensor("conv_1.slope", [32])
        var inputs = 32
        var blocks: [Block] = []
        for (index, (outputs, stride)) in Self.plan.enumerated() {
            let name = "conv_\(index + 2)"
            blocks.append(
                Block(
                    depthwise: FrozenDepthwise(
                        weight: try reader.tensor("\(name).depthwise", [3, 3, inputs]),
                        bias: try reader.tensor("\(name).depthwise_bias", [inputs]),
                        stride: stride,
                        padding: 1
                    ),
                    depthwiseSlope: try reader.tensor("\(name).depthwise_slope", [inputs]),
                    pointwise: FrozenConvolution(
                        weight: try reader.tensor("\(name).pointwise", [outputs, inputs])
                            .reshaped([outputs, 1, 1, inputs]),
                        bias: try reader.tensor("\(name).pointwise_bias", [outputs])
                    ),
                    pointwiseSlope: try reader.tensor("\(name).pointwise_slope", [outputs])
                )
            )
            inputs = outputs
        }
        self.blocks = blocks
        dense = FrozenLinear(
            weight: try reader.tensor("embedding.weight", [128, 7 * 7 * 1024]),
            bias: try reader.tensor("embedding.bias", [128])
        )
    }

    /// Embeddings [N, 128], not normalised, of faces [N, 112, 112, 3] as RGB values 0…255 in ArcFace's position.
    public func embedding(_ image: Variable, precision: ProductPrecision = .single) -> Variable {
        image.requireFaces(edge: Self.edge)
        var h = stem((image - offset) * scale, precision: precision).parametricReLU(slope: Variable(stemSlope))
        for block in blocks {
            h = block.depthwise(h).parametricReLU(slope: Variable(block.depthwiseSlope))
            h = block.pointwise(h, precision: precision).parametricReLU(slope: Variable(block.pointwiseSlope))
        }
        return dense(h.reshaped([image.shape[0], 7 * 7 * 1024]))
    }

    /// Embeddings [N, 128] of faces in the FFHQ frame: [N, r, r, 3] in [−1, 1].
    ///
    /// Large pictures are area-averaged to at most 256 pixels first, so that the crop does not alias.
    public func embedding(aligned: Variable, precision: ProductPrecision = .single) -> Variable {
        let resolution = aligned.shape[1]
        let factor = resolution % 256 == 0 ? max(1, resolution / 256) : 1
        let frame = factor > 1 ? aligned.areaDownsampled(factor: factor) : aligned
        let edge = Double(frame.shape[1])
        let face = frame.bilinearCropped(
            x0: Self.crop.x * edge,
            y0: Self.crop.y * edge,
            width: Self.crop.size * edge,
            height: Self.crop.size * edge,
            to: (Self.edge, Self.edge)
        )
        return embedding((face + 1) * 127.5, precision: precision)
    }

    /// Cosine of the angle between two embeddings: 1 for the same direction; 0 where one is zero.
    public static func cosine(_ a: [Float], _ b: [Float]) -> Float {
        precondition(a.count == b.count, "embeddings of one length")
        var (product, first, second) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            product += Double(x) * Double(y)
            first += Double(x) * Double(x)
            second += Double(y) * Double(y)
        }
        let norm = (first * second).squareRoot()
        return norm > 0 ? Float(product / norm) : 0
    }
}
