import Channel
import Testing

@Suite struct PowerAllocationTests {
    private let variances: [Float] = [9, 4, 1, 0.5, 0.1, 0.02, 0.001, 0]

    /// Of an LMMSE receiver, over all numbers.
    private func error(_ powers: [Float], _ noise: Double) -> Double {
        zip(variances, powers).reduce(0) { $0 + Double($1.0) * noise / (Double($1.1) + noise) }
    }

    @Test(arguments: [0.01, 0.1, 1, 4, 30, 1e4])
    func noShiftOfPowerErrsLess(_ noise: Double) {
        let powers = PowerAllocation.leePetersen(variances: variances, noiseVariance: noise)
        let total: Float = powers.reduce(0, +)
        #expect(abs(total / Float(variances.count) - 1) < 1e-4)
        #expect(powers.allSatisfy { $0 >= 0 })
        let least = error(powers, noise)
        for from in powers.indices where powers[from] > 0 {
            for to in powers.indices where to != from {
                var other = powers
                let moved = powers[from] * 0.1
                (other[from], other[to]) = (other[from] - moved, other[to] + moved)
                #expect(error(other, noise) >= least * (1 - 1e-6))
            }
        }
    }

    @Test func noiseTakesTheWeakOnesOutFirst() {
        func sent(_ noise: Double) -> Int {
            PowerAllocation.leePetersen(variances: variances, noiseVariance: noise).count { $0 > 0 }
        }
        #expect(sent(0) == 7 && sent(1e-4) == 7)
        #expect(sent(1) < sent(0.01) && sent(30) < sent(1) && sent(1e6) == 1)
        let powers = PowerAllocation.leePetersen(variances: [4, 1], noiseVariance: 0)
        let expected: [Float] = [4 / 3, 2 / 3]
        for (power, expected) in zip(powers, expected) { #expect(abs(power - expected) < 1e-6) }
    }
}
