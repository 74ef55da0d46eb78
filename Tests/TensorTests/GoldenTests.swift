import Foundation
import Testing

@testable import Tensor

/// Results and gradients that PyTorch gave for the same inputs (Scripts/golden_tensor.py).
@Suite struct GoldenTests {
    private struct Golden: Decodable {
        struct Case: Decodable {
            let shape: [Int]
            let result: [Float]
            let gradients: [[Float]]
        }
        let cases: [String: Case]
        let optimizers: [String: [Float]]

        init() throws {
            let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/golden.json")
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
        }
    }

    private static func wave(_ shape: [Int], _ phase: Double) -> Tensor {
        let values = (0..<shape.reduce(1, *)).map { index -> Float in
            let size = 1 + Double(index % 7) / 7
            return Float(sin(0.9 * Double(index) + phase) * size)
        }
        return Tensor(values, shape: shape)
    }

    private static let picture = [2, 5, 6, 4]

    private struct Operation: Sendable {
        let shapes: [[Int]]
        let f: @Sendable ([Variable]) -> Variable

        init(_ shapes: [[Int]], _ f: @escaping @Sendable ([Variable]) -> Variable) {
            self.shapes = shapes
            self.f = f
        }
    }

    private static let operations = makeOperations()

    private static func makeOperations() -> [String: Operation] {
        var table: [String: Operation] = [:]
        table["convolution"] = Operation([picture, [3, 3, 3, 4], [3]]) {
            $0[0].convolved(weight: $0[1], bias: $0[2], stride: 2, padding: 1)
        }
        table["convolution-stride-1"] = Operation([picture, [3, 3, 3, 4], [3]]) {
            $0[0].convolved(weight: $0[1], bias: $0[2], padding: 1)
        }
        table["transposed-convolution"] = Operation([picture, [4, 5, 5, 3], [3]]) {
            $0[0].transposedConvolved(weight: $0[1], bias: $0[2], stride: 2, padding: 2, outputPadding: 1)
        }
        table["transposed-convolution-even"] = Operation([picture, [4, 4, 4, 3], [3]]) {
            $0[0].transposedConvolved(weight: $0[1], bias: $0[2], stride: 2, padding: 1)
        }
        table["depthwise"] = Operation([picture, [3, 3, 4], [4]]) {
            $0[0].depthwiseConvolved(weight: $0[1], bias: $0[2], padding: 1)
        }
        table["linear"] = Operation([[3, 7], [5, 7], [5]]) { $0[0].linear(weight: $0[1], bias: $0[2]) }
        table["batch-norm"] = Operation([picture, [4], [4]]) {
            $0[0].batchNormalized(gamma: $0[1], beta: $0[2], running: BatchStatistics(channels: 4), training: true)
        }
        table["max-pool"] = Operation([picture]) { $0[0].maxPooled(size: 3, stride: 2, padding: 1) }
        table["area"] = Operation([[2, 4, 6, 3]]) { $0[0].areaDownsampled(factor: 2) }
        table["nearest"] = Operation([[2, 3, 2, 3]]) { $0[0].nearestUpsampled(factor: 2) }
        table["crop"] = Operation([picture]) { $0[0].bilinearCropped(x0: 0.5, y0: 1, width: 4, height: 3, to: (6, 8)) }
        table["lstm"] = Operation([[2, 3, 5], [16, 5], [16, 4], [16]]) {
            $0[0].lstm(inputWeight: $0[1], hiddenWeight: $0[2], bias: $0[3])
        }
        table["cross-entropy"] = Operation([[4, 6]]) { $0[0].softmaxCrossEntropy(targets: [5, 0, 2, 2]).reshaped([1]) }
        table["softmax"] = Operation([[4, 6]]) { $0[0].softmax() }
        table["prelu"] = Operation([[3, 4], [4]]) { $0[0].parametricReLU(slope: $0[1]) }
        table["normalize"] = Operation([[3, 4]]) { $0[0].normalized() }
        table["sigmoid"] = Operation([[9]]) { $0[0].sigmoid() }
        table["tanh"] = Operation([[9]]) { $0[0].tanh() }
        table["softplus"] = Operation([[9]]) { $0[0].softplus() }
        table["relu6"] = Operation([[9]]) { $0[0].relu6() }
        table["leaky-relu"] = Operation([[9]]) { $0[0].leakyReLU(slope: 0.2) }
        return table
    }

    @Test func everyCaseIsTested() throws {
        #expect(Set(try Golden().cases.keys) == Set(Self.operations.keys))
    }

    @Test(arguments: operations.keys.sorted())
    func operation(name: String) throws {
        let expected = try #require(Golden().cases[name])
        let operation = try #require(Self.operations[name])
        let inputs = operation.shapes.enumerated().map {
            Variable(Self.wave($1, 0.1 * Double($0 + 1)), requiresGradient: true)
        }
        let result = operation.f(inputs)
        #expect(result.shape == expected.shape)
        #expect(largestDifference(result.value, Tensor(expected.result, shape: expected.shape)) < 1e-5)
        (result * Variable(Self.wave(result.shape, 9))).sum().backward()
        try #require(expected.gradients.count == inputs.count)
        for (input, gradient) in zip(inputs, expected.gradients) {
            let own = try #require(input.gradient)
            let size = max(1, gradient.map { Swift.abs($0) }.max() ?? 0)
            #expect(largestDifference(own, Tensor(gradient, shape: input.shape)) < 1e-5 * size, "gradient of \(name)")
        }
    }

    @Test func optimizers() throws {
        let expected = try Golden().optimizers
        func run(_ make: (Variable) -> () -> Void) -> [Float] {
            let x = Variable(Self.wave([6], 0.5), requiresGradient: true)
            let step = make(x)
            for _ in 0..<4 {
                x.zeroGradient()
                (x - 1).squared().sum().backward()
                step()
            }
            return x.value.values
        }
        let results = [
            "adam": run { Adam(parameters: [$0], learningRate: 0.1).step },
            "adamw": run { Adam(parameters: [$0], learningRate: 0.1, weightDecay: 0.05).step },
            "sgd": run { SGD(parameters: [$0], learningRate: 0.1, momentum: 0.9, weightDecay: 0.05).step },
        ]
        #expect(Set(expected.keys) == Set(results.keys))
        for (name, values) in results {
            let golden = try #require(expected[name])
            #expect(zip(values, golden).allSatisfy { Swift.abs($0 - $1) < 1e-5 }, "\(name): \(values) \(golden)")
        }
    }
}
