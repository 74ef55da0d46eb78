import Glibc

extension Tensor {
    /// Applies `body` to every element, in parallel when there are many.
    @inline(__always)
    func mapped(_ body: (Float) -> Float) -> Tensor {
        let result = Tensor(uninitialized: shape)
        let (x, y) = (pointer, result.pointer)
        WorkerPool.shared.split(count, grain: 1 << 14) { range in
            for index in range { y[index] = body(x[index]) }
        }
        return result
    }

    /// Applies `body` to every pair of elements of two tensors of the same count.
    @inline(__always)
    func zipped(_ other: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
        precondition(count == other.count, "\(shape) against \(other.shape)")
        let result = Tensor(uninitialized: shape)
        let (x, y, z) = (pointer, other.pointer, result.pointer)
        WorkerPool.shared.split(count, grain: 1 << 14) { range in
            for index in range { z[index] = body(x[index], y[index]) }
        }
        return result
    }
}

extension Variable {
    /// A function of each element whose derivative is written in terms of its input.
    @inline(__always)
    private func pointwise(_ f: (Float) -> Float, derivative: @escaping (Float) -> Float) -> Variable {
        let (x, adjoint) = (value, adjoint)
        return Variable(x.mapped(f), from: [adjoint]) { gradient in
            adjoint?.accumulate(gradient.zipped(x) { g, x in g * derivative(x) })
        }
    }

    /// A function of each element whose derivative is written in terms of its output.
    @inline(__always)
    private func pointwise(_ f: (Float) -> Float, derivativeOfOutput: @escaping (Float) -> Float) -> Variable {
        let (y, adjoint) = (value.mapped(f), adjoint)
        return Variable(y, from: [adjoint]) { gradient in
            adjoint?.accumulate(gradient.zipped(y) { g, y in g * derivativeOfOutput(y) })
        }
    }

    /// x².
    public func squared() -> Variable { pointwise({ $0 * $0 }, derivative: { 2 * $0 }) }

    /// |x|; the derivative at zero is taken as zero.
    public func abs() -> Variable {
        pointwise({ Swift.abs($0) }, derivative: { $0 > 0 ? 1 : ($0 < 0 ? -1 : 0) })
    }

    /// max(x, 0).
    public func relu() -> Variable { pointwise({ $0 > 0 ? $0 : 0 }, derivativeOfOutput: { $0 > 0 ? 1 : 0 }) }

    /// min(max(x, 0), 6).
    public func relu6() -> Variable {
        pointwise({ min(max($0, 0), 6) }, derivativeOfOutput: { $0 > 0 && $0 < 6 ? 1 : 0 })
    }

    /// x where positive, `slope`·x elsewhere; `slope` must be positive.
    public func leakyReLU(slope: Float) -> Variable {
        pointwise({ $0 > 0 ? $0 : slope * $0 }, derivativeOfOutput: { $0 > 0 ? 1 : slope })
    }

    /// 1 / (1 + e⁻ˣ).
    public func sigmoid() -> Variable { pointwise({ logistic($0) }, derivativeOfOutput: { $0 * (1 - $0) }) }

    /// tanh x.
    public func tanh() -> Variable { pointwise({ Glibc.tanhf($0) }, derivativeOfOutput: { 1 - $0 * $0 }) }

    /// log(1 + eˣ), without overflow.
    public func softplus() -> Variable {
        pointwise({ max($0, 0) + log1pf(expf(-Swift.abs($0))) }, derivative: { logistic($0) })
    }

    /// eˣ.
    public func exp() -> Variable { pointwise({ expf($0) }, derivativeOfOutput: { $0 }) }

    /// The natural logarithm; the input must be positive.
    public func log() -> Variable { pointwise({ logf($0) }, derivative: { 1 / $0 }) }

    /// √x; the input must be positive.
    public func squareRoot() -> Variable { pointwise({ $0.squareRoot() }, derivativeOfOutput: { 0.5 / $0 }) }

    /// 1 / x.
    public func reciprocal() -> Variable { pointwise({ 1 / $0 }, derivativeOfOutput: { -$0 * $0 }) }

    /// x clamped to `range`; the derivative outside is zero.
    public func clamped(to range: ClosedRange<Float>) -> Variable {
        let (low, high) = (range.lowerBound, range.upperBound)
        return pointwise({ min(max($0, low), high) }, derivative: { $0 >= low && $0 <= high ? 1 : 0 })
    }

    /// `scale`·x + `offset`.
    public func affine(scale: Float, offset: Float) -> Variable {
        pointwise({ scale * $0 + offset }, derivative: { _ in scale })
    }
}

/// 1 / (1 + e⁻ˣ) without overflow.
func logistic(_ x: Float) -> Float {
    let e = expf(-abs(x))
    return x >= 0 ? 1 / (1 + e) : e / (1 + e)
}
