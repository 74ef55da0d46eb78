/// The running mean and variance of a batch-normalised layer, updated by training passes.
public final class BatchStatistics {
    /// Running mean, [C].
    public var mean: Tensor
    /// Running variance, [C] (unbiased, as PyTorch keeps it).
    public var variance: Tensor

    /// Zero mean, unit variance.
    public init(channels: Int) {
        mean = Tensor(zeros: [channels])
        variance = Tensor(repeating: 1, shape: [channels])
    }
}

extension Variable {
    /// (x − mean)/√(variance + ε)·gamma + beta per channel of the last axis. In training the batch's own mean and
    /// variance are used and `running` moves towards them by `momentum`; otherwise `running` is used as it is.
    public func batchNormalized(
        gamma: Variable,
        beta: Variable,
        running: BatchStatistics,
        training: Bool,
        momentum: Float = 0.1,
        epsilon: Float = 1e-5
    ) -> Variable {
        let (x, scale) = (value, gamma.value)
        let channels = x.dimension(0)
        let rows = x.count / channels
        precondition(scale.count == channels && beta.value.count == channels, "\(scale.shape) against \(x.shape)")
        let (mean, variance) = training ? x.columnMoments() : (running.mean, running.variance)
        if training { running.move(towards: mean, variance, rows: rows, by: momentum) }
        let inverse = variance.mapped { 1 / ($0 + epsilon).squareRoot() }
        let normal = Tensor(uninitialized: x.shape)
        let y = Tensor(uninitialized: x.shape)
        let shift = beta.value
        WorkerPool.shared.split(rows, grain: max(1, 16384 / channels)) { range in
            for row in range {
                let at = row * channels
                for c in 0..<channels {
                    let u = (x.pointer[at + c] - mean.pointer[c]) * inverse.pointer[c]
                    normal.pointer[at + c] = u
                    y.pointer[at + c] = u * scale.pointer[c] + shift.pointer[c]
                }
            }
        }
        let (dx, dGamma, dBeta) = (adjoint, gamma.adjoint, beta.adjoint)
        return Variable(y, from: [dx, dGamma, dBeta]) { g in
            let gammaSum = g.zipped(normal, *).columnSums(channels)
            let betaSum = g.columnSums(channels)
            if let dx {
                let result = Tensor(uninitialized: x.shape)
                let share = training ? 1 / Float(rows) : 0
                WorkerPool.shared.split(rows, grain: max(1, 16384 / channels)) { range in
                    for row in range {
                        let at = row * channels
                        for c in 0..<channels {
                            let mean = share * (betaSum.pointer[c] + normal.pointer[at + c] * gammaSum.pointer[c])
                            let factor = scale.pointer[c] * inverse.pointer[c]
                            result.pointer[at + c] = factor * (g.pointer[at + c] - mean)
                        }
                    }
                }
                dx.accumulate(result)
            }
            dGamma?.accumulate(gammaSum)
            dBeta?.accumulate(betaSum)
        }
    }
}

extension BatchStatistics {
    fileprivate func move(towards mean: Tensor, _ variance: Tensor, rows: Int, by momentum: Float) {
        let unbiased = Float(rows) / Float(max(1, rows - 1))
        self.mean = self.mean.zipped(mean) { old, new in old + momentum * (new - old) }
        self.variance = self.variance.zipped(variance) { old, new in old + momentum * (new * unbiased - old) }
    }
}

extension Tensor {
    /// Mean and biased variance of every column when the elements are seen as rows of the last axis.
    fileprivate func columnMoments() -> (mean: Tensor, variance: Tensor) {
        let channels = dimension(0)
        let rows = count / channels
        let mean = columnSums(channels).mapped { $0 / Float(rows) }
        let squares = Tensor(uninitialized: shape)
        WorkerPool.shared.split(rows, grain: max(1, 16384 / channels)) { range in
            for row in range {
                for c in 0..<channels {
                    let difference = pointer[row * channels + c] - mean.pointer[c]
                    squares.pointer[row * channels + c] = difference * difference
                }
            }
        }
        return (mean, squares.columnSums(channels).mapped { $0 / Float(rows) })
    }
}
