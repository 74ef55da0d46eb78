import Channel
import Foundation
import Tensor
import Testing

@testable import SemanticCoding

struct ExpectedErrorTests {
    private let variances: [Float] = (0..<96).map { Float(exp(-Double($0) / 12)) }

    /// The harm that is left after LMMSE from these values alone, by the covariances: nothing approximated.
    private func exact(powers: [Float], arrived: [Int], noiseVariance: Double) -> Double {
        let count = variances.count
        let rotation = CodeAxes.rotation(count).values.map { Double($0) }
        // Values v = R·G·x: what axis i and value r have in common is R[r, i]·√(q·λ).
        var system = [Double](repeating: 0, count: arrived.count * arrived.count)
        for (row, r) in arrived.enumerated() {
            for (column, c) in arrived.enumerated() {
                for axis in 0..<count {
                    system[row * arrived.count + column] +=
                        rotation[r * count + axis] * Double(powers[axis]) * rotation[c * count + axis]
                }
            }
            system[row * arrived.count + row] += noiseVariance
        }
        guard let factor = CholeskyFactor(of: system, dimension: arrived.count) else { return .nan }
        var (left, all) = (0.0, 0.0)
        for axis in 0..<count {
            let common = arrived.map {
                rotation[$0 * count + axis] * (Double(powers[axis]) * Double(variances[axis])).squareRoot()
            }
            left += Double(variances[axis]) - zip(common, factor.solve(common)).reduce(0) { $0 + $1.0 * $1.1 }
            all += Double(variances[axis])
        }
        return left / all
    }

    @Test(arguments: [(0.0, -6.0), (0.0, 6), (0.25, -6), (0.25, 6), (0.25, 20), (0.5, 0), (0.5, 12)])
    func itIsNearTheExactError(erased: Double, snr: Double) {
        let noiseVariance = pow(10, -snr / 10)
        let powers = PowerAllocation.leePetersen(variances: variances, noiseVariance: noiseVariance)
        var random = SeededGenerator(seed: 5)
        let arrived = Array((0..<96).shuffled(using: &random).prefix(96 - Int(96 * erased))).sorted()
        let exact = exact(powers: powers, arrived: arrived, noiseVariance: noiseVariance)
        let found = share(powers, Double(arrived.count) / 96, noiseVariance)
        #expect(abs(found - exact) < (erased == 0 ? 1e-5 : 0.12 * exact + 0.003), "\(found), exactly \(exact)")
    }

    /// Of the variances, what is left.
    private func share(_ powers: [Float], _ received: Double, _ noise: Double) -> Double {
        let left = ExpectedError.left(
            variances: variances,
            powers: powers,
            received: received,
            noiseVariance: noise
        )
        return left.reduce(0) { $0 + Double($1) } / variances.reduce(0) { $0 + Double($1) }
    }

    @Test func nothingThatArrivesIsAllThatIsLost() {
        let powers = [Float](repeating: 1, count: 96)
        func share(_ received: Double, _ noise: Double) -> Double { self.share(powers, received, noise) }
        #expect(share(0, 1) == 1 && share(1, .infinity) == 1 && share(1, 0) == 0)
        #expect(share(0.5, 0) > 0 && share(0.5, 0) < share(0.25, 0) && share(0.5, 0.1) > share(0.5, 0))
    }
}
