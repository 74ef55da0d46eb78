import Tensor

/// What turns a short code into a W+ code: row r of W+ is w̄ + Σ_j c_j·B[j, r].
///
/// The directions stand in the order of what they do to the picture, so the first k of them are the expansion of k
/// numbers. Over faces, c has mean zero and about the variances that `statistics` says.
public struct LatentExpansion: Sendable {
    /// [1, 23·512]
    let mean: Tensor
    /// [23·512, k], so that a linear layer applies it.
    let weight: Tensor
    /// Standard deviations, k values.
    let deviation: [Float]

    /// Of the code over faces.
    public var statistics: LatentStatistics {
        var covariance = [Float](repeating: 0, count: count * count)
        for (index, deviation) in deviation.enumerated() { covariance[index * count + index] = deviation * deviation }
        return LatentStatistics(mean: [Float](repeating: 0, count: count), covariance: covariance)
    }

    /// Length k of the code.
    public var count: Int { weight.shape[1] }

    /// Takes `basis` [K, 23, 512] and `deviation` [K].
    ///
    /// - Parameters:
    ///   - mean: w̄, 512 values.
    ///   - count: how many of the K directions; all of them by default.
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen, or has fewer directions.
    public init(file: SafetensorsFile, mean: [Float], count: Int? = nil) throws(SafetensorsError) {
        let basis = try file.tensor("basis")
        let expected = [count ?? basis.shape.first ?? 0, MobileStyleGAN.rows, mean.count]
        guard basis.shape.count == 3, Array(basis.shape.dropFirst()) == Array(expected.dropFirst()),
            (1...basis.shape[0]).contains(expected[0])
        else { throw .shapeMismatch(name: "basis", expected: expected, found: basis.shape) }
        let deviation = try file.tensor("deviation")
        guard deviation.shape == [basis.shape[0]], deviation.values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw .shapeMismatch(name: "deviation", expected: [basis.shape[0]], found: deviation.shape)
        }
        let count = expected[0]
        self.deviation = Array(deviation.values.prefix(count))
        let width = MobileStyleGAN.rows * mean.count
        self.mean = Tensor((0..<MobileStyleGAN.rows).flatMap { _ in mean }, shape: [1, width])
        let weight = Tensor(zeros: [width, count])
        weight.withUnsafeMutableBufferPointer { target in
            basis.withUnsafeBufferPointer { source in
                for j in 0..<count {
                    for index in 0..<width { target[index * count + j] = source[j * width + index] }
                }
            }
        }
        self.weight = weight
    }

    /// W+ codes [N, 23, 512] of codes [N, k].
    public func rows(of code: Variable) -> Variable {
        (code.linear(weight: Variable(weight)) + Variable(mean))
            .reshaped([code.shape[0], MobileStyleGAN.rows, mean.count / MobileStyleGAN.rows])
    }
}

/// The generator as one of short codes: expands them to W+ and draws those.
public struct ExpandedGenerator: StyleGenerator {
    public let generator: MobileStyleGAN
    public let expansion: LatentExpansion

    public init(generator: MobileStyleGAN, expansion: LatentExpansion) {
        self.generator = generator
        self.expansion = expansion
    }

    public var latentDimension: Int { expansion.count }
    public var resolution: Int { generator.resolution }

    public func synthesize(_ code: Variable, resolution: Int) -> Variable {
        generator.synthesize(rows: expansion.rows(of: code), resolution: resolution)
    }
}
