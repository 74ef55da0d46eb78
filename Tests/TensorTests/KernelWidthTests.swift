import CKernels
import Testing

@testable import Tensor

/// Every instruction set this machine has must give what plain vectors give.
@Suite struct KernelWidthTests {
    private func expectSame(_ kernel: () -> [Float], sourceLocation: SourceLocation = #_sourceLocation) {
        ck_limit_vector_bits(128)
        let plain = kernel()
        for bits: Int32 in [256, 512] where ck_limit_vector_bits(bits) == bits {
            let wide = kernel()
            let difference = zip(plain, wide).map { Swift.abs($0 - $1) }.max() ?? 0
            #expect(difference < 1e-4, "\(bits) bits", sourceLocation: sourceLocation)
            #expect(plain.contains { $0 != 0 }, sourceLocation: sourceLocation)
        }
        ck_limit_vector_bits(512)
    }

    /// Channel counts that fill vectors of 16, of 8, and that leave a rest.
    @Test(arguments: [32, 24, 13])
    func allKernels(c: Int) {
        let (h, w) = (7, 9)
        let x = normalTensor([h, w, c], seed: 1)
        let other = normalTensor([h, w, c], seed: 2)
        let row = w * c
        let per = normalTensor([4 * c], seed: 3)
        let kernel = normalTensor([9, c], seed: 4)
        expectSame {
            let v = Tensor(zeros: [36, 6, c])
            ck_winograd_input(x.pointer, other.pointer, 0.2, h, w, c, 1, 3, 0, 6, v.pointer, 6 * c)
            return v.values
        }
        expectSame {
            let m = normalTensor([36, 6, c], seed: 5)
            let y = Tensor(zeros: [h, w, c])
            ck_winograd_output(m.pointer, 6 * c, per.pointer, 0.2, h, w, c, 3, 0, 6, y.pointer)
            return y.values
        }
        expectSame {
            let y = Tensor(zeros: [h, w, c])
            ck_parametric(x.pointer, per.pointer, h * w, c, y.pointer)
            ck_parametric_backward(y.pointer, other.pointer, per.pointer, h * w, c, y.pointer)
            return y.values
        }
        expectSame {
            let y = Tensor(zeros: [3, w, c])
            let at = x.pointer
            ck_depthwise_row(nil, at, at + row, kernel.pointer, w, c, y.pointer)
            ck_depthwise_row(at, at + row, at + 2 * row, kernel.pointer, w, c, y.pointer + row)
            ck_depthwise_row(at, at + row, nil, kernel.pointer, w, c, y.pointer + 2 * row)
            return y.values
        }
        expectSame {
            let y = Tensor(zeros: [w, c])
            let sums = Tensor(zeros: [c])
            let at = x.pointer
            ck_depthwise_row_scaled(
                at,
                at + row,
                at + 2 * row,
                kernel.pointer,
                other.pointer,
                per.pointer,
                w,
                c,
                y.pointer,
                sums.pointer
            )
            return y.values + sums.values
        }
        expectSame {
            let y = x.copied()
            ck_bias_leaky(y.pointer, other.pointer, per.pointer, 0.2, h * w, c)
            let z = Tensor(zeros: x.shape)
            ck_leaky_backward(y.pointer, other.pointer, 0.2, x.count, z.pointer)
            return y.values + z.values
        }
        expectSame {
            let pooled = Tensor(zeros: [4, c])
            var signs = [Int8](repeating: 1, count: 16 * c)
            ck_bias_leaky_pool(x.pointer, other.pointer, per.pointer, 0.2, 2, 8, c, pooled.pointer, &signs)
            let z = Tensor(zeros: [8, c])
            ck_unpool_leaky_row(other.pointer, signs, 0.2, 2, 8, c, z.pointer)
            return pooled.values + z.values + signs.map { Float($0) }
        }
        expectSame {
            let y = Tensor(zeros: [2, 2, c])
            ck_inverse_haar_row(x.pointer, per.pointer, 1, c, y.pointer, y.pointer + 2 * c)
            let band = Tensor(zeros: [4 * c])
            let sums = Tensor(zeros: [4 * c])
            ck_haar_row(x.pointer, other.pointer, per.pointer, other.pointer, 1, c, band.pointer, sums.pointer)
            return y.values + band.values + sums.values
        }
        expectSame {
            let y = Tensor(zeros: [4, c])
            ck_maxpool_row(x.pointer, other.pointer, 4, c, y.pointer)
            let g = Tensor(zeros: [2, 8, c])
            ck_maxpool_row_backward(x.pointer, other.pointer, y.pointer, 4, c, g.pointer, g.pointer + 8 * c)
            return y.values + g.values
        }
        expectSame {
            let g = Tensor(zeros: x.shape)
            let sum = ck_unit_distance(x.pointer, other.pointer, per.pointer, h * w, c)
            ck_unit_distance_backward(x.pointer, other.pointer, per.pointer, 0.5, h * w, c, g.pointer)
            let total = Tensor(zeros: x.shape)
            ck_add(x.pointer, other.pointer, x.count, total.pointer)
            return [Float(sum / 1000)] + g.values + total.values
        }
    }
}
