import Testing

@testable import Tensor

@Suite struct GradientTests {
    private let picture = normalTensor([2, 6, 5, 4], seed: 1, awayFromZero: 0.05)

    @Test func pointwiseFunctions() {
        let x = [picture]
        expectGradients(of: x) { $0[0].squared() }
        expectGradients(of: x) { $0[0].abs() }
        expectGradients(of: x) { $0[0].relu() }
        expectGradients(of: x) { $0[0].affine(scale: 3, offset: 3.013).relu6() }
        expectGradients(of: x) { $0[0].leakyReLU(slope: 0.2) }
        expectGradients(of: x) { $0[0].sigmoid() }
        expectGradients(of: x) { $0[0].tanh() }
        expectGradients(of: x) { $0[0].softplus() }
        expectGradients(of: x) { ($0[0] * 0.3).exp() }
        expectGradients(of: x) { ($0[0].squared() + 0.5).log() }
        expectGradients(of: x) { ($0[0].squared() + 0.5).squareRoot() }
        expectGradients(of: x) { ($0[0].squared() + 0.5).reciprocal() }
        expectGradients(of: x) { $0[0].clamped(to: -0.5...10) + $0[0] }
        expectGradients(of: x) { x in
            let half: Variable = -x[0] * 0.5
            return (half - 3) + (2 - x[0])
        }
        expectGradients(of: x) { $0[0].normalized() }
        expectGradients(of: [picture, normalTensor([4], seed: 2)]) { $0[0].parametricReLU(slope: $0[1]) }
    }

    @Test(arguments: [[2, 6, 5, 4], [4], [2, 1, 1, 4], [2, 4], [2, 6, 5, 1], [1, 6, 5, 1], [2, 1], [1]])
    func broadcasting(small: [Int]) {
        let inputs = [picture, normalTensor(small, seed: 3, awayFromZero: 0.5)]
        expectGradients(of: inputs) { $0[0] + $0[1] }
        expectGradients(of: inputs) { $0[1] - $0[0] }
        expectGradients(of: inputs) { $0[0] * $0[1] }
        expectGradients(of: inputs) { $0[0] / $0[1] }
    }

    @Test func reductions() {
        expectGradients(of: [picture]) { $0[0].sum() }
        expectGradients(of: [picture]) { $0[0].squared().mean() }
        expectGradients(of: [picture]) { $0[0].squared().sumPerSample() }
        expectGradients(of: [picture]) { $0[0].squared().meanPerSample() }
        expectGradients(of: [picture]) { $0[0].globalAveragePool() }
    }

    @Test func products() {
        let (x, w) = (normalTensor([5, 7], seed: 4), normalTensor([3, 7], seed: 5))
        expectGradients(of: [x, w, normalTensor([3], seed: 6)]) { $0[0].linear(weight: $0[1], bias: $0[2]) }
        expectGradients(of: [x, w]) { $0[0].linear(weight: $0[1]) }
        for samples in [1, 2] {
            let maps = normalTensor([samples, 2, 3, w.shape[1]], seed: 7)
            let scale = normalTensor([samples, w.shape[1]], seed: 8)
            expectGradients(of: [maps, w, normalTensor([3], seed: 6), scale]) {
                $0[0].linear(weight: $0[1], bias: $0[2], scale: $0[3])
            }
            let scaled = Variable(maps).linear(weight: Variable(w), scale: Variable(scale)).value
            let reference = (Variable(maps) * Variable(scale)).linear(weight: Variable(w)).value
            #expect(zip(scaled.values, reference.values).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        expectGradients(of: [x, normalTensor([7, 2], seed: 7)]) { $0[0].matmul($0[1]) }
        expectGradients(of: [w]) { $0[0].embedding(indices: [2, 0, 2, 1]) }
    }

    @Test func shaping() {
        expectGradients(of: [picture]) { $0[0].reshaped([4, 60]) }
        for axis in 0..<4 {
            expectGradients(of: [picture]) { $0[0].slice(axis: axis, range: 1..<2) }
            expectGradients(of: [picture, normalTensor([2, 6, 5, 4], seed: 8)]) {
                $0[0].concatenated($0[1], $0[0], axis: axis)
            }
        }
    }

    @Test func softmaxAndCrossEntropy() {
        let logits = normalTensor([4, 6], seed: 9)
        expectGradients(of: [logits]) { $0[0].softmax() }
        expectGradients(of: [logits]) { $0[0].softmaxCrossEntropy(targets: [5, 0, 2, 2]) }
        let soft = normalTensor([4, 6], seed: 10).softmax().values
        expectGradients(of: [logits]) { $0[0].softmaxCrossEntropy(targets: soft) }
    }

    @Test(arguments: [(3, 1, 1), (3, 2, 1), (1, 1, 0), (5, 3, 2), (2, 2, 0)])
    func convolution(kernel: Int, stride: Int, padding: Int) {
        let weight = normalTensor([3, kernel, kernel, 4], seed: 11)
        expectGradients(of: [picture, weight, normalTensor([3], seed: 12)]) {
            $0[0].convolved(weight: $0[1], bias: $0[2], stride: stride, padding: padding)
        }
        let depthwise = normalTensor([kernel, kernel, 4], seed: 13)
        expectGradients(of: [picture, depthwise, normalTensor([4], seed: 14)]) {
            $0[0].depthwiseConvolved(weight: $0[1], bias: $0[2], stride: stride, padding: padding)
        }
    }

    @Test(arguments: [(3, 1, 1, 0), (5, 2, 2, 1), (4, 2, 1, 0), (2, 3, 0, 2), (1, 1, 0, 0)])
    func transposedConvolution(kernel: Int, stride: Int, padding: Int, outputPadding: Int) {
        let weight = normalTensor([4, kernel, kernel, 3], seed: 11)
        expectGradients(of: [picture, weight, normalTensor([3], seed: 12)]) {
            $0[0].transposedConvolved(
                weight: $0[1],
                bias: $0[2],
                stride: stride,
                padding: padding,
                outputPadding: outputPadding
            )
        }
    }

    @Test(arguments: [Activation.none, .relu, .relu6, .leakyReLU(slope: 0.2)])
    func frozenLayers(activation: Activation) {
        let bias = normalTensor([3], seed: 15)
        let weight = normalTensor([3, 3, 3, 4], seed: 16)
        let convolution = FrozenConvolution(weight: weight, bias: bias, stride: 2, padding: 1, activation: activation)
        expectGradients(of: [picture], step: 1e-3) { convolution($0[0]) }
        let depthwise = FrozenDepthwise(
            weight: normalTensor([3, 3, 4], seed: 17),
            bias: normalTensor([4], seed: 18),
            padding: 1,
            activation: activation
        )
        expectGradients(of: [picture], step: 1e-3) { depthwise($0[0]) }
        let linear = FrozenLinear(weight: normalTensor([3, 7], seed: 19), bias: bias, activation: activation)
        expectGradients(of: [normalTensor([5, 7], seed: 20)], step: 1e-3) { linear($0[0]) }
    }

    @Test func batchNormalization() {
        let inputs = [picture, normalTensor([4], seed: 21), normalTensor([4], seed: 22)]
        for training in [true, false] {
            expectGradients(of: inputs) {
                $0[0].batchNormalized(
                    gamma: $0[1],
                    beta: $0[2],
                    running: BatchStatistics(channels: 4),
                    training: training
                )
            }
        }
    }

    @Test func resampling() {
        let even = normalTensor([2, 4, 6, 4], seed: 23)
        expectGradients(of: [even]) { $0[0].areaDownsampled(factor: 2) }
        expectGradients(of: [even]) { $0[0].nearestUpsampled(factor: 3) }
        expectGradients(of: [even], step: 1e-3) { $0[0].maxPooled(size: 2, stride: 2) }
        expectGradients(of: [even], step: 1e-3) { $0[0].maxPooled(size: 3, stride: 2, padding: 1) }
        expectGradients(of: [even]) { $0[0].inverseHaar() }
        expectGradients(of: [even]) { $0[0].haar() }
        expectGradients(of: [even]) {
            $0[0].bilinearCropped(x0: -0.7, y0: 0.4, width: 5.1, height: 3, to: (5, 7))
        }
    }

    @Test func lstm() {
        let inputs = [
            normalTensor([2, 3, 5], seed: 24), normalTensor([16, 5], seed: 25), normalTensor([16, 4], seed: 26),
            normalTensor([16], seed: 27),
        ]
        expectGradients(of: inputs) { $0[0].lstm(inputWeight: $0[1], hiddenWeight: $0[2], bias: $0[3]) }
        expectGradients(of: inputs) {
            $0[0].lstm(inputWeight: $0[1], hiddenWeight: $0[2], bias: $0[3], lengths: [3, 1])
        }
    }

    @Test func gradientsOfSharedInputsAddUp() {
        let x = Variable(Tensor([3], shape: [1]), requiresGradient: true)
        let y = x * x + x
        (y * y).sum().backward()
        #expect(x.gradient?.values == [2 * 12 * 7])
        x.zeroGradient()
        #expect(x.gradient == nil)
    }

    @Test func nothingIsRecordedWithoutParameters() {
        let x = Variable(Tensor([3], shape: [1]))
        #expect(!(x * x).requiresGradient)
        let w = Variable(Tensor([3], shape: [1]), requiresGradient: true)
        #expect((w * x).requiresGradient)
        #expect(!(w * x).detached.requiresGradient)
    }
}
