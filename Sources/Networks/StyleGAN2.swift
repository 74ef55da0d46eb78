import Tensor

/// StyleGAN2 (Karras et al. 2020) as the paper uses it: mapping, modulated convolutions, the skip architecture's picture. Frozen; noise is
/// that of its checkpoint, so that a code has one picture.
///
/// W+ has 2·log₂(resolution) − 2 rows. Each level of 4, 8, 16, … pixels but the first has two convolutions, of which the first
/// doubles the size, and adds to the picture; the row that colours a level's picture is also that of the next level's first
/// convolution.
public final class StyleGAN2: MappedGenerator {
    /// Of w.
    public let latentDimension: Int
    /// Largest edge that it draws, in pixels: 32 to 1024.
    public let resolution: Int
    /// Rows of a W+ code.
    public var rows: Int { 2 * levels.count }

    /// Levels at most.
    static let mostLevels = 9
    /// [1, 3, 3, 1]/8 in both directions, times 4: zeros between pixels take three quarters of the light.
    static let blur: [Float] = [1, 3, 3, 1].flatMap { (row: Float) in [1, 3, 3, 1].map { row * $0 / 16 } }
    private static let slope: Float = 0.2
    private static let epsilon: Float = 1e-8

    /// A modulated convolution, its weights normalised anew for each style, with noise, bias and LeakyReLU.
    private struct Convolution: Sendable {
        let modulation: FrozenLinear
        /// At this size; nil where it doubles the size.
        let plain: FrozenConvolution?
        /// [Cin, 3, 3, Cout] where it doubles the size.
        let doubling: Tensor
        /// Σ over the kernel of the squared weights, [Cout, Cin].
        let energy: Tensor
        /// Noise [1, H, W, 1], bias [Cout] and the blur [4, 4, Cout], the first two times √2.
        let noise, bias, blur: Tensor

        func callAsFunction(_ x: Variable, style: Variable, precision: ProductPrecision) -> Variable {
            let scale = modulation(style)
            // The √2 of the activation is taken in here, and in noise and bias.
            let norm =
                (scale.squared().linear(weight: Variable(energy)) + StyleGAN2.epsilon).squareRoot()
                * Float(0.5).squareRoot()
            var y = x * scale
            if let plain {
                y = plain(y, precision: precision)
            } else {
                y = y.transposedConvolved(weight: Variable(doubling), stride: 2)
                    .depthwiseConvolved(weight: Variable(blur), padding: 1)
            }
            return (y / norm + Variable(noise) + Variable(bias)).leakyReLU(slope: StyleGAN2.slope)
        }
    }

    private struct Level: Sendable {
        let first: Convolution?
        let second: Convolution
        let imageStyle, image: FrozenLinear
    }

    private let mapping: [FrozenLinear]
    private let constant: Tensor
    private let levels: [Level]
    /// The blur of a picture, [3, 4, 4, 3].
    private let imageBlur: Tensor

    /// Takes the tensors that `StyleGAN2Checkpoint` writes; throws when one is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        let first = try weights.tensor("mapping.0.weight")
        let width = first.shape.last ?? 0
        latentDimension = width
        var mapping: [FrozenLinear] = []
        while weights.names.contains("mapping.\(mapping.count).weight") {
            let activation = Activation.leakyReLU(slope: Self.slope)
            mapping.append(try reader.linear("mapping.\(mapping.count)", [width, width], activation: activation))
        }
        self.mapping = mapping
        constant = try weights.tensor("constant")
        var channels = constant.shape.last ?? 0
        guard channels > 0, constant.shape == [4, 4, channels] else {
            throw .shapeMismatch(name: "constant", expected: [4, 4, 512], found: constant.shape)
        }
        var levels: [Level] = []
        while weights.names.contains("levels.\(levels.count).conv2.weight"), levels.count < Self.mostLevels {
            let (name, size) = ("levels.\(levels.count)", 4 << levels.count)
            var first: Convolution?
            if !levels.isEmpty { first = try Self.convolution(reader, "\(name).conv1", &channels, size, width, true) }
            let second = try Self.convolution(reader, "\(name).conv2", &channels, size, width, false)
            levels.append(
                Level(
                    first: first,
                    second: second,
                    imageStyle: try reader.linear("\(name).image.modulation", [channels, width]),
                    image: try reader.linear("\(name).image", [3, channels])
                )
            )
        }
        guard (4...Self.mostLevels).contains(levels.count) else {
            throw .malformed(path: weights.path, reason: "it draws 32 to 1024 pixels, not \(2 << levels.count)")
        }
        self.levels = levels
        resolution = 2 << levels.count
        imageBlur = Tensor(zeros: [3, 4, 4, 3])
        imageBlur.withUnsafeMutableBufferPointer { values in
            for channel in 0..<3 {
                for place in 0..<16 { values[(channel * 16 + place) * 3 + channel] = Self.blur[place] }
            }
        }
    }

    private static func convolution(
        _ reader: WeightReader,
        _ name: String,
        _ channels: inout Int,
        _ size: Int,
        _ width: Int,
        _ isDoubling: Bool
    ) throws(SafetensorsError) -> Convolution {
        let weight = try reader.file.tensor("\(name).weight")
        let inputs = channels
        let outputs = isDoubling ? weight.shape.last ?? 0 : weight.shape.first ?? 0
        let expected = isDoubling ? [inputs, 3, 3, outputs] : [outputs, 3, 3, inputs]
        guard outputs > 0, weight.shape == expected else {
            throw .shapeMismatch(name: "\(name).weight", expected: expected, found: weight.shape)
        }
        channels = outputs
        var energy = [Float](repeating: 0, count: outputs * inputs)
        let across = isDoubling ? outputs : inputs
        for (index, value) in weight.values.enumerated() {
            let (outer, inner) = (index / (9 * across), index % across)
            energy[isDoubling ? inner * inputs + outer : outer * inputs + inner] += value * value
        }
        let root = Float(2).squareRoot()
        func louder(_ tensor: Tensor, _ shape: [Int]) -> Tensor {
            Tensor(tensor.values.map { $0 * root }, shape: shape)
        }
        return Convolution(
            modulation: try reader.linear("\(name).modulation", [inputs, width]),
            plain: isDoubling ? nil : FrozenConvolution(weight: weight, padding: 1),
            doubling: weight,
            energy: Tensor(energy, shape: [outputs, inputs]),
            noise: louder(try reader.tensor("\(name).noise", [size, size]), [1, size, size, 1]),
            bias: louder(try reader.tensor("\(name).bias", [outputs]), [outputs]),
            blur: Tensor(blur.flatMap { [Float](repeating: $0, count: outputs) }, shape: [4, 4, outputs])
        )
    }

    /// w [N, d] from draws z [N, d] of a standard normal: normalised, then the dense layers.
    public func map(_ z: Variable) -> Variable {
        let power = z.squared().meanPerSample().reshaped([z.shape[0], 1])
        var w = z / (power + Self.epsilon).squareRoot()
        for layer in mapping { w = layer(w) * Float(2).squareRoot() }
        return w
    }

    /// Draws modulated layers: [N, resolution, resolution, 3], about −1…1.
    public func synthesize(styles: Styles, resolution: Int, precision: ProductPrecision) -> Variable {
        precondition(resolution > 0 && self.resolution % resolution == 0, "no picture of \(resolution) pixels")
        let count = styles.row(0).shape[0]
        let one = Variable(constant.reshaped([1] + constant.shape))
        var x = Variable.concatenated([Variable](repeating: one, count: count), axis: 0)
        var picture: Variable?
        for (index, level) in levels.enumerated() {
            if let first = level.first { x = first(x, style: styles.row(2 * index - 1), precision: precision) }
            x = level.second(x, style: styles.row(2 * index), precision: precision)
            let light = level.image(x, scale: level.imageStyle(styles.row(2 * index + 1)))
            picture =
                picture.map { $0.transposedConvolved(weight: Variable(imageBlur), stride: 2, padding: 1) + light }
                ?? light
        }
        guard let picture else { preconditionFailure("a generator has levels") }
        let factor = self.resolution / resolution
        return factor > 1 ? picture.areaDownsampled(factor: factor) : picture
    }
}
