import Tensor

/// The student `faces-128`: a trunk like the 1024-pixel generator's up to 64×64 features, then a light tail that draws
/// 128 pixels. It shares W, and W+, with its teacher.
///
/// The tail: a separable styled convolution to 320 channels at 64×64, an inverse Haar transform, two more convolutions
/// (80 → 112 → 80 channels at 128×128) and a modulated 1×1 to RGB; the 64-pixel features add an RGB picture of their own
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
        let early = mix("early", small, scale: modulation("early", late))
        return mix("image", x, scale: modulation("image", late)) + early.inverseHaar()
    }
}

/// The student's parameters: what is trained.
public struct StudentParameters: Sendable {
    /// Names and shapes of the tensors, in the order of the file.
    public static let shapes: [(name: String, shape: [Int])] =
        StyledShapes.trunk("trunk")
        + StyledShapes.convolution("conv0", 512, 320, size: 64)
        + StyledShapes.modulation("up", 320)
        + StyledShapes.convolution("conv1", 80, 112, size: 128)
        + StyledShapes.convolution("conv2", 112, 80, size: 128)
        + StyledShapes.modulation("image", 80)
        + [("image.weight", [3, 80]), ("image.bias", [3])]
        + StyledShapes.modulation("early", 320)
        + [("early.weight", [12, 320])]

    /// By name, of `shapes`.
    public let tensors: [String: Tensor]

    /// Where training starts: the teacher's trunk, its next layers, thinned out, and no picture yet.
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
            } else if let source = Self.borrowed(name) {
                tensors[name] = try Self.thinned(teacher, source, to: shape)
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

    /// The teacher's tensor that one of the tail's starts from.
    private static func borrowed(_ name: String) -> String? {
        let layers = ["conv0": "3.conv2", "up": "4.up", "conv1": "4.conv1", "conv2": "4.conv2"]
        guard let dot = name.firstIndex(of: "."), let layer = layers[String(name[..<dot])] else { return nil }
        return "synthesis.layers.\(layer)\(name[dot...])"
    }

    /// A smaller tensor from rows and columns spread over a larger one. Channels before an inverse Haar transform are
    /// spread over its four bands alike, so that those behind it are spread over the teacher's too.
    private static func thinned(
        _ file: SafetensorsFile,
        _ name: String,
        to shape: [Int]
    ) throws(SafetensorsError) -> Tensor {
        let source = try file.tensor(name)
        guard source.shape.count == shape.count, zip(source.shape, shape).allSatisfy({ $0 >= $1 && $1 > 0 }) else {
            throw .shapeMismatch(name: name, expected: shape, found: source.shape)
        }
        let (from, to) = (source.shape[shape.count - 1], shape[shape.count - 1])
        let (rowsFrom, rowsTo) = (source.count / from, shape.reduce(1, *) / to)
        let all = source.values
        return Tensor(
            (0..<rowsTo).flatMap { row in
                let start = spread(row, rowsTo, rowsFrom) * from
                return (0..<to).map { all[start + spread($0, to, from)] }
            },
            shape: shape
        )
    }

    /// Place `index` of `few`, spread over `many`; both are multiples of four or the same.
    private static func spread(_ index: Int, _ few: Int, _ many: Int) -> Int {
        guard few < many else { return index }
        let (band, place) = index.quotientAndRemainder(dividingBy: few / 4)
        return band * (many / 4) + place * (many / 4) / (few / 4)
    }

    /// Pictures [N,128,128,3] with the parameters on the tape: the trainer's way in.
    public static func synthesize(_ styles: Styles, parameters: [String: Variable]) -> Variable {
        TrainableStyledLayers(parameters: parameters).drawStudent(styles)
    }
}
