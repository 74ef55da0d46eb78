import Tensor

/// Looks at a photo and at the picture of the code reached so far, and says how the code should change: a learned step of
/// the inversion, in the manner of ReStyle (Alaluf et al. 2021).
///
/// Codes count in standard deviations of their numbers over faces. Both pictures go through two Haar transforms to 32×32,
/// then through residual blocks (depthwise 3×3, pointwise, leaky ReLU) at 32×32, 16×16 and 8×8, with Haar transforms
/// between. What VGG16 sees in the two joins them at each size: the loss of the inversion is in these terms, and a few
/// thousand photos do not teach a network to see as well. Two dense layers, which see the code too, give the change.
public struct InversionEncoder: Sendable {
    /// Edge of the pictures in pixels.
    public static let edge = 128
    /// Channels and blocks at 32×32, 16×16 and 8×8, and the channels of VGG16's third, fourth and fifth tap.
    static let stages = [
        (width: 160, blocks: 2, features: 256), (width: 320, blocks: 3, features: 512),
        (width: 512, blocks: 4, features: 512),
    ]
    private static let neck = 96
    private static let hidden = 1024
    private static let slope: Float = 0.2

    /// Pictures as the encoder sees them; no gradient flows to them.
    public struct View: Sendable {
        /// [N,128,128,3]
        let picture: Tensor
        /// [N,32,32,256], [N,16,16,512] and [N,8,8,512]
        let features: [Tensor]

        /// - Parameters:
        ///   - picture: [N,128,128,3], in [−1, 1].
        ///   - lpips: the VGG16 variant.
        ///   - precision: of the products in VGG16.
        public init(_ picture: Variable, lpips: LPIPS, precision: ProductPrecision = .single) {
            self.picture = picture.value
            // Sixteen brings the numbers of a feature of unit length near one.
            features = lpips.features(of: picture.detached, precision: precision).suffix(3)
                .map { ($0 * 16).value }
        }
    }

    /// By name, of `shapes`.
    public let tensors: [String: Tensor]

    /// Names and shapes of the tensors of an encoder for codes of `count` numbers, in the order of the file.
    public static func shapes(count: Int) -> [(name: String, shape: [Int])] {
        var shapes: [(name: String, shape: [Int])] = []
        func dense(_ name: String, _ inputs: Int, _ outputs: Int) {
            shapes.append((name: "\(name).weight", shape: [outputs, inputs]))
            shapes.append((name: "\(name).bias", shape: [outputs]))
        }
        var inputs = 2 * 3 * 16
        for (index, stage) in stages.enumerated() {
            dense("stage\(index).entry", inputs + 2 * stage.features, stage.width)
            for block in 0..<stage.blocks {
                shapes.append((name: "stage\(index).block\(block).depthwise", shape: [3, 3, stage.width]))
                dense("stage\(index).block\(block)", stage.width, stage.width)
            }
            inputs = 4 * stage.width
        }
        dense("neck", inputs / 4, neck)
        dense("hidden", edge / 16 * (edge / 16) * neck + count, hidden)
        dense("change", hidden, count)
        return shapes
    }

    /// Takes the tensors of `inversion-encoder.safetensors`.
    ///
    /// - Throws: `SafetensorsError` when one is missing or misshapen.
    public init(file: SafetensorsFile, count: Int) throws(SafetensorsError) {
        let reader = WeightReader(file: file)
        var tensors: [String: Tensor] = [:]
        for (name, shape) in Self.shapes(count: count) { tensors[name] = try reader.tensor(name, shape) }
        self.tensors = tensors
    }

    /// An encoder as a training has it at one moment.
    ///
    /// - Parameter tensors: by name, all of `shapes`.
    public init(tensors: [String: Tensor]) {
        self.tensors = tensors
    }

    /// Where training starts: He's scale, blocks that change little, and no change of the code.
    public init(seed: UInt64, count: Int) {
        var random = SeededGenerator(seed: seed ^ 0x454E_434F_4445)
        var tensors: [String: Tensor] = [:]
        for (name, shape) in Self.shapes(count: count) {
            let fan = Float(shape.dropFirst().reduce(1, *))
            let deviation: Float =
                if name.hasSuffix("bias") || name == "change.weight" {
                    0
                } else if name.hasSuffix("depthwise") {
                    1.0 / 3
                } else if name.contains("block") {
                    0.5 * (2 / fan).squareRoot()
                } else {
                    (2 / fan).squareRoot()
                }
            tensors[name] = Tensor(normal: shape, deviation: deviation, generator: &random)
        }
        self.tensors = tensors
    }

    /// The change [N,k], in standard deviations, of codes [N,k].
    ///
    /// - Parameters:
    ///   - code: in standard deviations about the mean.
    ///   - picture: the codes' pictures.
    ///   - target: the photos.
    public func change(of code: Variable, picture: View, target: View) -> Variable {
        Self.change(of: code, picture: picture, target: target, parameters: tensors.mapValues { Variable($0) })
    }

    /// The same with the encoder's parameters on the tape: the trainer's way in.
    public static func change(
        of code: Variable,
        picture: View,
        target: View,
        parameters: [String: Variable]
    ) -> Variable {
        func parameter(_ name: String) -> Variable {
            guard let found = parameters[name] else { preconditionFailure("the encoder has no tensor \(name)") }
            return found
        }
        func dense(_ x: Variable, _ name: String) -> Variable {
            x.linear(weight: parameter("\(name).weight"), bias: parameter("\(name).bias"))
        }
        var x = Variable(target.picture).concatenated(Variable(picture.picture), axis: 3).haar()
        for (index, stage) in stages.enumerated() {
            x = x.haar().concatenated(Variable(target.features[index]), Variable(picture.features[index]), axis: 3)
            x = dense(x, "stage\(index).entry").leakyReLU(slope: slope)
            for block in 0..<stage.blocks {
                let name = "stage\(index).block\(block)"
                let filtered = x.depthwiseConvolved(weight: parameter("\(name).depthwise"), padding: 1)
                x = x + dense(filtered, name).leakyReLU(slope: slope)
            }
        }
        let features = dense(x, "neck").leakyReLU(slope: slope)
        let flat = features.reshaped([code.shape[0], features.value.count / code.shape[0]])
        return dense(dense(flat.concatenated(code, axis: 1), "hidden").leakyReLU(slope: slope), "change")
    }
}
