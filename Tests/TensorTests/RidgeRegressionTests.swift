import Testing

@testable import Tensor

@Suite struct RidgeRegressionTests {
    @Test func aKnownSystemIsSolved() throws {
        // One input, one output: B = Σ(x − x̄)(y − ȳ) / (Σ(x − x̄)² + ridge · n), worked out by hand.
        var line = RidgeRegression(inputs: 1, outputs: 1)
        line.add(x: [1, 2], y: [3, 5])
        line.add(x: [6], y: [13])
        #expect(line.count == 3 && line.inputMean == [3])
        #expect(abs(try #require(line.solution(ridge: 0)).values[0] - 2) < 1e-6)
        #expect(abs(try #require(line.solution(ridge: 14.0 / 3)).values[0] - 1) < 1e-6)
    }

    @Test func aLinearMapWithOffsetsIsRecovered() throws {
        let (inputs, outputs, count) = (7, 3, 50)
        var random = SeededGenerator(seed: 4)
        let map = (0..<inputs * outputs).map { _ in random.normal() }
        let x = (0..<inputs * count).map { _ in random.normal() + 5 }
        let y = (0..<count).flatMap { row in
            (0..<outputs).map { output in
                (0..<inputs).reduce(Float(output)) { $0 + map[output * inputs + $1] * x[row * inputs + $1] }
            }
        }
        var regression = RidgeRegression(inputs: inputs, outputs: outputs)
        regression.add(x: x[..<(20 * inputs)], y: y[..<(20 * outputs)])
        regression.add(x: x[(20 * inputs)...], y: y[(20 * outputs)...])
        let solution = try #require(regression.solution(ridge: 0))
        #expect(solution.shape == [outputs, inputs])
        #expect(zip(solution.values, map).allSatisfy { abs($0 - $1) < 1e-4 })
        let small = try #require(regression.solution(ridge: 1000))
        #expect(small.values.allSatisfy { abs($0) < 0.01 })
    }

    @Test func withoutEnoughToGoByThereIsNoSolution() {
        var regression = RidgeRegression(inputs: 2, outputs: 1)
        #expect(regression.solution(ridge: 1) == nil)
        regression.add(x: [1, 2], y: [1])
        #expect(regression.solution(ridge: 0) == nil)
        #expect(regression.solution(ridge: -1) == nil)
        regression.add(x: [.nan, 2], y: [1])
        #expect(regression.solution(ridge: 1) == nil)
    }
}
