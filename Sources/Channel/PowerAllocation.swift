/// How a linear code shares its power among independent numbers when it knows the noise.
public enum PowerAllocation {
    /// The powers after which an LMMSE receiver errs least, in the mean square over all numbers together (Lee and Petersen,
    /// "Optimal linear coding for vector channels", IEEE Trans. Commun. 24, 1976): q = s·√λ − σ² where that is above zero.
    /// Numbers that are not worth their power get none. Without noise the powers go with √λ.
    ///
    /// - Parameters:
    ///   - variances: λ of each number, in units of the harm that its errors do.
    ///   - noiseVariance: σ² of each of as many uses of the channel, for values of unit mean power.
    /// - Returns: as many powers, 1 on average; continuous in everything given.
    /// - Precondition: no variance is negative, and one is above zero.
    public static func leePetersen(variances: [Float], noiseVariance: Double) -> [Float] {
        precondition(
            variances.allSatisfy { $0 >= 0 } && variances.contains { $0 > 0 },
            "variances without a positive one"
        )
        let roots = variances.map { Double($0).squareRoot() }
        let budget = Double(variances.count)
        var (sum, level) = (0.0, 0.0)
        // From the strongest on: each next one joins while its share would be positive.
        for (index, root) in roots.sorted(by: >).enumerated() where root > 0 {
            let next = (budget + Double(index + 1) * noiseVariance) / (sum + root)
            guard next * root > noiseVariance else { break }
            (sum, level) = (sum + root, next)
        }
        return roots.map { Float(max(0, level * $0 - noiseVariance)) }
    }
}
