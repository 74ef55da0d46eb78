import Tensor

/// MobileStyleGAN (Belousov 2021), distilled from StyleGAN2-FFHQ at 1024 pixels: mapping and synthesis networks.
///
/// W+ has 23 rows, one for each modulation: `conv1`; up, conv1 and conv2 of each of seven layers; to-image.
public final class MobileStyleGAN: RowGenerator {
    /// Rows of a W+ code.
    public static let rows = 23
    public let latentDimension = 512
    public let resolution = 1024

    private struct Layer: Sendable {
        let up, first, second: FrozenLinear
        let firstConvolution, secondConvolution: FrozenStyledConvolution
    }

    private let mapping: [FrozenLinear]
    private let input: Tensor
    private let entryStyle: FrozenLinear
    private let entry: FrozenConvolution
    private let entryNoise: Tensor
    private let layers: [Layer]
    private let imageStyle: FrozenLinear
    private let image: FrozenLinear
    private let lowBand: FrozenLinear

    static let slope: Float = 0.2
    /// Whole layers before the 64-pixel features.
    private static let trunkLayers = 3

    /// Takes the tensors of `mobile-stylegan-ffhq.safetensors`; throws when one is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        var mapping: [FrozenLinear] = []
        for index in 0..<8 {
            mapping.append(
                try reader.linear("mapping.\(index)", [512, 512], activation: .leakyReLU(slope: Self.slope))
            )
        }
        self.mapping = mapping
        input = try reader.tensor("synthesis.input", [4, 4, 512]).reshaped([1, 4, 4, 512])
        entryStyle = try reader.linear("synthesis.conv1.modulation", [512, 512])
        let weight = try reader.tensor("synthesis.conv1.weight", [512, 3, 3, 512])
        entry = FrozenConvolution(weight: weight, bias: try reader.tensor("synthesis.conv1.bias", [512]), padding: 1)
        entryNoise = try reader.tensor("synthesis.conv1.noise", [4, 4]).reshaped([1, 4, 4, 1])
        var layers: [Layer] = []
        var (channels, size) = (512, 8)
        for outputs in [512, 512, 512, 512, 256, 128, 64] {
            let name = "synthesis.layers.\(layers.count)"
            layers.append(
                Layer(
                    up: try reader.linear("\(name).up.modulation", [channels, 512]),
                    first: try reader.linear("\(name).conv1.modulation", [channels / 4, 512]),
                    second: try reader.linear("\(name).conv2.modulation", [outputs, 512]),
                    firstConvolution: try reader.styled("\(name).conv1", channels / 4, outputs, size, Self.slope),
                    secondConvolution: try reader.styled("\(name).conv2", outputs, outputs, size, Self.slope)
                )
            )
            (channels, size) = (outputs, size * 2)
        }
        self.layers = layers
        imageStyle = try reader.linear("synthesis.to_image.modulation", [64, 512])
        let bands = try reader.tensor("synthesis.to_image.weight", [12, 64])
        let offsets = try reader.tensor("synthesis.to_image.bias", [12])
        image = FrozenLinear(weight: bands, bias: offsets)
        // The mean of the four pixels that the inverse Haar transform makes is half the low-pass band.
        lowBand = FrozenLinear(
            weight: Tensor(bands.values[..<192].map { $0 / 2 }, shape: [3, 64]),
            bias: Tensor(offsets.values[..<3].map { $0 / 2 }, shape: [3])
        )
    }

    /// w [N,512] from draws z [N,512] of a standard normal: normalised, then eight dense layers.
    public func map(_ z: Variable) -> Variable {
        let power = z.squared().meanPerSample().reshaped([z.shape[0], 1])
        var w = z / (power + 1e-8).squareRoot()
        for layer in mapping { w = layer(w) * Float(2).squareRoot() }
        return w
    }

    public func synthesize(_ w: Variable, resolution: Int) -> Variable {
        synthesize(resolution: resolution) { _ in w }
    }

    public func synthesize(rows: Variable, resolution: Int) -> Variable {
        precondition(rows.shape.count == 3 && rows.shape[1] == Self.rows, "W+ codes [N,23,512], not \(rows.shape)")
        return synthesize(resolution: resolution) { row in
            rows.slice(axis: 1, range: row..<row + 1).reshaped([rows.shape[0], 512])
        }
    }

    private func synthesize(resolution: Int, style: (_ row: Int) -> Variable) -> Variable {
        precondition([1024, 512, 256, 128].contains(resolution), "no picture of \(resolution) pixels")
        var x = trunk(style: style)
        for index in Self.trunkLayers..<layers.count {
            if index > Self.trunkLayers { x = firstHalf(of: index, x, style) }
            let isLast = index == layers.count - 1
            x = layers[index].secondConvolution(
                x,
                scale: layers[index].second(style(3 * index + 3)),
                pooling: isLast ? max(1, 512 / resolution) : 1
            )
        }
        let modulated = x * imageStyle(style(Self.rows - 1))
        return resolution == 1024 ? image(modulated).inverseHaar() : lowBand(modulated)
    }

    /// Features [N,64,64,512] behind the fourth layer's first convolution, which the 128-pixel student shares; they
    /// read the rows 0…11.
    func trunk(style: (_ row: Int) -> Variable) -> Variable {
        let scale = entryStyle(style(0))
        let constant = Variable.concatenated([Variable](repeating: Variable(input), count: scale.shape[0]), axis: 0)
        var x = (entry(constant * scale) + Variable(entryNoise)).leakyReLU(slope: Self.slope)
        for index in 0..<Self.trunkLayers {
            x = firstHalf(of: index, x, style)
            x = layers[index].secondConvolution(x, scale: layers[index].second(style(3 * index + 3)))
        }
        return firstHalf(of: Self.trunkLayers, x, style)
    }

    /// A layer up to its first convolution.
    private func firstHalf(of index: Int, _ x: Variable, _ style: (_ row: Int) -> Variable) -> Variable {
        let layer = layers[index]
        let larger = x.inverseHaar(scale: layer.up(style(3 * index + 1)))
        return layer.firstConvolution(larger, scale: layer.first(style(3 * index + 2)))
    }
}
