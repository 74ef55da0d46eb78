import Tensor

/// An interval about a statistic of a sample by the percentile bootstrap (Efron 1979): the statistic of samples that
/// are drawn from the sample with replacement, cut at both ends.
package struct Bootstrap: Codable, Sendable, Equatable {
    /// What is said of the values.
    package enum Statistic: String, Codable, Sendable, CaseIterable {
        case mean, median

        /// Of at least one value.
        func callAsFunction(_ values: [Double]) -> Double {
            switch self {
            case .mean: values.reduce(0, +) / Double(values.count)
            case .median: quantile(0.5, ofSorted: values.sorted())
            }
        }
    }

    /// The statistic of the values themselves.
    package let value: Double
    /// Between them 95 % of the draws lie.
    package let lower, upper: Double

    /// - Parameters:
    ///   - values: one for each face; nil comes of none.
    ///   - statistic: of them.
    ///   - draws: how many samples are drawn.
    ///   - seed: of the draws.
    package init?(of values: [Double], _ statistic: Statistic, draws: Int = 2000, seed: UInt64) {
        guard !values.isEmpty, draws > 0 else { return nil }
        var random = SeededGenerator(seed: seed)
        var drawn = (0..<draws).map { _ in
            statistic(values.map { _ in values[random.index(below: values.count)] })
        }
        drawn.sort()
        value = statistic(values)
        (lower, upper) = (quantile(0.025, ofSorted: drawn), quantile(0.975, ofSorted: drawn))
    }
}

/// The quantile of at least one value, interpolated linearly between its neighbours (NumPy's way).
private func quantile(_ share: Double, ofSorted values: [Double]) -> Double {
    let place = share * Double(values.count - 1)
    let lower = min(Int(place), values.count - 1)
    let upper = min(lower + 1, values.count - 1)
    return values[lower] + (place - Double(lower)) * (values[upper] - values[lower])
}
