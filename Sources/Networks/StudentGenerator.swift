import Tensor

/// The student `faces-128`: the 1024-pixel generator's trunk up to 64×64 features, then a light tail of its own that
/// draws 128 pixels. It shares W, and W+, with its teacher.
///
/// The tail: a separable styled convolution to 256 channels at 64×64, an inverse Haar transform, two more convolutions
/// (64 → 96 → 64 channels at 128×128) and a modulated 1×1 to RGB; the 64-pixel features add an RGB picture of their own
/// through an inverse Haar transform.
public final class StudentGenerator: RowGenerator {
    public let latentDimension = 512
    public let resolution = 128

    private let trunk: MobileStyleGAN
    private let tail: StudentTail
    private let convolutions: [FrozenStyledConvolution]

    /// The student in a file that `modelctl train student` wrote.
    ///
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen.
    public init(trunk: MobileStyleGAN, weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        var tensors: [String: Tensor] = [:]
        for (name, shape) in StudentTail.shapes { tensors[name] = try reader.tensor(name, shape) }
        self.trunk = trunk
        tail = StudentTail(tensors: tensors)
        convolutions = StudentTail.convolutions.map(tail.frozen)
    }

    /// Pictures [N,128,128,3] from codes [N,512]; `resolution` is 128.
    public func synthesize(_ w: Variable, resolution: Int) -> Variable {
        synthesize(resolution: resolution) { _ in w }
    }

    /// The student has fewer modulations than its teacher and reads the rows 0…15 and 22.
    public func synthesize(rows: Variable, resolution: Int) -> Variable {
        synthesize(resolution: resolution) { row in
            rows.slice(axis: 1, range: row..<row + 1).reshaped([rows.shape[0], 512])
        }
    }

    private func synthesize(resolution: Int, style: (_ row: Int) -> Variable) -> Variable {
        precondition(resolution == self.resolution, "the student draws 128 pixels, not \(resolution)")
        let parameters = tail.tensors.mapValues { Variable($0) }
        return StudentTail.draw(trunk.trunk(style: style), parameters: parameters, style: style) { index, x, scale in
            convolutions[index](x, scale: scale)
        }
    }
}

/// The student's own layers: what is trained.
public struct StudentTail: Sendable {
    /// Names and shapes of the tensors, in the order of the file.
    public static let shapes: [(name: String, shape: [Int])] = [
        ("conv0.modulation.weight", [512, 512]), ("conv0.modulation.bias", [512]),
        ("conv0.depthwise", [3, 3, 512]), ("conv0.pointwise", [256, 512]), ("conv0.noise", [1, 64, 64, 1]),
        ("conv0.bias", [256]),
        ("up.weight", [256, 512]), ("up.bias", [256]),
        ("conv1.modulation.weight", [64, 512]), ("conv1.modulation.bias", [64]),
        ("conv1.depthwise", [3, 3, 64]), ("conv1.pointwise", [96, 64]), ("conv1.noise", [1, 128, 128, 1]),
        ("conv1.bias", [96]),
        ("conv2.modulation.weight", [96, 512]), ("conv2.modulation.bias", [96]),
        ("conv2.depthwise", [3, 3, 96]), ("conv2.pointwise", [64, 96]), ("conv2.noise", [1, 128, 128, 1]),
        ("conv2.bias", [64]),
        ("image.modulation.weight", [64, 512]), ("image.modulation.bias", [64]),
        ("image.weight", [3, 64]), ("image.bias", [3]),
        ("early.modulation.weight", [256, 512]), ("early.modulation.bias", [256]), ("early.weight", [12, 256]),
    ]
    static let convolutions = ["conv0", "conv1", "conv2"]

    /// By name, of `shapes`.
    public let tensors: [String: Tensor]

    init(tensors: [String: Tensor]) {
        self.tensors = tensors
    }

    /// Where training starts: the teacher's next layers, thinned out, and no picture yet.
    ///
    /// Of the 512 channels behind the fourth layer every second one is kept, so that the four bands of the Haar
    /// transform stay whole and the channels behind it are every second one of the teacher's too.
    ///
    /// - Parameter teacher: `mobile-stylegan-ffhq.safetensors`.
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen.
    public init(teacher: SafetensorsFile, seed: UInt64) throws(SafetensorsError) {
        var random = SeededGenerator(seed: seed ^ 0x53_5455_4445)
        func taken(
            _ name: String,
            rows: (Int) -> Int,
            columns: (Int) -> Int,
            _ shape: [Int]
        ) throws(SafetensorsError)
            -> Tensor
        {
            let source = try teacher.tensor("synthesis.layers.\(name)")
            let width = source.shape[source.shape.count - 1]
            let wanted = shape[shape.count - 1]
            let count = shape.reduce(1, *) / wanted
            var values: [Float] = []
            let all = source.values
            for row in 0..<count {
                for column in 0..<wanted {
                    let index = rows(row) * width + columns(column)
                    guard all.indices.contains(index) else {
                        throw .shapeMismatch(name: name, expected: shape, found: source.shape)
                    }
                    values.append(all[index])
                }
            }
            return Tensor(values, shape: shape)
        }
        let same: (Int) -> Int = { $0 }
        let second: (Int) -> Int = { 2 * $0 }
        // Name in the teacher, which rows and which columns of it.
        let borrowed: [String: (String, (Int) -> Int, (Int) -> Int)] = [
            "conv0.modulation.weight": ("3.conv2.modulation.weight", same, same),
            "conv0.modulation.bias": ("3.conv2.modulation.bias", same, same),
            "conv0.depthwise": ("3.conv2.depthwise", same, same),
            "conv0.pointwise": ("3.conv2.pointwise", second, same),
            "conv0.bias": ("3.conv2.bias", same, second),
            "up.weight": ("4.up.modulation.weight", second, same),
            "up.bias": ("4.up.modulation.bias", same, second),
            "conv1.modulation.weight": ("4.conv1.modulation.weight", second, same),
            "conv1.modulation.bias": ("4.conv1.modulation.bias", same, second),
            "conv1.depthwise": ("4.conv1.depthwise", same, second),
            "conv1.pointwise": ("4.conv1.pointwise", second, second),
            "conv1.bias": ("4.conv1.bias", same, second),
            "conv2.modulation.weight": ("4.conv2.modulation.weight", second, same),
            "conv2.modulation.bias": ("4.conv2.modulation.bias", same, second),
            "conv2.depthwise": ("4.conv2.depthwise", same, second),
            "conv2.pointwise": ("4.conv2.pointwise", second, second),
            "conv2.bias": ("4.conv2.bias", same, second),
        ]
        let noises = ["conv0.noise": "3.conv2.noise", "conv1.noise": "4.conv1.noise", "conv2.noise": "4.conv2.noise"]
        var tensors: [String: Tensor] = [:]
        for (name, shape) in Self.shapes {
            if let (source, rows, columns) = borrowed[name] {
                tensors[name] = try taken(source, rows: rows, columns: columns, shape)
            } else if let source = noises[name] {
                tensors[name] = try teacher.tensor("synthesis.layers.\(source)").reshaped(shape)
            } else if name.hasSuffix("modulation.bias") {
                tensors[name] = Tensor([Float](repeating: 1, count: shape[0]), shape: shape)
            } else if name == "image.weight" || name == "early.weight" {
                tensors[name] = Tensor(normal: shape, deviation: 0.01, generator: &random)
            } else {
                tensors[name] = Tensor(zeros: shape)
            }
        }
        self.init(tensors: tensors)
    }

    /// Pictures [N,128,128,3] of codes w [N,512] with the tail's parameters on the tape: the trainer's way in.
    public static func synthesize(_ w: Variable, trunk: MobileStyleGAN, parameters: [String: Variable]) -> Variable {
        draw(trunk.trunk { _ in w }, parameters: parameters, style: { _ in w }) { index, x, scale in
            func parameter(_ name: String) -> Variable { Self.parameter(parameters, "\(convolutions[index]).\(name)") }
            let filtered = (x * scale).depthwiseConvolved(weight: parameter("depthwise"), padding: 1)
            let mixed = filtered.linear(weight: parameter("pointwise"), bias: parameter("bias"))
            return (mixed + parameter("noise")).leakyReLU(slope: MobileStyleGAN.slope)
        }
    }

    /// Features [N,64,64,512] of the trunk to pictures; `convolution` is given the number, the input and its scale.
    static func draw(
        _ features: Variable,
        parameters: [String: Variable],
        style: (_ row: Int) -> Variable,
        convolution: (_ index: Int, _ x: Variable, _ scale: Variable) -> Variable
    ) -> Variable {
        func modulation(_ name: String, _ row: Int) -> Variable {
            style(row).linear(
                weight: parameter(parameters, "\(name).weight"),
                bias: parameter(parameters, "\(name).bias")
            )
        }
        let small = convolution(0, features, modulation("conv0.modulation", 12))
        var x = small.inverseHaar(scale: modulation("up", 13))
        x = convolution(1, x, modulation("conv1.modulation", 14))
        x = convolution(2, x, modulation("conv2.modulation", 15))
        let early = (small * modulation("early.modulation", 22)).linear(weight: parameter(parameters, "early.weight"))
        let late = (x * modulation("image.modulation", 22))
            .linear(weight: parameter(parameters, "image.weight"), bias: parameter(parameters, "image.bias"))
        return late + early.inverseHaar()
    }

    private static func parameter(_ parameters: [String: Variable], _ name: String) -> Variable {
        guard let found = parameters[name] else { preconditionFailure("the tail has no tensor \(name)") }
        return found
    }

    /// One convolution, ready to run without its parameters' gradients.
    func frozen(_ name: String) -> FrozenStyledConvolution {
        func tensor(_ part: String) -> Tensor {
            guard let found = tensors["\(name).\(part)"] else { preconditionFailure("the tail has no \(name).\(part)") }
            return found
        }
        return FrozenStyledConvolution(
            depthwise: tensor("depthwise"),
            pointwise: tensor("pointwise"),
            noise: tensor("noise"),
            bias: tensor("bias"),
            slope: MobileStyleGAN.slope
        )
    }
}
