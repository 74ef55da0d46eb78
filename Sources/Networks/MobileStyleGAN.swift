import Tensor

/// MobileStyleGAN (Belousov 2021), distilled from StyleGAN2-FFHQ at 1024 pixels: mapping and synthesis networks.
///
/// W+ has 23 rows, one for each modulation: `conv1`; up, conv1 and conv2 of each of seven layers; to-image.
public final class MobileStyleGAN: MappedGenerator {
    /// Rows of a W+ code.
    public static let rows = 23
    /// Of w.
    public let latentDimension = 512
    /// Largest edge that it draws, in pixels.
    public let resolution = 1024

    private static let layerCount = 7
    private static let prefix = "synthesis"

    private let mapping: [FrozenLinear]
    private let layers: FrozenStyledLayers
    private let imageStyle: FrozenLinear
    private let image: FrozenLinear
    private let lowBand: FrozenLinear

    /// Takes the tensors of `mobile-stylegan-ffhq.safetensors`; throws when one is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        var mapping: [FrozenLinear] = []
        for index in 0..<8 {
            mapping.append(
                try reader.linear("mapping.\(index)", [512, 512], activation: .leakyReLU(slope: StyledShapes.slope))
            )
        }
        self.mapping = mapping
        var shapes = StyledShapes.trunk(Self.prefix)
        shapes += StyledShapes.convolution("\(Self.prefix).layers.3.conv2", 512, 512, size: 64)
        for (index, channels) in [(4, (512, 256)), (5, (256, 128)), (6, (128, 64))] {
            shapes += StyledShapes.layer("\(Self.prefix).layers.\(index)", channels.0, channels.1, size: 8 << index)
        }
        layers = try FrozenStyledLayers(reader, shapes)
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

    /// Draws modulated layers: [N, resolution, resolution, 3] in [−1, 1].
    public func synthesize(styles: Styles, resolution: Int, precision: ProductPrecision) -> Variable {
        precondition([1024, 512, 256, 128].contains(resolution), "no picture of \(resolution) pixels")
        let layers = layers.multiplying(in: precision)
        var x = layers.trunk(Self.prefix, style: styles.row)
        for index in StyledShapes.trunkLayers..<Self.layerCount {
            let name = "\(Self.prefix).layers.\(index)"
            if index > StyledShapes.trunkLayers {
                x = layers.upper(name, x, styles.row(3 * index + 1), styles.row(3 * index + 2))
            }
            x = layers.convolution(
                "\(name).conv2",
                x,
                scale: layers.modulation("\(name).conv2", styles.row(3 * index + 3)),
                pooling: index == Self.layerCount - 1 ? max(1, 512 / resolution) : 1
            )
        }
        let scale = imageStyle(styles.row(Self.rows - 1))
        return resolution == 1024 ? image(x, scale: scale).inverseHaar() : lowBand(x, scale: scale)
    }
}
