import Tensor

/// The layers of a style-based network, by the names of their tensors: as they run, or as they are trained.
protocol StyledLayers {
    /// What the style w [N,512] makes of `name`: a scale [N,C] of its input channels.
    func modulation(_ name: String, _ w: Variable) -> Variable

    /// The separable convolution `name` of x [N,H,W,C] under that scale, with noise, bias and LeakyReLU.
    func convolution(_ name: String, _ x: Variable, scale: Variable) -> Variable

    /// The network's constant under a scale [N,512], through the convolution at 4×4: [N,4,4,512].
    func entry(_ prefix: String, scale: Variable) -> Variable

    /// `name`'s 1×1 mixing of channels, of the input under a scale [N,C].
    func mix(_ name: String, _ x: Variable, scale: Variable) -> Variable
}

extension StyledLayers {
    /// A layer up to its first convolution: twice the size by an inverse Haar transform, a quarter of the channels, then
    /// as many as the layer has.
    func upper(_ name: String, _ x: Variable, _ up: Variable, _ first: Variable) -> Variable {
        let larger = x.inverseHaar(scale: modulation("\(name).up", up))
        return convolution("\(name).conv1", larger, scale: modulation("\(name).conv1", first))
    }

    /// The first half of the 1024-pixel network, and the student's own: from the 4×4 constant to features [N,64,64,512]
    /// behind the fourth layer's first convolution. Reads the rows 0…11.
    func trunk(_ prefix: String, style: (_ row: Int) -> Variable) -> Variable {
        var x = entry(prefix, scale: modulation("\(prefix).conv1", style(0)))
        for index in 0...StyledShapes.trunkLayers {
            let name = "\(prefix).layers.\(index)"
            x = upper(name, x, style(3 * index + 1), style(3 * index + 2))
            guard index < StyledShapes.trunkLayers else { break }
            x = convolution("\(name).conv2", x, scale: modulation("\(name).conv2", style(3 * index + 3)))
        }
        return x
    }
}

/// Names and shapes of a style-based network's tensors.
enum StyledShapes {
    typealias Shapes = [(name: String, shape: [Int])]

    static let slope: Float = 0.2
    /// Whole layers of the trunk.
    static let trunkLayers = 3

    static func trunk(_ prefix: String) -> Shapes {
        var shapes: Shapes = [("\(prefix).input", [4, 4, 512])]
        shapes += modulation("\(prefix).conv1", 512)
        shapes += [
            ("\(prefix).conv1.weight", [512, 3, 3, 512]), ("\(prefix).conv1.bias", [512]),
            ("\(prefix).conv1.noise", [4, 4]),
        ]
        for index in 0..<trunkLayers { shapes += layer("\(prefix).layers.\(index)", 512, 512, size: 8 << index) }
        return shapes + upper("\(prefix).layers.\(trunkLayers)", 512, 512, size: 8 << trunkLayers)
    }

    static func modulation(_ name: String, _ channels: Int) -> Shapes {
        [("\(name).modulation.weight", [channels, 512]), ("\(name).modulation.bias", [channels])]
    }

    static func convolution(_ name: String, _ inputs: Int, _ outputs: Int, size: Int) -> Shapes {
        modulation(name, inputs) + [
            ("\(name).depthwise", [3, 3, inputs]), ("\(name).pointwise", [outputs, inputs]),
            ("\(name).noise", [size, size]), ("\(name).bias", [outputs]),
        ]
    }

    static func upper(_ name: String, _ inputs: Int, _ outputs: Int, size: Int) -> Shapes {
        modulation("\(name).up", inputs) + convolution("\(name).conv1", inputs / 4, outputs, size: size)
    }

    static func layer(_ name: String, _ inputs: Int, _ outputs: Int, size: Int) -> Shapes {
        upper(name, inputs, outputs, size: size) + convolution("\(name).conv2", outputs, outputs, size: size)
    }
}

/// Layers that run and never change.
struct FrozenStyledLayers: StyledLayers, Sendable {
    /// Of the products.
    private var precision = ProductPrecision.single
    private let tensors: [String: Tensor]
    private var modulations: [String: FrozenLinear] = [:]
    private var convolutions: [String: FrozenStyledConvolution] = [:]
    private var entries: [String: FrozenConvolution] = [:]

    /// Takes the tensors of `shapes` out of a file.
    ///
    /// - Throws: `SafetensorsError` when one is missing or misshapen.
    init(_ reader: WeightReader, _ shapes: StyledShapes.Shapes) throws(SafetensorsError) {
        var tensors: [String: Tensor] = [:]
        for (name, shape) in shapes { tensors[name] = try reader.tensor(name, shape) }
        self.tensors = tensors
        for (name, _) in shapes {
            guard let dot = name.lastIndex(of: ".") else { continue }
            let (layer, part) = (String(name[..<dot]), name[dot...])
            func tensor(_ part: String) -> Tensor { Self.tensor(tensors, "\(layer).\(part)") }
            if layer.hasSuffix(".modulation"), part == ".weight" {
                modulations[String(layer.dropLast(".modulation".count))] =
                    FrozenLinear(weight: tensor("weight"), bias: tensor("bias"))
            } else if part == ".pointwise" {
                convolutions[layer] = FrozenStyledConvolution(
                    depthwise: tensor("depthwise"),
                    pointwise: tensor("pointwise"),
                    noise: tensor("noise"),
                    bias: tensor("bias"),
                    slope: StyledShapes.slope
                )
            } else if part == ".weight", tensor("weight").shape.count == 4 {
                entries[layer] = FrozenConvolution(weight: tensor("weight"), bias: tensor("bias"), padding: 1)
            }
        }
    }

    /// The same layers, multiplying in this precision.
    func multiplying(in precision: ProductPrecision) -> FrozenStyledLayers {
        var layers = self
        layers.precision = precision
        return layers
    }

    private static func tensor(_ tensors: [String: Tensor], _ name: String) -> Tensor {
        guard let tensor = tensors[name] else { preconditionFailure("the network has no tensor \(name)") }
        return tensor
    }

    private func found<Layer>(_ layers: [String: Layer], _ name: String) -> Layer {
        guard let layer = layers[name] else { preconditionFailure("the network has no layer \(name)") }
        return layer
    }

    func modulation(_ name: String, _ w: Variable) -> Variable { found(modulations, name)(w) }

    func convolution(_ name: String, _ x: Variable, scale: Variable) -> Variable {
        convolution(name, x, scale: scale, pooling: 1)
    }

    /// The same, averaged over blocks of `pooling`² pixels.
    func convolution(_ name: String, _ x: Variable, scale: Variable, pooling: Int) -> Variable {
        found(convolutions, name)(x, scale: scale, pooling: pooling, precision: precision)
    }

    func entry(_ prefix: String, scale: Variable) -> Variable {
        let constant = Variable(Self.tensor(tensors, "\(prefix).input"))
        let noise = Variable(Self.tensor(tensors, "\(prefix).conv1.noise"))
        let styled = repeated(constant, scale.shape[0]) * scale
        let x = found(entries, "\(prefix).conv1")(styled, precision: precision)
        return (x + noise.reshaped([1, 4, 4, 1])).leakyReLU(slope: StyledShapes.slope)
    }

    func mix(_ name: String, _ x: Variable, scale: Variable) -> Variable {
        let bias = tensors["\(name).bias"].map { Variable($0) }
        return x.linear(weight: Variable(Self.tensor(tensors, "\(name).weight")), bias: bias, scale: scale)
    }
}

/// Layers whose parameters are on the tape.
struct TrainableStyledLayers: StyledLayers {
    let parameters: [String: Variable]

    private func parameter(_ name: String) -> Variable {
        guard let found = parameters[name] else { preconditionFailure("the network has no parameter \(name)") }
        return found
    }

    func modulation(_ name: String, _ w: Variable) -> Variable {
        w.linear(weight: parameter("\(name).modulation.weight"), bias: parameter("\(name).modulation.bias"))
    }

    func convolution(_ name: String, _ x: Variable, scale: Variable) -> Variable {
        let filtered = (x * scale).depthwiseConvolved(weight: parameter("\(name).depthwise"), padding: 1)
        return activated(
            name,
            filtered.linear(weight: parameter("\(name).pointwise"), bias: parameters["\(name).bias"])
        )
    }

    func entry(_ prefix: String, scale: Variable) -> Variable {
        let x = repeated(parameter("\(prefix).input"), scale.shape[0]) * scale
        let name = "\(prefix).conv1"
        return activated(
            name,
            x.convolved(weight: parameter("\(name).weight"), bias: parameter("\(name).bias"), padding: 1)
        )
    }

    func mix(_ name: String, _ x: Variable, scale: Variable) -> Variable {
        x.linear(weight: parameter("\(name).weight"), bias: parameters["\(name).bias"], scale: scale)
    }

    private func activated(_ name: String, _ x: Variable) -> Variable {
        let noise = parameter("\(name).noise").reshaped([1, x.shape[1], x.shape[2], 1])
        return (x + noise).leakyReLU(slope: StyledShapes.slope)
    }
}

/// [4,4,C] to [N,4,4,C].
private func repeated(_ constant: Variable, _ count: Int) -> Variable {
    let one = constant.reshaped([1] + constant.shape)
    return Variable.concatenated([Variable](repeating: one, count: count), axis: 0)
}
