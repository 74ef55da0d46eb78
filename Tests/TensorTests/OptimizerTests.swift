import Testing

@testable import Tensor

@Suite struct OptimizerTests {
    private let target = Variable(Tensor([1, -2, 3], shape: [3]))

    private func loss(_ x: Variable) -> Variable { (x - target).squared().sum() }

    @Test func adamReachesTheMinimum() {
        let x = Variable(Tensor(zeros: [3]), requiresGradient: true)
        let adam = Adam(parameters: [x], learningRate: 0.1)
        for _ in 0..<300 {
            adam.zeroGradients()
            loss(x).backward()
            adam.step()
        }
        #expect(largestDifference(x.value, target.value) < 1e-2)
    }

    @Test func adamResumesExactly() throws {
        let x = Variable(Tensor(zeros: [3]), requiresGradient: true)
        let first = Adam(parameters: [x], learningRate: 0.1)
        func advance(_ variable: Variable, _ adam: Adam) {
            adam.zeroGradients()
            loss(variable).backward()
            adam.step()
        }
        for _ in 0..<5 { advance(x, first) }
        let y = Variable(x.value, requiresGradient: true)
        let second = Adam(parameters: [y], learningRate: 0.1)
        try second.restore(first.state)
        for _ in 0..<5 {
            advance(x, first)
            advance(y, second)
        }
        #expect(x.value.values == y.value.values)
        #expect(throws: OptimizerError.self) {
            try Adam(parameters: [Variable(Tensor(zeros: [4]))], learningRate: 1).restore(first.state)
        }
    }

    @Test func stepsLeaveSharedValuesAlone() {
        let start = Tensor([1, 1, 1], shape: [3])
        let x = Variable(start, requiresGradient: true)
        loss(x).backward()
        SGD(parameters: [x], learningRate: 0.1).step()
        #expect(start.values == [1, 1, 1])
        #expect(x.value.values != start.values)
    }

    @Test func momentumFollowsItsDefinition() {
        let x = Variable(Tensor([0], shape: [1]), requiresGradient: true)
        let sgd = SGD(parameters: [x], learningRate: 0.5, momentum: 0.5)
        for _ in 0..<2 {
            sgd.zeroGradients()
            (x * Float(2)).sum().backward()
            sgd.step()
        }
        #expect(x.value.values == [-0.5 * 2 - 0.5 * (0.5 * 2 + 2)])
    }

    @Test func clippingKeepsTheDirection() {
        let x = Variable(Tensor([3, 4], shape: [2]), requiresGradient: true)
        (x.squared() * 0.5).sum().backward()
        #expect(clipGradients(of: [x], to: 1) == 5)
        #expect(x.gradient?.values == [0.6, 0.8])
    }
}
