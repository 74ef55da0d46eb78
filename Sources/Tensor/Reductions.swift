extension Tensor {
    /// The sum of `count` elements from `start`, gathered in double precision.
    func total(from start: Int, count: Int) -> Float {
        var sum = 0.0
        for index in start..<start + count { sum += Double(pointer[index]) }
        return Float(sum)
    }
}

extension Variable {
    /// The sum of all elements: a scalar, shape [].
    public func sum() -> Variable {
        let (adjoint, shape) = (adjoint, shape)
        let result = Tensor([value.total(from: 0, count: value.count)], shape: [])
        return Variable(result, from: [adjoint]) { gradient in
            adjoint?.accumulate(Tensor(repeating: gradient.pointer[0], shape: shape))
        }
    }

    /// The mean of all elements: a scalar, shape [].
    public func mean() -> Variable { sum() * (1 / Float(max(1, value.count))) }

    /// The sum over all axes but the first: [N,…] to [N].
    public func sumPerSample() -> Variable {
        let (adjoint, shape) = (adjoint, shape)
        let each = value.count / max(1, shape[0])
        let sums = (0..<shape[0]).map { value.total(from: $0 * each, count: each) }
        return Variable(Tensor(sums, shape: [shape[0]]), from: [adjoint]) { gradient in
            let result = Tensor(uninitialized: shape)
            for n in 0..<shape[0] { (result.pointer + n * each).update(repeating: gradient.pointer[n], count: each) }
            adjoint?.accumulate(result)
        }
    }

    /// The mean over all axes but the first: [N,…] to [N].
    public func meanPerSample() -> Variable {
        sumPerSample() * (Float(shape[0]) / Float(max(1, value.count)))
    }

    /// The mean over height and width: [N,H,W,C] to [N,C].
    public func globalAveragePool() -> Variable {
        precondition(shape.count == 4, "a picture batch [N,H,W,C] was expected, not \(shape)")
        let (adjoint, shape) = (adjoint, shape)
        let (batch, area, channels) = (shape[0], shape[1] * shape[2], shape[3])
        let scale = 1 / Float(area)
        let result = Tensor(zeros: [batch, channels])
        for row in 0..<batch * area {
            let (from, to) = (value.pointer + row * channels, result.pointer + row / area * channels)
            for c in 0..<channels { to[c] += from[c] * scale }
        }
        return Variable(result, from: [adjoint]) { gradient in
            let spread = Tensor(uninitialized: shape)
            for row in 0..<batch * area {
                let (to, from) = (spread.pointer + row * channels, gradient.pointer + row / area * channels)
                for c in 0..<channels { to[c] = from[c] * scale }
            }
            adjoint?.accumulate(spread)
        }
    }

    /// Each last-axis vector divided by its length: x / √(Σx² + ε).
    public func normalized(epsilon: Float = 1e-10) -> Variable {
        let (x, adjoint) = (value, adjoint)
        let channels = x.dimension(0)
        let rows = x.count / channels
        let y = Tensor(uninitialized: x.shape)
        let inverse = Tensor(uninitialized: [rows])
        WorkerPool.shared.split(rows, grain: max(1, 8192 / channels)) { range in
            for row in range {
                let (from, to) = (x.pointer + row * channels, y.pointer + row * channels)
                var sum = epsilon
                for c in 0..<channels { sum += from[c] * from[c] }
                let scale = 1 / sum.squareRoot()
                inverse.pointer[row] = scale
                for c in 0..<channels { to[c] = from[c] * scale }
            }
        }
        return Variable(y, from: [adjoint]) { gradient in
            let result = Tensor(uninitialized: x.shape)
            WorkerPool.shared.split(rows, grain: max(1, 8192 / channels)) { range in
                for row in range {
                    let at = row * channels
                    let (g, u, to) = (gradient.pointer + at, y.pointer + at, result.pointer + at)
                    var dot: Float = 0
                    for c in 0..<channels { dot += g[c] * u[c] }
                    let scale = inverse.pointer[row]
                    for c in 0..<channels { to[c] = scale * (g[c] - dot * u[c]) }
                }
            }
            adjoint?.accumulate(result)
        }
    }
}
