import Testing

@testable import Tensor

/// Compares the gradients of Σ weight·f(inputs), with fixed random weights, to central differences.
func expectGradients(
    of inputs: [Tensor],
    tolerance: Float = 2e-2,
    step: Float = 1e-2,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ f: ([Variable]) -> Variable
) {
    var generator = SeededGenerator(seed: 99)
    let shape = f(inputs.map { Variable($0) }).shape
    let weight = Variable(Tensor(normal: shape, generator: &generator))
    func loss(_ variables: [Variable]) -> Variable { (f(variables) * weight).sum() }

    let leaves = inputs.map { Variable($0, requiresGradient: true) }
    loss(leaves).backward()
    for (index, input) in inputs.enumerated() {
        guard let gradient = leaves[index].gradient?.values else {
            Issue.record("input \(index) received no gradient", sourceLocation: sourceLocation)
            continue
        }
        let scale = gradient.map { Swift.abs($0) }.max() ?? 0
        #expect(scale > 0, "gradient of input \(index) is zero everywhere", sourceLocation: sourceLocation)
        for element in stride(from: 0, to: input.count, by: max(1, input.count / 40)) {
            func shifted(_ by: Float) -> Double {
                var values = input.values
                values[element] += by
                var moved = inputs
                moved[index] = Tensor(values, shape: input.shape)
                let result = f(moved.map { Variable($0) }).value.values
                return zip(result, weight.value.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            let numeric = Float((shifted(step) - shifted(-step)) / Double(2 * step))
            #expect(
                Swift.abs(numeric - gradient[element]) <= tolerance * max(scale, 1e-3),
                "input \(index), element \(element): \(gradient[element]) against \(numeric)",
                sourceLocation: sourceLocation
            )
        }
    }
}

/// Standard normal values kept `margin` away from zero, so that kinks there do not disturb differences.
func normalTensor(_ shape: [Int], seed: UInt64, awayFromZero margin: Float = 0) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let count = shape.reduce(1, *)
    let values = (0..<count).map { _ -> Float in
        let value = generator.normal()
        return value < 0 ? value - margin : value + margin
    }
    return Tensor(values, shape: shape)
}

/// The largest absolute difference between two tensors of the same count.
func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    zip(a.values, b.values).map { Swift.abs($0 - $1) }.max() ?? 0
}
