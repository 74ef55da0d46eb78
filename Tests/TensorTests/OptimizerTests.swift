import Testing

@testable import Tensor

@Suite struct OptimizerTests {
    private let target = Variable(Tensor([1, -2, 3], shape: [3]))

    private func loss(_ x: Variable) -> Variable { (x - target).squared().sum() }

    /// By how much each of two coordinates moves in Adam's first step.
    private func firstSteps(damping: Float) -> [Float] {
        let x = Variable(Tensor(zeros: [2]), requiresGradient: true)
        let adam = Adam(parameters: [x], learningRate: 0.1, damping: damping)
        (x * Variable(Tensor([1, 0.01], shape: [2]))).sum().backward()
        adam.step()
        return x.value.values
    }

    @Test func dampingShortensTheStepsOfFaintGradients() {
        let plain = firstSteps(damping: 0)
        #expect(abs(plain[0] + 0.1) < 1e-4 && abs(plain[1] + 0.1) < 1e-4)
        // The root mean square of the gradients is 0.707.
        let damped = firstSteps(damping: 0.5)
        #expect(abs(damped[0] + 0.1 / (1 + 0.3536)) < 1e-4)
        #expect(abs(damped[1] + 0.1 * 0.01 / (0.01 + 0.3536)) < 1e-4)
    }

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

    @Test func quasiNewtonStepsReachTheMinimumOfAnIllConditionedLoss() {
        let weights = Variable(Tensor([1, 30, 0.05], shape: [3]))
        let x = Variable(Tensor(zeros: [3]), requiresGradient: true)
        let descent = LBFGS(parameter: x, radius: 2, firstScale: 0.01)
        for _ in 0..<25 {
            x.zeroGradient()
            ((x - target).squared() * weights).sum().backward()
            descent.step()
        }
        #expect(largestDifference(x.value, target.value) < 1e-2)
    }

    @Test func noQuasiNewtonStepIsLongerThanItsRadius() {
        let x = Variable(Tensor(zeros: [3]), requiresGradient: true)
        let descent = LBFGS(parameter: x, radius: 0.5, firstScale: 100)
        for _ in 0..<4 {
            let before = x.value.values
            x.zeroGradient()
            loss(x).backward()
            descent.step()
            let squares = zip(x.value.values, before).map { ($0 - $1) * ($0 - $1) }
            let length = squares.reduce(0, +).squareRoot()
            #expect(length <= 0.5 + 1e-5 && length > 0)
        }
    }

    /// Worked out by hand: steps (−½, −½), then −(3/2, 3/2 + 2·stretch).
    @Test(arguments: [1, 2] as [Float])
    func stretchLengthensStepsWhereNoCurvatureIsKnown(stretch: Float) {
        let x = Variable(Tensor([1, 0], shape: [2]), requiresGradient: true)
        let descent = LBFGS(parameter: x, radius: 10, firstScale: 0.5, stretch: stretch)
        for _ in 0..<2 {
            x.zeroGradient()
            let (curvature, slope) = (Tensor([0.5, 0], shape: [2]), Tensor([0, 1], shape: [2]))
            (x.squared() * Variable(curvature) + x * Variable(slope)).sum().backward()
            descent.step()
        }
        #expect(x.value.values == [-1, -2 - 2 * stretch])
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
        #expect(second.steps == 10)
        #expect(throws: OptimizerError.self) {
            try Adam(parameters: [Variable(Tensor(zeros: [4]))], learningRate: 1).restore(first.state)
        }
        for odd in [Float.nan, -1, 1e12] {
            let broken = first.state.merging(["step": Tensor([odd], shape: [1])]) { $1 }
            #expect(throws: OptimizerError.self) { try second.restore(broken) }
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
