/// Joins repeats of one code word received through independent noise.
public enum MaximalRatioCombiner {
    /// Per component the mean weighted by inverse variance; the variance of the result is `1 / Σ 1/σ²`.
    ///
    /// A component erased everywhere stays erased.
    /// - Precondition: there is at least one observation and all have the same length.
    public static func combine(_ observations: [EqualizedReals]) -> EqualizedReals {
        let count = observations.first?.values.count ?? 0
        precondition(
            !observations.isEmpty && observations.allSatisfy { $0.values.count == count },
            "repeats have one length"
        )
        var values = [Float](repeating: 0, count: count)
        var variances = [Float](repeating: .infinity, count: count)
        for index in 0..<count {
            var weights = 0.0
            var sum = 0.0
            for observation in observations where observation.noiseVariance[index].isFinite {
                let weight = 1 / max(Double(observation.noiseVariance[index]), 1e-30)
                weights += weight
                sum += weight * Double(observation.values[index])
            }
            if weights > 0 {
                values[index] = Float(sum / weights)
                variances[index] = Float(1 / weights)
            }
        }
        return EqualizedReals(values: values, noiseVariance: variances)
    }
}
