import Tensor

/// The student `faces-128`: what the 1024-pixel generator draws, seen from 128 pixels. It shares W, and W+, with its
/// teacher.
///
/// The layers are the teacher's, with fewer channels, as far as 128×128. There the teacher doubles its features three
/// times more, and its picture is then averaged over blocks of 8×8; the student stays at 128×128 and takes of each inverse
/// Haar transform the low-pass band alone, which is what an average leaves of it.
public final class StudentGenerator: RowGenerator {
    /// Of w.
    public let latentDimension = 512
    /// The only edge that it draws, in pixels.
    public let resolution = 128

    private let layers: FrozenStyledLayers

    /// The student in a file that `modelctl train student` wrote.
    ///
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        layers = try FrozenStyledLayers(WeightReader(file: weights), StudentParameters.shapes)
    }

    /// Pictures [N,128,128,3]; `resolution` is 128.
    public func synthesize(styles: Styles, resolution: Int, precision: ProductPrecision) -> Variable {
        precondition(resolution == self.resolution, "the student draws 128 pixels, not \(resolution)")
        return layers.multiplying(in: precision).drawStudent(styles)
    }
}

extension StyledLayers {
    /// Pictures [N,128,128,3] by the student's layers.
    fileprivate func drawStudent(_ styles: Styles) -> Variable {
        var x = trunk("synthesis", style: styles.row)
        for index in StyledShapes.trunkLayers...6 {
            let (name, row) = ("synthesis.layers.\(index)", 3 * index)
            if index == 4 {
                x = upper(name, x, styles.row(row + 1), styles.row(row + 2))
            } else if index > 4 {
                let up = modulation("\(name).up", styles.row(row + 1))
                x = convolution("\(name).conv1", x, scale: up * modulation("\(name).conv1", styles.row(row + 2)))
            }
            x = convolution("\(name).conv2", x, scale: modulation("\(name).conv2", styles.row(row + 3)))
        }
        let last = styles.row(MobileStyleGAN.rows - 1)
        return mix("synthesis.to_image", x, scale: modulation("synthesis.to_image", last))
    }
}

/// The student's parameters: what is trained.
public struct StudentParameters: Sendable {
    /// Names and shapes of the tensors, in the order of the file.
    public static let shapes: [(name: String, shape: [Int])] =
        StyledShapes.trunk("synthesis")
        + StyledShapes.convolution("synthesis.layers.3.conv2", 512, 256, size: 64)
        + StyledShapes.upper("synthesis.layers.4", 256, 96, size: 128)
        + StyledShapes.convolution("synthesis.layers.4.conv2", 96, 64, size: 128)
        + low("synthesis.layers.5", 64, 64, 32)
        + low("synthesis.layers.6", 32, 64, 64)
        + StyledShapes.modulation("synthesis.to_image", 64)
        + [("synthesis.to_image.weight", [3, 64]), ("synthesis.to_image.bias", [3])]

    /// A layer on the low-pass band: its two convolutions at 128×128.
    private static func low(_ name: String, _ inputs: Int, _ middle: Int, _ outputs: Int) -> StyledShapes.Shapes {
        StyledShapes.modulation("\(name).up", inputs)
            + StyledShapes.convolution("\(name).conv1", inputs, middle, size: 128)
            + StyledShapes.convolution("\(name).conv2", middle, outputs, size: 128)
    }

    /// By name, of `shapes`.
    public let tensors: [String: Tensor]

    /// Where training starts: the teacher's own layers, thinned out.
    ///
    /// - Parameter teacher: `mobile-stylegan-ffhq.safetensors`.
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen.
    public init(teacher: SafetensorsFile) throws(SafetensorsError) {
        var tensors: [String: Tensor] = [:]
        for (name, shape) in Self.shapes {
            tensors[name] = try Self.thinned(Self.borrowed(name, teacher), to: shape, name: name)
        }
        self.tensors = tensors
    }

    /// The teacher's tensor that the student's `name` starts from, as it acts at 128×128: of the low-pass band alone, and
    /// of taps and noise what they do to blocks of pixels.
    private static func borrowed(_ name: String, _ teacher: SafetensorsFile) throws(SafetensorsError) -> Tensor {
        let source = try teacher.tensor(name)
        let part = name.dropFirst("synthesis.".count)
        let scale = part.hasPrefix("layers.5.") ? 2 : part.hasPrefix("layers.6.") ? 4 : 1
        if part.hasSuffix(".depthwise"), scale > 1 { return widened(taps: source, scale) }
        if part.hasSuffix(".noise"), scale > 1 { return averaged(source, scale) }
        switch part {
        case "layers.4.conv2.pointwise", "layers.4.conv2.bias", "layers.5.conv2.pointwise", "layers.5.conv2.bias":
            return lowBand(source)
        // The low-pass band alone doubles the size, each value becoming four halves.
        case "layers.5.up.modulation.weight", "layers.5.up.modulation.bias", "layers.6.up.modulation.weight",
            "layers.6.up.modulation.bias", "to_image.weight", "to_image.bias":
            let band = lowBand(source)
            return Tensor(band.values.map { $0 / 2 }, shape: band.shape)
        default:
            return source
        }
    }

    /// The first quarter of the rows.
    private static func lowBand(_ x: Tensor) -> Tensor {
        Tensor(Array(x.values[..<(x.count / 4)]), shape: [x.shape[0] / 4] + x.shape.dropFirst())
    }

    /// 3×3 taps [3,3,C] that do to the means of blocks of `scale`² pixels what these do to the pixels, where those of a
    /// block are the same.
    static func widened(taps: Tensor, _ scale: Int) -> Tensor {
        let share = 1 / Float(scale)
        let axis = [[share, 0, 0], [1 - share, 1, 1 - share], [0, 0, share]]
        let (all, channels) = (taps.values, taps.shape[2])
        var result = [Float](repeating: 0, count: taps.count)
        for (to, from) in (0..<9).flatMap({ to in (0..<9).map { (to, $0) } }) {
            let factor = axis[to / 3][from / 3] * axis[to % 3][from % 3]
            for c in 0..<channels { result[to * channels + c] += factor * all[from * channels + c] }
        }
        return Tensor(result, shape: taps.shape)
    }

    /// Means of a map [H,W] over blocks of `scale`² pixels.
    private static func averaged(_ map: Tensor, _ scale: Int) -> Tensor {
        let (height, width) = (map.shape[0], map.shape[1])
        let blocks = Variable(map.reshaped([1, height, width, 1])).areaDownsampled(factor: scale).value
        return blocks.reshaped([height / scale, width / scale])
    }

    /// A smaller tensor from rows and columns spread over a larger one. Channels before an inverse Haar transform are
    /// spread over its four bands alike, so that those behind it are spread over the teacher's too.
    private static func thinned(_ source: Tensor, to shape: [Int], name: String) throws(SafetensorsError) -> Tensor {
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
