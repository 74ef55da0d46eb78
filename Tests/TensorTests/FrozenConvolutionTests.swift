import Testing

@testable import Tensor

@Suite struct FrozenConvolutionTests {
    /// A trainable convolution goes through im2col, a frozen one of this size through Winograd.
    @Test(arguments: [(16, 16, 1), (13, 18, 1), (20, 21, 0), (15, 15, 2)])
    func winogradAgreesWithIm2col(height: Int, width: Int, padding: Int) {
        let weight = normalTensor([24, 3, 3, 17], seed: 1)
        let bias = normalTensor([24], seed: 2)
        let picture = normalTensor([2, height, width, 17], seed: 3)
        let activation = Activation.leakyReLU(slope: 0.2)
        let geometry = ConvolutionGeometry(input: picture.shape, weight: weight.shape, stride: 1, padding: padding)
        #expect(geometry.suitsWinograd)
        let frozen = FrozenConvolution(weight: weight, bias: bias, padding: padding, activation: activation)
        let x = Variable(picture, requiresGradient: true)
        let y = frozen(x)
        let z = Variable(picture, requiresGradient: true)
        let plain = z.convolved(weight: Variable(weight), bias: Variable(bias), padding: padding).leakyReLU(slope: 0.2)
        #expect(y.shape == plain.shape)
        #expect(largestDifference(y.value, plain.value) < 1e-3)
        let probe = Variable(normalTensor(y.shape, seed: 4))
        (y * probe).sum().backward()
        (plain * probe).sum().backward()
        guard let fast = x.gradient, let slow = z.gradient else {
            Issue.record("no gradient")
            return
        }
        // Outputs near zero may fall on different sides of the kink in the two paths: a few pixels may differ.
        let apart = zip(fast.values, slow.values).filter { Swift.abs($0 - $1) > 2e-3 }.count
        #expect(apart <= 18, "\(apart) of \(fast.count) gradients differ")
    }

    @Test func styledConvolutionAgreesWithItsParts() {
        let (depthwise, pointwise) = (normalTensor([3, 3, 12], seed: 5), normalTensor([20, 12], seed: 6))
        let (noise, bias) = (normalTensor([1, 9, 70, 1], seed: 7), normalTensor([20], seed: 8))
        let layer = FrozenStyledConvolution(
            depthwise: depthwise,
            pointwise: pointwise,
            noise: noise,
            bias: bias,
            slope: 0.2
        )
        let picture = normalTensor([2, 9, 70, 12], seed: 9)
        let scale = normalTensor([2, 12], seed: 10)
        let leaves = (0..<2).map { _ in
            (Variable(picture, requiresGradient: true), Variable(scale, requiresGradient: true))
        }
        let fused = layer(leaves[0].0, scale: leaves[0].1)
        let middle = (leaves[1].0 * leaves[1].1).depthwiseConvolved(weight: Variable(depthwise), padding: 1)
        let plain =
            (middle.convolved(weight: Variable(pointwise.reshaped([20, 1, 1, 12]))) + Variable(noise)
            + Variable(bias)).leakyReLU(slope: 0.2)
        #expect(largestDifference(fused.value, plain.value) < 1e-4)
        let probe = Variable(normalTensor(fused.shape, seed: 11))
        (fused * probe).sum().backward()
        (plain * probe).sum().backward()
        for (a, b) in [(leaves[0].0, leaves[1].0), (leaves[0].1, leaves[1].1)] {
            guard let fast = a.gradient, let slow = b.gradient else {
                Issue.record("no gradient")
                return
            }
            let size = slow.values.map { Swift.abs($0) }.max() ?? 0
            let apart = zip(fast.values, slow.values).filter { Swift.abs($0 - $1) > 1e-4 * size }.count
            #expect(apart <= 12, "\(apart) of \(fast.count) gradients differ")
        }
    }

    @Test(arguments: [2, 4])
    func pooledStyledConvolutionAgreesWithPoolingAfterwards(factor: Int) {
        let layer = FrozenStyledConvolution(
            depthwise: normalTensor([3, 3, 12], seed: 5),
            pointwise: normalTensor([20, 12], seed: 6),
            noise: normalTensor([12, 72], seed: 7),
            bias: normalTensor([20], seed: 8),
            slope: 0.2
        )
        let picture = normalTensor([2, 12, 72, 12], seed: 9)
        let scale = normalTensor([2, 12], seed: 10)
        func gradients(_ f: (Variable, Variable) -> Variable) -> [Tensor] {
            let x = Variable(picture, requiresGradient: true)
            let s = Variable(scale, requiresGradient: true)
            let y = f(x, s)
            (y * Variable(normalTensor(y.shape, seed: 11))).sum().backward()
            return [y.value] + [x.gradient, s.gradient].compactMap { $0 }
        }
        let fused = gradients { layer($0, scale: $1, pooling: factor) }
        let plain = gradients { layer($0, scale: $1).areaDownsampled(factor: factor) }
        #expect(fused.count == 3)
        for (a, b) in zip(fused, plain) {
            let size = b.values.map { Swift.abs($0) }.max() ?? 0
            #expect(largestDifference(a, b) < 1e-4 * size)
        }
    }

    @Test func styledConvolutionGradient() {
        let layer = FrozenStyledConvolution(
            depthwise: normalTensor([3, 3, 5], seed: 12),
            pointwise: normalTensor([6, 5], seed: 13),
            noise: nil,
            bias: normalTensor([6], seed: 14),
            slope: 0.2
        )
        expectGradients(of: [normalTensor([2, 6, 7, 5], seed: 15), normalTensor([2, 5], seed: 16)], step: 1e-3) {
            layer($0[0], scale: $0[1])
        }
    }

    @Test func scaledHaarGradient() {
        expectGradients(of: [normalTensor([2, 3, 4, 8], seed: 17), normalTensor([2, 8], seed: 18)]) {
            $0[0].inverseHaar(scale: $0[1])
        }
    }

    @Test func haarInverts() {
        let x = Variable(normalTensor([2, 8, 6, 5], seed: 19))
        #expect(largestDifference(x.haar().inverseHaar().value, x.value) < 1e-5)
    }

    @Test(arguments: [1, 2])
    func unitDistance(references: Int) {
        let reference = Variable(normalTensor([references, 4, 5, 11], seed: 20)).normalized(epsilon: 0)
        let weight = Tensor(normalTensor([11], seed: 21).values.map { Swift.abs($0) }, shape: [11])
        let x = normalTensor([2, 4, 5, 11], seed: 22)
        expectGradients(of: [x], step: 1e-2) { $0[0].unitDistance(to: reference.value, weight: weight) }
        let units = Variable(x).normalized(epsilon: 0)
        let target = references == 1 ? reference.concatenated(reference, axis: 0) : reference
        let plain = ((units - target).squared() * Variable(weight)).sumPerSample() * (1 / Float(20))
        let fused = Variable(x).unitDistance(to: reference.value, weight: weight)
        #expect(largestDifference(fused.value, plain.value) < 1e-5)
    }

    @Test func resultsRepeatExactly() {
        let layer = FrozenConvolution(weight: normalTensor([32, 3, 3, 16], seed: 23), padding: 1, activation: .relu)
        func once() -> ([Float], [Float]?) {
            let x = Variable(normalTensor([1, 32, 32, 16], seed: 24), requiresGradient: true)
            let y = layer(x).maxPooled(size: 2, stride: 2)
            y.squared().mean().backward()
            return (y.value.values, x.gradient?.values)
        }
        let first = once()
        for _ in 0..<5 {
            let again = once()
            #expect(again.0 == first.0)
            #expect(again.1 == first.1)
        }
    }
}
