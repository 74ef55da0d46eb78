import CKernels

extension Variable {
    /// The inverse of `haar()`: [N,H,W,4C] to [N,2H,2W,C], after multiplying channel k of sample n by `scale` [N,4C].
    ///
    /// The channels are four bands of C: A (low-pass), V, H and D, and pixel (2i+a, 2j+b) of the result is
    /// ½·(A + (−1)ᵃ·V + (−1)ᵇ·H + (−1)ᵃ⁺ᵇ·D): an orthonormal transform.
    public func inverseHaar(scale: Variable? = nil) -> Variable {
        let (x, factors) = (value, scale?.value)
        precondition(x.shape.count == 4 && x.shape[3] % 4 == 0, "inverse Haar of \(x.shape)")
        precondition(factors.map { $0.count == x.shape[0] * x.shape[3] } ?? true, "a scale [N,4C] is needed")
        let (dx, ds) = (adjoint, scale?.adjoint)
        return Variable(x.inverseHaar(scale: factors), from: [dx, ds]) { gradient in
            let sums = ds == nil ? nil : factors.map { Tensor(zeros: $0.shape) }
            dx?.accumulate(gradient.haar(scale: factors, input: x, sums: sums))
            if dx == nil, sums != nil { _ = gradient.haar(scale: factors, input: x, sums: sums) }
            if let sums { ds?.accumulate(sums) }
        }
    }

    /// The two-dimensional Haar transform: [N,2H,2W,C] to [N,H,W,4C], bands as in `inverseHaar()`.
    public func haar() -> Variable {
        let adjoint = adjoint
        return Variable(value.haar(scale: nil, input: nil, sums: nil), from: [adjoint]) {
            adjoint?.accumulate($0.inverseHaar(scale: nil))
        }
    }
}

extension Tensor {
    fileprivate func inverseHaar(scale: Tensor?) -> Tensor {
        let (height, width, channels) = (shape[1], shape[2], shape[3] / 4)
        let result = Tensor(uninitialized: [shape[0], height * 2, width * 2, channels])
        let run = 2 * width * channels
        WorkerPool.shared.split(shape[0] * height) { lines in
            for line in lines {
                let factors = scale.map { UnsafePointer($0.pointer) + line / height * 4 * channels }
                let top = result.pointer + 2 * line * run
                ck_inverse_haar_row(pointer + 2 * line * run, factors, width, channels, top, top + run)
            }
        }
        return result
    }

    /// `scale`·u, u being the transform; adds to `sums` [N,4C] the sums over pixels of u times `input`.
    fileprivate func haar(scale: Tensor?, input: Tensor?, sums: Tensor?) -> Tensor {
        precondition(shape.count == 4 && shape[1] % 2 == 0 && shape[2] % 2 == 0, "Haar of \(shape)")
        let (batch, height, width, channels) = (shape[0], shape[1] / 2, shape[2] / 2, shape[3])
        let result = Tensor(uninitialized: [batch, height, width, channels * 4])
        let run = 2 * width * channels
        let partial = Tensor(zeros: [batch * height, 4 * channels])
        WorkerPool.shared.split(batch * height) { lines in
            for line in lines {
                let at = 2 * line * run
                ck_haar_row(
                    pointer + at,
                    pointer + at + run,
                    scale.map { $0.pointer + line / height * 4 * channels },
                    sums == nil ? nil : input.map { UnsafePointer($0.pointer) + at },
                    width,
                    channels,
                    result.pointer + at,
                    partial.pointer + line * 4 * channels
                )
            }
        }
        if let sums {
            for line in 0..<batch * height {
                let to = sums.pointer + line / height * 4 * channels
                for c in 0..<4 * channels { to[c] += partial.pointer[line * 4 * channels + c] }
            }
        }
        return result
    }
}
