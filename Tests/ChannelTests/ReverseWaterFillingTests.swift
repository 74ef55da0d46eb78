import Channel
import Glibc
import Testing

@Suite struct ReverseWaterFillingTests {
    @Test func alikeNumbersShareTheBits() {
        for bits in [0.0, 1, 8, 40] {
            let error = ReverseWaterFilling.leastError(variances: [Float](repeating: 3, count: 8), bits: bits)
            #expect(abs(error - exp2(-2 * bits / 8)) < 1e-9)
        }
    }

    /// D(θ) = Σ min(λ, θ) and R(θ) = Σ ½·log₂(λ/θ) over the λ above θ.
    @Test(arguments: [6.0, 2.5, 1, 0.3, 0.01]) func errorAndRateMeetAtTheWater(level: Double) {
        let variances: [Float] = [5, 0.25, 1, 0, 3, 1, 0.0625]
        let rate = variances.reduce(0.0) { $0 + max(0, log2(Double($1) / level) / 2) }
        let left = variances.reduce(0.0) { $0 + min(Double($1), level) }
        let all = variances.reduce(0.0) { $0 + Double($1) }
        let error = ReverseWaterFilling.leastError(variances: variances, bits: rate)
        #expect(abs(error - left / all) < 1e-9)
    }

    @Test func noLinearCodeGoesBelow() {
        let variances = (1...64).map { 1 / Float($0 * $0) }
        for snr in [-6.0, 0, 6, 12] {
            let noise = pow(10, -snr / 10)
            let powers = PowerAllocation.leePetersen(variances: variances, noiseVariance: noise)
            let all = variances.reduce(0.0) { $0 + Double($1) }
            let linear = zip(variances, powers).reduce(0.0) { $0 + Double($1.0) * noise / (Double($1.1) + noise) } / all
            let bits = 32 * log2(1 + 1 / noise)
            #expect(ReverseWaterFilling.leastError(variances: variances, bits: bits) < linear)
        }
    }
}
