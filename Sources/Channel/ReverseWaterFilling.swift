import Glibc

/// The rate and distortion of independent normal numbers (Cover and Thomas, "Elements of Information Theory", 10.3.3).
public enum ReverseWaterFilling {
    /// The least mean square error that so many bits leave, as a share of the numbers' variance.
    ///
    /// - Parameters:
    ///   - variances: of each number, in units of the harm that its errors do.
    ///   - bits: for all of them together.
    /// - Precondition: no variance is negative, and one is above zero.
    public static func leastError(variances: [Float], bits: Double) -> Double {
        precondition(
            variances.allSatisfy { $0 >= 0 } && variances.contains { $0 > 0 },
            "variances without a positive one"
        )
        // Above the water each number takes as many bits as it stands above it; where the water is no number is left of it.
        let sorted = variances.map(Double.init).filter { $0 > 0 }.sorted(by: >)
        let all = sorted.reduce(0, +)
        var logarithms = 0.0
        var left = all
        for (index, variance) in sorted.enumerated() {
            logarithms += log2(variance)
            left -= variance
            let count = Double(index + 1)
            let level = exp2((logarithms - 2 * bits) / count)
            let next = index + 1 < sorted.count ? sorted[index + 1] : 0
            if level >= next { return min(1, (count * level + left) / all) }
        }
        return 0
    }
}
