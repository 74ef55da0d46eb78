import Tensor

/// The image autoencoder of DeepSC, as the paper's baseline has it: six convolutions to [N,H/8,W/8,16] reals that go on
/// the air as they are, and the same backwards, with ReLU between. At 128 pixels these are 4,096 reals: CBR 1/12.
public struct DeepSCAutoencoder: Sendable {
    /// Pictures' edges are multiples of this many pixels.
    public static let factor = 8
    /// Reals for each block of 8 × 8 pixels.
    public static let depth = 16
    /// Edge in pixels of the pictures it is trained on.
    public static let edge = 128

    /// A convolution: channels, edge of its kernel, stride.
    private struct Layer {
        let inputs, outputs, kernel, stride: Int
        var padding: Int { (kernel - 1) / 2 }
        /// Without it, every other line of a transposed convolution with an odd kernel would be missing.
        var outputPadding: Int { stride > 1 && !kernel.isMultiple(of: 2) ? 1 : 0 }
    }

    private static let layers = [
        Layer(inputs: 3, outputs: 64, kernel: 5, stride: 2), Layer(inputs: 64, outputs: 128, kernel: 5, stride: 2),
        Layer(inputs: 128, outputs: 256, kernel: 4, stride: 2), Layer(inputs: 256, outputs: 384, kernel: 5, stride: 1),
        Layer(inputs: 384, outputs: 512, kernel: 5, stride: 1),
        Layer(inputs: 512, outputs: depth, kernel: 3, stride: 1),
    ]

    /// The half of the autoencoder that a file holds.
    public enum Half: String, Sendable, CaseIterable {
        case encoder
        case decoder

        /// Names and shapes of its tensors, in the order of the file: weights [Cout,k,k,Cin] of a convolution and of the
        /// convolution that is transposed, biases.
        public var shapes: [(name: String, shape: [Int])] {
            DeepSCAutoencoder.layers.enumerated().flatMap { index, layer in
                [
                    ("\(rawValue).\(index).weight", [layer.outputs, layer.kernel, layer.kernel, layer.inputs]),
                    ("\(rawValue).\(index).bias", [self == .encoder ? layer.outputs : layer.inputs]),
                ]
            }
        }
    }

    private let tensors: [String: Tensor]

    /// Takes both halves of their files.
    ///
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen.
    public init(encoder: SafetensorsFile, decoder: SafetensorsFile) throws(SafetensorsError) {
        var tensors: [String: Tensor] = [:]
        for (half, file) in [(Half.encoder, encoder), (.decoder, decoder)] {
            let reader = WeightReader(file: file)
            for (name, shape) in half.shapes { tensors[name] = try reader.tensor(name, shape) }
        }
        self.tensors = tensors
    }

    /// Reals [N,H/8,W/8,16] of pictures [N,H,W,3] in [−1, 1].
    ///
    /// - Precondition: H and W are multiples of `factor`.
    public func encode(_ pictures: Variable) -> Variable {
        Self.encode(pictures, parameters: tensors.mapValues { Variable($0) })
    }

    /// Pictures [N,H,W,3], in [−1, 1] but for overshoot, of reals [N,H/8,W/8,16].
    public func decode(_ reals: Variable) -> Variable {
        Self.decode(reals, parameters: tensors.mapValues { Variable($0) })
    }

    /// Where training starts: He's scale, no biases.
    public static func fresh(seed: UInt64) -> [String: Tensor] {
        var random = SeededGenerator(seed: seed ^ 0x4445_4550_5343)
        var tensors: [String: Tensor] = [:]
        for half in Half.allCases {
            for (index, layer) in layers.enumerated() {
                // What a unit of the result gathers: of a transposed convolution a share of the taps only.
                let taps = Float(layer.kernel * layer.kernel)
                let fan =
                    half == .encoder
                    ? taps * Float(layer.inputs) : taps * Float(layer.outputs) / Float(layer.stride * layer.stride)
                for (name, shape) in half.shapes where name.hasPrefix("\(half.rawValue).\(index).") {
                    let deviation = name.hasSuffix("bias") ? 0 : (2 / fan).squareRoot()
                    tensors[name] = Tensor(normal: shape, deviation: deviation, generator: &random)
                }
            }
        }
        return tensors
    }

    /// `encode` with the parameters on the tape: the trainer's way in.
    public static func encode(_ pictures: Variable, parameters: [String: Variable]) -> Variable {
        var x = pictures
        for (index, layer) in layers.enumerated() {
            let (weight, bias) = tensors(of: .encoder, index, parameters)
            x = x.convolved(weight: weight, bias: bias, stride: layer.stride, padding: layer.padding)
            if index < layers.count - 1 { x = x.relu() }
        }
        return x
    }

    /// `decode` with the parameters on the tape.
    public static func decode(_ reals: Variable, parameters: [String: Variable]) -> Variable {
        var x = reals
        for (index, layer) in layers.enumerated().reversed() {
            let (weight, bias) = tensors(of: .decoder, index, parameters)
            x = x.transposedConvolved(
                weight: weight,
                bias: bias,
                stride: layer.stride,
                padding: layer.padding,
                outputPadding: layer.outputPadding
            )
            if index > 0 { x = x.relu() }
        }
        return x
    }

    private static func tensors(
        of half: Half,
        _ index: Int,
        _ parameters: [String: Variable]
    ) -> (weight: Variable, bias: Variable) {
        let name = "\(half.rawValue).\(index)"
        guard let weight = parameters["\(name).weight"], let bias = parameters["\(name).bias"] else {
            preconditionFailure("the autoencoder has no layer \(name)")
        }
        return (weight, bias)
    }
}
