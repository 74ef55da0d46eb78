extension Variable {
    /// The inverse of `haar()`: [N,H,W,4C] to [N,2H,2W,C].
    ///
    /// The channels are four bands of C: A (low-pass), V, H and D, and pixel (2i+a, 2j+b) of the result is
    /// ½·(A + (−1)ᵃ·V + (−1)ᵇ·H + (−1)ᵃ⁺ᵇ·D): an orthonormal transform.
    public func inverseHaar() -> Variable {
        let adjoint = adjoint
        return Variable(value.inverseHaar(), from: [adjoint]) { adjoint?.accumulate($0.haar()) }
    }

    /// The two-dimensional Haar transform: [N,2H,2W,C] to [N,H,W,4C], bands as in `inverseHaar()`.
    public func haar() -> Variable {
        let adjoint = adjoint
        return Variable(value.haar(), from: [adjoint]) { adjoint?.accumulate($0.inverseHaar()) }
    }
}

extension Tensor {
    fileprivate func inverseHaar() -> Tensor {
        precondition(shape.count == 4 && shape[3] % 4 == 0, "inverse Haar of \(shape)")
        let (width, channels) = (shape[2], shape[3] / 4)
        let result = Tensor(uninitialized: [shape[0], shape[1] * 2, width * 2, channels])
        WorkerPool.shared.split(shape[0] * shape[1]) { lines in
            for line in lines {
                for column in 0..<width {
                    let band = pointer + (line * width + column) * 4 * channels
                    let top = result.pointer + (line * 4 * width + column * 2) * channels
                    let bottom = top + 2 * width * channels
                    for c in 0..<channels {
                        let (a, v) = (band[c], band[channels + c])
                        let (h, d) = (band[2 * channels + c], band[3 * channels + c])
                        top[c] = 0.5 * ((a + v) + (h + d))
                        top[channels + c] = 0.5 * ((a + v) - (h + d))
                        bottom[c] = 0.5 * ((a - v) + (h - d))
                        bottom[channels + c] = 0.5 * ((a - v) - (h - d))
                    }
                }
            }
        }
        return result
    }

    fileprivate func haar() -> Tensor {
        precondition(shape.count == 4 && shape[1] % 2 == 0 && shape[2] % 2 == 0, "Haar of \(shape)")
        let (width, channels) = (shape[2] / 2, shape[3])
        let result = Tensor(uninitialized: [shape[0], shape[1] / 2, width, channels * 4])
        WorkerPool.shared.split(shape[0] * shape[1] / 2) { lines in
            for line in lines {
                for column in 0..<width {
                    let band = result.pointer + (line * width + column) * 4 * channels
                    let top = pointer + (line * 4 * width + column * 2) * channels
                    let bottom = top + 2 * width * channels
                    for c in 0..<channels {
                        let (p, q) = (top[c], top[channels + c])
                        let (r, s) = (bottom[c], bottom[channels + c])
                        band[c] = 0.5 * ((p + q) + (r + s))
                        band[channels + c] = 0.5 * ((p + q) - (r + s))
                        band[2 * channels + c] = 0.5 * ((p - q) + (r - s))
                        band[3 * channels + c] = 0.5 * ((p - q) - (r - s))
                    }
                }
            }
        }
        return result
    }
}
