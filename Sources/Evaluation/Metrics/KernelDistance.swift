import Tensor

/// The kernel distance of two sets of pictures' features (Bińkowski et al. 2018, KID): the unbiased estimate of the
/// squared maximum mean discrepancy under the kernel (xᵀy/d + 1)³.
///
/// Unbiased, it may be negative where the sets are alike.
package struct KernelDistance: Encodable, Sendable, Equatable {
    /// Over all pictures of both sets.
    package let whole: Double
    /// Mean and standard deviation (of the population, as torch-fidelity has it) over subsets. Where a subset is as
    /// large as both sets all subsets are alike, and the deviation is nought.
    package let mean, deviation: Double
    /// How many subsets were drawn, and how many pictures of either set are in each.
    package let subsets, subsetSize: Int

    /// - Parameters:
    ///   - one: the features of one set, [n, d].
    ///   - other: of the other, [m, d].
    ///   - subsets: how many are drawn, without replacement within one of them.
    ///   - subsetSize: pictures of either set in a subset; fewer where a set has fewer.
    ///   - seed: of the draws.
    /// - Throws: `MetricError`.
    package init(
        between one: DoubleMatrix,
        _ other: DoubleMatrix,
        subsets: Int = 100,
        subsetSize: Int = 1000,
        seed: UInt64
    ) throws(MetricError) {
        try MetricError.check(one, other)
        let size = max(2, min(subsetSize, one.rows, other.rows))
        let whole = Self.discrepancy(one, other)
        var random = SeededGenerator(seed: seed)
        let distances = (0..<max(1, subsets)).map { _ in
            let chosen = random.rows(size, of: one.rows)
            let others = random.rows(size, of: other.rows)
            return Self.discrepancy(one.selecting(chosen), other.selecting(others))
        }
        let mean = distances.reduce(0, +) / Double(distances.count)
        let variance = distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(distances.count)
        guard whole.isFinite, mean.isFinite, variance.isFinite else { throw .notFinite }
        (self.whole, self.mean, deviation) = (whole, mean, variance.squareRoot())
        (self.subsets, self.subsetSize) = (distances.count, size)
    }

    /// The unbiased squared discrepancy of [n, d] and [m, d]: a picture is not paired with itself.
    private static func discrepancy(_ one: DoubleMatrix, _ other: DoubleMatrix) -> Double {
        let (n, m) = (Double(one.rows), Double(other.rows))
        let within = kernelSum(one, one, withDiagonal: false) / (n * (n - 1))
        let withinOther = kernelSum(other, other, withDiagonal: false) / (m * (m - 1))
        return within + withinOther - 2 * kernelSum(one, other, withDiagonal: true) / (n * m)
    }

    /// The kernel summed over all pairs of rows.
    private static func kernelSum(_ one: DoubleMatrix, _ other: DoubleMatrix, withDiagonal: Bool) -> Double {
        let d = Double(one.columns)
        var sum = 0.0
        // In pieces, so that the kernel matrix of large sets need not be in memory as a whole.
        for start in stride(from: 0, to: one.rows, by: 512) {
            let rows = start..<min(start + 512, one.rows)
            let products = one.selecting(rows).product(withTransposeOf: other)
            products.values.withUnsafeBufferPointer { products in
                for (place, row) in rows.enumerated() {
                    for column in 0..<other.rows where withDiagonal || column != row {
                        let base = products[place * other.rows + column] / d + 1
                        sum += base * base * base
                    }
                }
            }
        }
        return sum
    }
}

extension SeededGenerator {
    /// A number below `bound`, by the upper half of one draw: written out, so that another implementation draws the
    /// same.
    mutating func index(below bound: Int) -> Int { Int(((next() >> 32) * UInt64(bound)) >> 32) }

    /// So many different numbers below `count`, by the first steps of a Fisher–Yates shuffle.
    mutating func rows(_ chosen: Int, of count: Int) -> [Int] {
        var rows = Array(0..<count)
        for place in 0..<min(chosen, count) { rows.swapAt(place, place + index(below: count - place)) }
        return Array(rows.prefix(chosen))
    }
}
