import Glibc

extension Tensor {
    /// The softmax of every last-axis row.
    public func softmax() -> Tensor {
        let width = dimension(0)
        let result = Tensor(uninitialized: shape)
        for row in 0..<count / max(1, width) {
            let (from, to) = (pointer + row * width, result.pointer + row * width)
            var top = -Float.infinity
            for c in 0..<width { top = max(top, from[c]) }
            var sum: Float = 0
            for c in 0..<width {
                to[c] = expf(from[c] - top)
                sum += to[c]
            }
            for c in 0..<width { to[c] /= sum }
        }
        return result
    }
}

extension Variable {
    /// The softmax over the last axis.
    public func softmax() -> Variable {
        let (y, adjoint) = (value.softmax(), adjoint)
        let width = y.dimension(0)
        return Variable(y, from: [adjoint]) { gradient in
            let result = Tensor(uninitialized: y.shape)
            for row in 0..<y.count / max(1, width) {
                let at = row * width
                var dot: Float = 0
                for c in at..<at + width { dot += gradient.pointer[c] * y.pointer[c] }
                for c in at..<at + width { result.pointer[c] = y.pointer[c] * (gradient.pointer[c] - dot) }
            }
            adjoint?.accumulate(result)
        }
    }

    /// The mean cross-entropy of logits [N,K] against target probabilities, N·K of them, row-major: a scalar.
    public func softmaxCrossEntropy(targets: [Float]) -> Variable {
        precondition(targets.count == value.count, "\(targets.count) targets for logits \(shape)")
        let (x, adjoint) = (value, adjoint)
        let probabilities = x.softmax()
        let width = x.dimension(0)
        let rows = x.count / max(1, width)
        var loss = 0.0
        for row in 0..<rows {
            let from = x.pointer + row * width
            var top = -Float.infinity
            for c in 0..<width { top = max(top, from[c]) }
            var sum: Float = 0
            for c in 0..<width { sum += expf(from[c] - top) }
            let logSum = top + logf(sum)
            for c in 0..<width { loss += Double(targets[row * width + c] * (logSum - from[c])) }
        }
        let result = Tensor([Float(loss / Double(max(1, rows)))], shape: [])
        return Variable(result, from: [adjoint]) { gradient in
            let scale = gradient.pointer[0] / Float(rows)
            let spread = Tensor(uninitialized: x.shape)
            for row in 0..<rows {
                let at = row * width
                var mass: Float = 0
                for c in at..<at + width { mass += targets[c] }
                for c in at..<at + width {
                    spread.pointer[c] = scale * (mass * probabilities.pointer[c] - targets[c])
                }
            }
            adjoint?.accumulate(spread)
        }
    }

    /// The mean cross-entropy of logits [N,K] against one class per row: a scalar.
    public func softmaxCrossEntropy(targets: [Int]) -> Variable {
        let width = value.dimension(0)
        var dense = [Float](repeating: 0, count: value.count)
        precondition(targets.count * width == value.count, "\(targets.count) targets for logits \(shape)")
        for (row, target) in targets.enumerated() {
            precondition(target >= 0 && target < width, "class \(target) of \(width)")
            dense[row * width + target] = 1
        }
        return softmaxCrossEntropy(targets: dense)
    }
}
