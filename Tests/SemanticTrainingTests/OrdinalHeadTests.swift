import Networks
import Tensor
import Testing

@testable import SemanticTraining

@Suite struct OrdinalHeadTests {
    private let head = OrdinalHead(weights: [2, -1], bias: -0.5, precision: 1.7)

    @Test func thePositionIsLinearInTheFeatures() {
        #expect(head.position([1, 3]) == -1.5 && head.position([0, 0]) == -0.5)
    }

    @Test func probabilitiesAreOrderedAndGrow() {
        func atLeast(_ k: Int, _ position: Float) -> Double {
            OrdinalHead.probability(ofAtLeast: k, position: position, precision: 1.7)
        }
        #expect(atLeast(0, 2) == 1)
        for k in 1...5 {
            // On the border between two degrees both are equally likely.
            let border = Float(k) - 0.5
            #expect(
                abs(
                    (atLeast(k - 1, border) - atLeast(k, border))
                        - (atLeast(k, border) - (k < 5 ? atLeast(k + 1, border) : 0))
                ) < 1e-9
            )
            let grown = stride(from: Float(-2), through: 7, by: 0.25).map { atLeast(k, $0) }
            #expect(zip(grown, grown.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    /// Labels drawn from a head's own probabilities are explained best by that head.
    @Test func calibrationFindsTheHeadThatTheLabelsCameFrom() {
        var random = SeededGenerator(seed: 4)
        let positions = (0..<6000).map { _ in 2.5 + random.normal() * 2 }
        let isUpper = positions.map {
            Double.random(in: 0..<1, using: &random)
                < OrdinalHead.probability(ofAtLeast: 3, position: $0, precision: 1.7)
        }
        // The same faces seen by a head that is too sure and half a degree off.
        let start = OrdinalHead(weights: head.weights, bias: head.bias + 0.5, precision: 3)
        let found = start.calibrated(positions: positions.map { $0 + 0.5 }, isUpper: isUpper, firstUpper: 3)
        #expect(abs(found.precision / head.precision - 1) < 0.15)
        #expect(abs(found.bias - head.bias) < 0.06)
        #expect(found.weights == head.weights)
    }
}
