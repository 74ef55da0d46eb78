import CKernels
import Testing

@testable import Tensor

@Suite struct ProductPrecisionTests {
    /// Round to nearest, ties to even, by arithmetic: another way than the kernels'.
    private func rounded(_ x: Float) -> Float {
        guard x != 0 else { return 0 }
        let unit = x.ulp * Float(1 << 16)
        return (x / unit).rounded(.toNearestOrEven) * unit
    }

    /// Sizes that fill tiles and sizes that leave rests of rows, columns and pairs.
    @Test(
        .enabled(if: ck_has_bfloat16() != 0, "this processor has no AVX512_BF16"),
        arguments: [(96, 64, 512), (12, 32, 2), (1, 1, 1), (53, 37, 75), (49, 3, 80), (300, 70, 100)]
    )
    func productsAreThoseOfRoundedFactors(rows: Int, outputs: Int, inputs: Int) throws {
        let (x, w) = (normalTensor([rows, inputs], seed: 1), normalTensor([outputs, inputs], seed: 2))
        let g = normalTensor([rows, outputs], seed: 3)
        let bfloat16 = try #require(BFloat16Weights(w).sides(.bfloat16))
        let (y, back) = (Tensor(zeros: [rows, outputs]), Tensor(zeros: [rows, inputs]))
        bfloat16.forward.multiply(x, into: y)
        bfloat16.backward.multiply(g, into: back)
        let (a, b, c) = (x.mapped(rounded), w.mapped(rounded), g.mapped(rounded))
        #expect(x.values != a.values)
        let expected = Variable(a).linear(weight: Variable(b)).value
        let expectedBack = Variable(c).matmul(Variable(b)).value
        let tolerance = 2e-6 * Float(max(inputs, outputs)) + 1e-5
        #expect(zip(y.values, expected.values).allSatisfy { abs($0 - $1) < tolerance })
        #expect(zip(back.values, expectedBack.values).allSatisfy { abs($0 - $1) < tolerance })
    }

    /// The choice at the call holds for the way back too, and the result stays near the exact one.
    @Test func styledConvolutionsFollowThePrecisionOfTheirCall() {
        let layer = FrozenStyledConvolution(
            depthwise: normalTensor([3, 3, 20], seed: 1),
            pointwise: normalTensor([40, 20], seed: 2),
            noise: normalTensor([6, 6], seed: 3),
            bias: normalTensor([40], seed: 4),
            slope: 0.2
        )
        let inputs = [normalTensor([2, 6, 6, 20], seed: 5), normalTensor([2, 20], seed: 6)]
        for pooling in [1, 2] {
            expectNear(inputs, within: 2e-4) {
                layer($0[0], scale: $0[1], pooling: pooling, precision: $1)
            }
        }
    }

    /// Winograd's transforms make more of the rounding.
    @Test(arguments: [(1, 1, 2e-4), (3, 2, 2e-4), (3, 1, 2e-3)])
    func convolutionsFollowThePrecisionOfTheirCall(kernel: Int, stride: Int, tolerance: Float) {
        let layer = FrozenConvolution(
            weight: normalTensor([24, kernel, kernel, 20], seed: 1),
            bias: normalTensor([24], seed: 2),
            stride: stride,
            padding: kernel / 2,
            activation: .leakyReLU(slope: 0.2)
        )
        expectNear([normalTensor([2, 14, 13, 20], seed: 3)], within: tolerance) { layer($0[0], precision: $1) }
    }

    /// Output and gradients in bfloat16: another result, with a small mean squared error against the exact one.
    private func expectNear(
        _ inputs: [Tensor],
        within tolerance: Float,
        _ layer: ([Variable], ProductPrecision) -> Variable
    ) {
        func results(_ precision: ProductPrecision) -> [[Float]] {
            let variables = inputs.map { Variable($0, requiresGradient: true) }
            let y = layer(variables, precision)
            y.squared().sum().backward()
            return [y.value.values] + variables.map { $0.gradient?.values ?? [] }
        }
        for (exact, bfloat16) in zip(results(.single), results(.bfloat16)) {
            #expect((exact == bfloat16) == (ck_has_bfloat16() == 0))
            let error = zip(exact, bfloat16).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
            let size = exact.map { $0 * $0 }.reduce(0, +)
            #expect(error < tolerance * size, "\(error / size)")
        }
    }
}
