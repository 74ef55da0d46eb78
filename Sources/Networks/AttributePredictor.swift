import Foundation
import Tensor

/// How much of each of five attributes a face shows, on a scale of six degrees each.
///
/// A head says where on its scale a face lies, its position p: a linear function of the features. Degrees are ordered and equally
/// wide: the logit of degree k is −β/2·(p − k)², so the likeliest degree is the nearest to p, and the expected one grows with p. It
/// is the adjacent-categories model of ordinal regression with equally spaced thresholds; β is how sure the head is.
///
/// A residual network of our own for 128-pixel faces, frozen: batch norms are folded and the gradient flows to the
/// picture only. Scripts/attribute_predictor.py is its twin in PyTorch.
public final class AttributePredictor: Sendable {
    /// The heads, in the order of the logits.
    public static let attributes = ["bangs", "eyeglasses", "beard", "smiling", "age"]
    /// Degrees 0…5.
    public static let degrees = 6
    /// Edge of the input in pixels.
    public static let edge = 128

    private static let widths = [32, 64, 128, 192, 256]
    private static let epsilon: Float = 1e-5

    private struct Block: Sendable {
        let inner, outer, shortcut: FrozenConvolution
    }

    private let stem: FrozenConvolution
    private let blocks: [Block]
    private let head: FrozenLinear
    /// For each logit: which head it is of [5, 30], its degree [30] and −β/2 [30].
    private let spread, degree, curvature: Tensor

    /// Takes the tensors of `attribute-predictor.safetensors`, batch norms not folded.
    ///
    /// - Throws: `SafetensorsError` when one is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        stem = try Self.folded(reader, "trunk.stem", "trunk.bn", [32, 3, 3, 3], stride: 2, activation: .relu)
        var blocks: [Block] = []
        for (index, (inputs, outputs)) in zip(Self.widths, Self.widths.dropFirst()).enumerated() {
            let name = "trunk.blocks.\(index)"
            blocks.append(
                Block(
                    inner: try Self.folded(
                        reader,
                        "\(name).conv1",
                        "\(name).bn1",
                        [outputs, 3, 3, inputs],
                        stride: 2,
                        activation: .relu
                    ),
                    outer: try Self.folded(reader, "\(name).conv2", "\(name).bn2", [outputs, 3, 3, outputs]),
                    shortcut: try Self.folded(
                        reader,
                        "\(name).shortcut",
                        "\(name).bn3",
                        [outputs, 1, 1, inputs],
                        stride: 2
                    )
                )
            )
        }
        self.blocks = blocks
        let heads = Self.attributes.count
        head = try reader.linear("head", [heads, 256])
        let precision = try reader.tensor("head.precision", [heads]).values
        guard precision.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw .malformed(path: weights.path, reason: "precisions must be above zero")
        }
        let logits = (0..<heads * Self.degrees)
        spread = Tensor(
            (0..<heads).flatMap { head in logits.map { $0 / Self.degrees == head ? 1 : 0 } },
            shape: [heads, logits.count]
        )
        degree = Tensor(logits.map { Float($0 % Self.degrees) }, shape: [logits.count])
        curvature = Tensor(logits.map { -precision[$0 / Self.degrees] / 2 }, shape: [logits.count])
    }

    /// Logits [N, 30], five attributes × six degrees row by row, of aligned faces [N, 128, 128, 3] in [−1, 1].
    public func logits(_ image: Variable) -> Variable {
        logits(ofPositions: positions(image))
    }

    /// The same of positions [N, 5].
    public func logits(ofPositions positions: Variable) -> Variable {
        let off = positions.matmul(Variable(spread)) - Variable(degree)
        return off.squared() * Variable(curvature)
    }

    /// Positions [N, 5] of aligned faces [N, 128, 128, 3] in [−1, 1]: degree k is the likeliest from k − ½ to k + ½, 0 also below and
    /// 5 also above.
    public func positions(_ image: Variable) -> Variable {
        image.requireFaces(edge: Self.edge)
        var h = stem(image)
        for block in blocks {
            h = (block.outer(block.inner(h)) + block.shortcut(h)).relu()
        }
        return head(h.globalAveragePool())
    }

    /// The likeliest degree of each attribute, from the 30 logits or probabilities of one face.
    public static func likeliestDegrees(_ logits: [Float]) -> [Int] {
        attributes.indices.map { head in
            (0..<degrees).max { logits[head * degrees + $0] < logits[head * degrees + $1] } ?? 0
        }
    }

    /// The likeliest degree where a face lies on an attribute's scale.
    public static func degree(at position: Double) -> Int {
        position > 0 ? Int(min(Double(degrees - 1), position).rounded()) : 0
    }

    /// How far faces are from where a degree is clear, squared, on average: beyond the lowest and the highest it is no farther.
    ///
    /// - Parameter positions: [N, 5].
    public static func miss(_ positions: Variable, head: Int, degree: Int) -> Variable {
        let off = positions.slice(axis: 1, range: head..<head + 1) + Float(-degree)
        switch degree {
        case ...0: return off.relu().squared().mean()
        case (degrees - 1)...: return (off * -1).relu().squared().mean()
        default: return off.squared().mean()
        }
    }

    /// The probabilities of one attribute's degrees, from the 30 logits of one face.
    public static func probabilities(_ logits: [Float], head: Int) -> [Double] {
        let scores = logits[head * degrees..<(head + 1) * degrees]
        let highest = scores.max() ?? 0
        let weights = scores.map { Double(exp($0 - highest)) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// The mean degree of each attribute under the predictor's probabilities, from the 30 logits of one face.
    public static func meanDegrees(_ logits: [Float]) -> [Double] {
        attributes.indices.map { head in
            probabilities(logits, head: head).enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        }
    }

    /// The same of the logits of one face on the tape, [5, 1].
    public static func meanDegrees(_ logits: Variable) -> Variable {
        let degree = Tensor((0..<degrees).map { Float($0) }, shape: [degrees, 1])
        return logits.reshaped([attributes.count, degrees]).softmax().matmul(Variable(degree))
    }

    /// The convolution `name` with the batch norm `norm` folded in.
    private static func folded(
        _ reader: WeightReader,
        _ name: String,
        _ norm: String,
        _ shape: [Int],
        stride: Int = 1,
        activation: Activation = .none
    ) throws(SafetensorsError) -> FrozenConvolution {
        let gamma = try reader.tensor("\(norm).weight", [shape[0]]).values
        let beta = try reader.tensor("\(norm).bias", [shape[0]]).values
        let mean = try reader.tensor("\(norm).running_mean", [shape[0]]).values
        let variance = try reader.tensor("\(norm).running_var", [shape[0]]).values
        let factors = zip(gamma, variance).map { $0 / ($1 + epsilon).squareRoot() }
        var weight = try reader.tensor("\(name).weight", shape).values
        let row = weight.count / shape[0]
        for index in weight.indices { weight[index] *= factors[index / row] }
        let bias = (0..<shape[0]).map { beta[$0] - mean[$0] * factors[$0] }
        return FrozenConvolution(
            weight: Tensor(weight, shape: shape),
            bias: Tensor(bias, shape: [shape[0]]),
            stride: stride,
            padding: shape[1] / 2,
            activation: activation
        )
    }
}
