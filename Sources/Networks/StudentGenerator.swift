import Tensor

/// The student `faces-128`: a trunk like the 1024-pixel generator's up to 64×64 features, then a light tail that draws
/// 128 pixels. It shares W, and W+, with its teacher.
///
/// The tail: a separable styled convolution to 256 channels at 64×64, an inverse Haar transform, two more convolutions
/// (64 → 96 → 64 channels at 128×128) and a modulated 1×1 to RGB; the 64-pixel features add an RGB picture of their own
/// through an inverse Haar transform. It has fewer modulations than its teacher: rows 0…15 have their own, the rest act
/// on the colours by their mean.
public final class StudentGenerator: RowGenerator {
    public let latentDimension = 512
    public let resolution = 128

    private let layers: FrozenStyledLayers

    /// The student in a file that `modelctl train student` wrote.
    ///
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        layers = try FrozenStyledLayers(WeightReader(file: weights), StudentParameters.shapes)
    }

    /// Pictures [N,128,128,3]; `resolution` is 128.
    public func synthesize(styles: Styles, resolution: Int) -> Variable {
        precondition(resolution == self.resolution, "the student draws 128 pixels, not \(resolution)")
        return layers.drawStudent(styles)
    }
}

extension StyledLayers {
    /// Pictures [N,128,128,3] by the student's layers.
    fileprivate func drawStudent(_ styles: Styles) -> Variable {
        let features = trunk("trunk", style: styles.row)
        let small = convolution("conv0", features, scale: modulation("conv0", styles.row(12)))
        var x = small.inverseHaar(scale: modulation("up", styles.row(13)))
        x = convolution("conv1", x, scale: modulation("conv1", styles.row(14)))
        x = convolution("conv2", x, scale: modulation("conv2", styles.row(15)))
        let rest = 16..<MobileStyleGAN.rows
        let late = rest.dropFirst().reduce(styles.row(16)) { $0 + styles.row($1) } * (1 / Float(rest.count))
        let early = mix("early", small * modulation("early", late))
        return mix("image", x * modulation("image", late)) + early.inverseHaar()
    }
}

/// The student's parameters: what is trained.
public struct StudentParameters: Sendable {
    /// Names and shapes of the tensors, in the order of the file.
    public static let shapes: [(name: String, shape: [Int])] =
        StyledShapes.trunk("trunk")
        + StyledShapes.convolution("conv0", 512, 256, size: 64)
        + StyledShapes.modulation("up", 256)
        + StyledShapes.convolution("conv1", 64, 96, size: 128)
        + StyledShapes.convolution("conv2", 96, 64, size: 128)
        + StyledShapes.modulation("image", 64)
        + [("image.weight", [3, 64]), ("image.bias", [3])]
        + StyledShapes.modulation("early", 256)
        + [("early.weight", [12, 256])]

    /// By name, of `shapes`.
    public let tensors: [String: Tensor]

    /// Where training starts: the teacher's trunk, its next layers, thinned out, and no picture yet.
    ///
    /// Of the 512 channels behind the fourth layer every second one is kept, so that the four bands of the Haar
    /// transform stay whole and the channels behind it are every second one of the teacher's too.
    ///
    /// - Parameter teacher: `mobile-stylegan-ffhq.safetensors`.
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen.
    public init(teacher: SafetensorsFile, seed: UInt64) throws(SafetensorsError) {
        var random = SeededGenerator(seed: seed ^ 0x53_5455_4445)
        var tensors: [String: Tensor] = [:]
        for (name, shape) in Self.shapes {
            if name.hasPrefix("trunk.") {
                tensors[name] = try WeightReader(file: teacher)
                    .tensor("synthesis" + name.dropFirst("trunk".count), shape)
            } else if let (source, step) = Self.borrowed(name) {
                tensors[name] = try Self.thinned(teacher, source, step, to: shape)
            } else if name.hasSuffix("modulation.bias") {
                tensors[name] = Tensor([Float](repeating: 1, count: shape[0]), shape: shape)
            } else if name == "image.weight" || name == "early.weight" {
                tensors[name] = Tensor(normal: shape, deviation: 0.01, generator: &random)
            } else {
                tensors[name] = Tensor(zeros: shape)
            }
        }
        self.tensors = tensors
    }

    /// The teacher's tensor that a tensor of the tail starts from, and of which rows and columns every how many.
    private static func borrowed(_ name: String) -> (String, step: (rows: Int, columns: Int))? {
        guard let dot = name.firstIndex(of: ".") else { return nil }
        let layers = ["conv0": "3.conv2", "up": "4.up", "conv1": "4.conv1", "conv2": "4.conv2"]
        guard let layer = layers[String(name[..<dot])] else { return nil }
        let isFirst = layer == "3.conv2"
        let step =
            switch String(name[dot...]) {
            case ".modulation.weight": (isFirst ? 1 : 2, 1)
            case ".modulation.bias", ".depthwise": (1, isFirst ? 1 : 2)
            case ".pointwise": (2, isFirst ? 1 : 2)
            case ".bias": (1, 2)
            default: (1, 1)
            }
        return ("synthesis.layers.\(layer)\(name[dot...])", step)
    }

    private static func thinned(
        _ file: SafetensorsFile,
        _ name: String,
        _ step: (rows: Int, columns: Int),
        to shape: [Int]
    ) throws(SafetensorsError) -> Tensor {
        let source = try file.tensor(name)
        let (all, width, wanted) = (source.values, source.shape[source.shape.count - 1], shape[shape.count - 1])
        let rows = shape.reduce(1, *) / wanted
        guard (rows - 1) * step.rows * width + (wanted - 1) * step.columns < all.count else {
            throw .shapeMismatch(name: name, expected: shape, found: source.shape)
        }
        var values: [Float] = []
        for row in 0..<rows {
            for column in 0..<wanted { values.append(all[row * step.rows * width + column * step.columns]) }
        }
        return Tensor(values, shape: shape)
    }

    /// Pictures [N,128,128,3] with the parameters on the tape: the trainer's way in.
    public static func synthesize(_ styles: Styles, parameters: [String: Variable]) -> Variable {
        TrainableStyledLayers(parameters: parameters).drawStudent(styles)
    }
}
