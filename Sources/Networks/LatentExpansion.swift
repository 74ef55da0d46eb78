import Tensor

/// What turns a short code into a W+ code: row r of W+ is w̄ + Σ_j c_j·B[j, r].
///
/// The directions stand in the order of what they do to the picture, so the first k of them are the expansion of k
/// numbers. Over faces, c has mean zero and about the variances that `statistics` says. Longer codes go on with the numbers
/// of `FineExpansion`.
public struct LatentExpansion: Sendable {
    /// [1, 23·512]
    let mean: Tensor
    /// [k, 23·512]
    let basis: Tensor
    /// Standard deviations, k values.
    let deviation: [Float]
    private let fine: FineExpansion?

    /// Of the usual code over faces.
    public var statistics: LatentStatistics {
        LatentStatistics(
            mean: [Float](repeating: 0, count: count),
            covariance: Tensor(diagonal: deviation.map { $0 * $0 }).values
        )
    }

    /// Length k of the usual code.
    public var count: Int { basis.shape[0] }

    /// Standard deviations over faces of the numbers of the longest code.
    public var deviations: [Float] { deviation + (fine?.deviation ?? []) }

    /// Takes `basis` [k, 23, 512] and `deviation` [k].
    ///
    /// - Parameters:
    ///   - file: `expansion.safetensors`.
    ///   - mean: w̄, 512 values.
    ///   - fine: for codes longer than usual.
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen, or a deviation is not above zero.
    public init(file: SafetensorsFile, mean: [Float], fine: FineExpansion? = nil) throws(SafetensorsError) {
        let (basis, deviation) = (try file.tensor("basis"), try file.tensor("deviation"))
        guard basis.count > 0, basis.shape == [basis.shape[0], MobileStyleGAN.rows, mean.count] else {
            throw .shapeMismatch(name: "basis", expected: [512, MobileStyleGAN.rows, mean.count], found: basis.shape)
        }
        guard deviation.shape == [basis.shape[0]], deviation.values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw .shapeMismatch(name: "deviation", expected: [basis.shape[0]], found: deviation.shape)
        }
        let width = MobileStyleGAN.rows * mean.count
        self.mean = Tensor((0..<MobileStyleGAN.rows).flatMap { _ in mean }, shape: [1, width])
        self.basis = basis.reshaped([basis.shape[0], width])
        self.deviation = deviation.values
        self.fine = fine
    }

    /// The w that is nearest to the W+ of a code [1, k]: the mean of its rows, 512 numbers.
    public func plainCode(of code: Variable) -> [Float] {
        let rows = rows(of: code).value
        let (count, width) = (rows.shape[1], rows.shape[2])
        let values = rows.values
        return (0..<width).map { column in
            (0..<count).reduce(Float(0)) { $0 + values[$1 * width + column] } / Float(count)
        }
    }

    /// W+ codes [N, 23, 512] of codes [N, k], or longer ones.
    public func rows(of code: Variable) -> Variable {
        let (batch, length) = (code.shape[0], code.shape[1])
        let usual = length > count ? code.slice(axis: 1, range: 0..<count) : code
        var rows = usual.matmul(Variable(basis)) + Variable(mean)
        if let fine, length > count { rows = rows + fine.offset(of: code.slice(axis: 1, range: count..<length)) }
        return rows.reshaped([batch, MobileStyleGAN.rows, mean.count / MobileStyleGAN.rows])
    }
}

/// The generator as one of short codes: expands them to W+ and draws those.
public struct ExpandedGenerator: StyleGenerator {
    /// Draws W+.
    public let generator: any RowGenerator
    /// Makes W+ of codes.
    public let expansion: LatentExpansion

    /// A generator of the codes of an expansion.
    public init(generator: any RowGenerator, expansion: LatentExpansion) {
        self.generator = generator
        self.expansion = expansion
    }

    /// Numbers of a usual code.
    public var latentDimension: Int { expansion.count }
    /// Largest edge that it draws, in pixels.
    public var resolution: Int { generator.resolution }

    /// Codes [N, k] to pictures [N, resolution, resolution, 3] in [−1, 1].
    public func synthesize(_ code: Variable, resolution: Int, precision: ProductPrecision) -> Variable {
        generator.synthesize(rows: expansion.rows(of: code), resolution: resolution, precision: precision)
    }
}
