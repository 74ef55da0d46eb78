import CKernels

extension Variable {
    /// Σ_c weight[c]·(x/|x| − reference)², averaged over pixels: [N,H,W,C] to [N]. |x| is the length of a pixel's
    /// channel vector; `reference` has unit vectors and is of the same shape, or of one sample for all.
    ///
    /// One layer of LPIPS (Zhang et al. 2018, eq. 1). Gradients flow to x.
    public func unitDistance(to reference: Tensor, weight: Tensor) -> Variable {
        let (x, adjoint) = (value, adjoint)
        let (batch, channels) = (x.shape[0], x.dimension(0))
        let pixels = x.count / (batch * channels)
        precondition(weight.count == channels, "\(weight.count) weights for \(channels) channels")
        precondition(reference.count == x.count || reference.count * batch == x.count, "\(reference.shape)")
        let each = pixels * channels
        let shared = reference.count == each
        let pieces = max(1, min(16, pixels / 64))
        let partial = Tensor(uninitialized: [batch, pieces])
        func piece(_ index: Int) -> (x: Int, reference: Int, pixels: Int) {
            let (n, k) = (index / pieces, index % pieces)
            let from = pixels * k / pieces
            let start = from * channels
            return (n * each + start, (shared ? 0 : n * each) + start, pixels * (k + 1) / pieces - from)
        }
        WorkerPool.shared.run(batch * pieces) { index in
            let at = piece(index)
            let sum = ck_unit_distance(
                x.pointer + at.x,
                reference.pointer + at.reference,
                weight.pointer,
                at.pixels,
                channels
            )
            partial.pointer[index] = Float(sum / Double(pixels))
        }
        let result = Tensor((0..<batch).map { partial.total(from: $0 * pieces, count: pieces) }, shape: [batch])
        return Variable(result, from: [adjoint]) { gradient in
            let spread = Tensor(uninitialized: x.shape)
            WorkerPool.shared.run(batch * pieces) { index in
                let at = piece(index)
                ck_unit_distance_backward(
                    x.pointer + at.x,
                    reference.pointer + at.reference,
                    weight.pointer,
                    gradient.pointer[index / pieces] / Float(pixels),
                    at.pixels,
                    channels,
                    spread.pointer + at.x
                )
            }
            adjoint?.accumulate(spread)
        }
    }
}
