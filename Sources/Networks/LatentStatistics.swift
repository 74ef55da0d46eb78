import Tensor

/// Mean and covariance of the generator's intermediate latent w, known to both ends of the link.
public struct LatentStatistics: Sendable {
    /// Mean of w: as many values as the latent has dimensions, 512 for the shipped generator.
    public let mean: [Float]
    /// Covariance of w, row-major, symmetric.
    public let covariance: [Float]

    /// The covariance's diagonal.
    public var variances: [Float] { mean.indices.map { covariance[$0 * (mean.count + 1)] } }

    /// The square roots of the variances.
    public var deviations: [Float] { variances.map { $0.squareRoot() } }

    /// - Parameters:
    ///   - mean: d values.
    ///   - covariance: as many rows and columns as `mean` has values.
    public init(mean: [Float], covariance: [Float]) {
        precondition(covariance.count == mean.count * mean.count, "a covariance of \(covariance.count) values")
        self.mean = mean
        self.covariance = covariance
    }

    /// Reads `mean` [d] and `covariance` [d, d] (Scripts/latent_statistics.py writes them).
    ///
    /// - Parameters:
    ///   - file: that has both.
    ///   - count: d, where only one will do.
    /// - Throws: `.noSuchTensor`, `.shapeMismatch` when the covariance is not square and as large as the mean, `.malformed` when
    ///   a mean is not finite or a variance not above zero.
    public init(file: SafetensorsFile, count: Int? = nil) throws(SafetensorsError) {
        let mean = try file.tensor("mean")
        guard mean.shape.count == 1, mean.count == count ?? mean.count else {
            throw .shapeMismatch(name: "mean", expected: [count ?? 512], found: mean.shape)
        }
        let covariance = try file.tensor("covariance")
        guard covariance.shape == [mean.count, mean.count] else {
            throw .shapeMismatch(
                name: "covariance",
                expected: [mean.count, mean.count],
                found: covariance.shape
            )
        }
        self.mean = mean.values
        self.covariance = covariance.values
        guard variances.allSatisfy({ $0 > 0 && $0.isFinite }), self.mean.allSatisfy(\.isFinite) else {
            throw .malformed(path: file.path, reason: "means must be finite and variances above zero")
        }
    }
}

extension LatentStatistics {
    /// Mean and covariance of what a mapping network makes of `count` draws.
    public init(of generator: any MappedGenerator, count: Int, using random: inout SeededGenerator) {
        let (width, batch) = (generator.latentDimension, 500)
        var sum = [Double](repeating: 0, count: width)
        var products = [Double](repeating: 0, count: width * width)
        var done = 0
        while done < count {
            let rows = min(batch, count - done)
            let w = generator.map(Variable(Tensor(normal: [rows, width], deviation: 1, generator: &random))).value
            let turned = Variable(w.transposed).matmul(Variable(w)).value.values
            for index in products.indices { products[index] += Double(turned[index]) }
            for (index, value) in w.values.enumerated() { sum[index % width] += Double(value) }
            done += rows
        }
        let mean = sum.map { $0 / Double(done) }
        let covariance = products.indices.map { index in
            Float(products[index] / Double(done) - mean[index / width] * mean[index % width])
        }
        self.init(mean: mean.map { Float($0) }, covariance: covariance)
    }

    /// A code [1,512] of the generator's prior, moved towards the mean by `truncation` (1: not at all).
    public func sample(
        by generator: any MappedGenerator,
        truncation: Float,
        using random: inout SeededGenerator
    ) -> Variable {
        let z = Tensor(normal: [1, mean.count], deviation: 1, generator: &random)
        let mean = Variable(Tensor(mean, shape: [mean.count]))
        return (generator.map(Variable(z)) - mean) * truncation + mean
    }
}
