import Foundation
import Testing

@testable import Channel

/// Noise of variance 1, as the kernels make it. Bounds are five standard errors unless they are said.
@Suite struct NoiseDistributionTests {
    private static let count = 2_000_000
    private static let noise = AWGNChannel(snrDB: 0, seed: 42).apply(
        [ComplexSymbol](repeating: .zero, count: count),
        stream: 1,
        firstIndex: 0
    )
    private static let i = noise.map { Double($0.i) }
    private static let q = noise.map { Double($0.q) }
    /// `e^(−r²)` and the angle in turns: uniform.
    private static let radii = noise.map { exp(-Double($0.power)) }
    private static let turns = noise.map { atan2(Double($0.q), Double($0.i)) / (2 * .pi) + 0.5 }

    @Test(arguments: [-6.0, 0, 12])
    func isGaussianOfTheVarianceAskedFor(snrDB: Double) {
        let channel = AWGNChannel(snrDB: snrDB, seed: 3)
        let noise = channel.apply([ComplexSymbol](repeating: .zero, count: 1_000_000), stream: 1, firstIndex: 0)
        for part in [noise.map { Double($0.i) }, noise.map { Double($0.q) }] {
            #expect(kolmogorovSmirnov(part) { normalCumulative($0, variance: channel.noiseVariance / 2) } < 1.95)
        }
        let powers = noise.map { Double($0.power) / channel.noiseVariance }
        #expect(kolmogorovSmirnov(powers) { 1 - exp(-$0) } < 1.95)
    }

    @Test func anglesAreUniform() {
        #expect(kolmogorovSmirnov(Array(Self.turns.prefix(1_000_000))) { $0 } < 1.95)
    }

    /// Every moment up to the sixth: `E x^2m = (2m − 1)!!/2^m`, and none of odd order.
    @Test(arguments: 1...6)
    func momentsAreThoseOfANormalNumber(order: Int) {
        func moment(_ order: Int) -> Double {
            order.isMultiple(of: 2) ? stride(from: 1, to: order, by: 2).reduce(1) { $0 * Double($1) / 2 } : 0
        }
        let error = ((moment(2 * order) - moment(order) * moment(order)) / Double(Self.count)).squareRoot()
        for part in [Self.i, Self.q] {
            let measured = part.reduce(0) { $0 + pow($1, Double(order)) } / Double(Self.count)
            #expect(abs(measured - moment(order)) < 5 * error)
        }
    }

    @Test(arguments: [1.0, 2, 3, 4])
    func tailsAreAsThick(sigmas: Double) {
        let n = Double(2 * Self.count)
        let expected = n * erfc(sigmas / 2.0.squareRoot())
        let found = (Self.i + Self.q).count { abs($0) > sigmas * 0.5.squareRoot() }
        #expect(abs(Double(found) - expected) < 5 * expected.squareRoot())
        // Beyond one radius, of which there is one draw for both parts.
        let ring = Double(Self.count) * exp(-sigmas * sigmas / 2)
        #expect(abs(Double(Self.radii.count { $0 < exp(-sigmas * sigmas / 2) }) - ring) < 5 * ring.squareRoot())
    }

    /// Symbols next to each other, of one block and of two, and I and Q, have nothing to do with each other.
    @Test(arguments: [1, 2, 3, 4, 8, 16, 32])
    func symbolsDoNotCorrelate(lag: Int) {
        let pairs = [(Self.i, Self.i), (Self.q, Self.q), (Self.i, Self.q), (Self.q, Self.i), (Self.radii, Self.radii)]
        for (number, (a, b)) in pairs.enumerated() {
            let (mean, variance) = number == 4 ? (0.5, 1 / 12.0) : (0, 0.5)
            for parity in 0..<2 {
                let places = stride(from: parity, to: Self.count - lag, by: 2)
                let sum = places.reduce(0.0) { $0 + (a[$1] - mean) * (b[$1 + lag] - mean) }
                #expect(abs(sum) < 5 * variance * Double(Self.count / 2).squareRoot())
            }
        }
        #expect(abs(zip(Self.i, Self.q).reduce(0) { $0 + $1.0 * $1.1 }) < 2.5 * Double(Self.count).squareRoot())
    }

    /// Radii and angles of the two symbols of a block, each against each: 32 × 32 cells of equal probability.
    @Test func thoseOfABlockAreIndependent() {
        let cells = 32
        let draws = [Self.radii, Self.turns].flatMap { values in
            (0..<2).map { parity in
                stride(from: parity, to: Self.count, by: 2).map { min(cells - 1, Int(values[$0] * Double(cells))) }
            }
        }
        let (expected, freedom) = (Double(Self.count / 2) / Double(cells * cells), Double(cells * cells - 1))
        for first in draws.indices {
            for second in draws.indices where second > first {
                var counts = [Double](repeating: 0, count: cells * cells)
                for (a, b) in zip(draws[first], draws[second]) { counts[cells * a + b] += 1 }
                let square = counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) } / expected
                #expect(abs(square - freedom) < 5 * (2 * freedom).squareRoot())
            }
        }
    }
}
