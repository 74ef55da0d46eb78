/// How the elements of a smaller tensor repeat over a larger one, seen as [outer, inner, channels].
struct Broadcast {
    let outer, inner, channels: Int
    let outerStride, innerStride, channelStride: Int

    /// `small` may have the shape of `large`, [C], [N,1,…,1,C], [N,C], [N,…,1], [1,…,1,C] or [1] of it.
    init?(_ small: [Int], over large: [Int]) {
        let channels = large.last ?? 1
        let batch = large.count > 1 ? large[0] : 1
        self.channels = channels
        outer = batch
        inner = large.reduce(1, *) / max(1, batch * channels)
        let count = small.reduce(1, *)
        let aligned = small.count == large.count
        if small == large {
            (outerStride, innerStride, channelStride) = (inner * channels, channels, 1)
        } else if count == 1 {
            (outerStride, innerStride, channelStride) = (0, 0, 0)
        } else if count == channels, small.last == channels {
            (outerStride, innerStride, channelStride) = (0, 0, 1)
        } else if count == batch * channels, small.first == batch, small.last == channels {
            (outerStride, innerStride, channelStride) = (channels, 0, 1)
        } else if count == batch, small.first == batch {
            (outerStride, innerStride, channelStride) = (1, 0, 0)
        } else if aligned, small == Array(large.dropLast()) + [1] {
            (outerStride, innerStride, channelStride) = (inner, 1, 0)
        } else if aligned, large.count > 2, small == [1] + Array(large[1..<large.count - 1]) + [1] {
            (outerStride, innerStride, channelStride) = (0, 1, 0)
        } else {
            return nil
        }
    }

    var rows: Int { outer * inner }

    @inline(__always)
    func offset(row: Int) -> Int { row / inner * outerStride + row % inner * innerStride }

    /// `body(large, small)` for every element of `large`.
    @inline(__always)
    func combined(_ large: Tensor, _ small: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
        let result = Tensor(uninitialized: large.shape)
        let (x, y, z) = (large.pointer, small.pointer, result.pointer)
        WorkerPool.shared.split(rows, grain: max(1, (1 << 14) / channels)) { range in
            for row in range {
                let (at, from) = (row * channels, offset(row: row))
                if channelStride == 1 {
                    for c in 0..<channels { z[at + c] = body(x[at + c], y[from + c]) }
                } else {
                    let value = y[from]
                    for c in 0..<channels { z[at + c] = body(x[at + c], value) }
                }
            }
        }
        return result
    }

    /// Sums `large` over the elements that share one of the small tensor's, which has shape `shape`.
    func reduced(_ large: Tensor, to shape: [Int]) -> Tensor {
        if shape == large.shape { return large }
        let result = Tensor(zeros: shape)
        let (x, z) = (large.pointer, result.pointer)
        if channelStride == 1 {
            for row in 0..<rows {
                let (at, to) = (row * channels, offset(row: row))
                for c in 0..<channels { z[to + c] += x[at + c] }
            }
        } else {
            for row in 0..<rows {
                var sum: Float = 0
                for c in 0..<channels { sum += x[row * channels + c] }
                z[offset(row: row)] += sum
            }
        }
        return result
    }

    /// The pair ordered as (large, small), with whether they were swapped.
    static func between(_ a: Variable, _ b: Variable) -> (Broadcast, large: Variable, small: Variable, swapped: Bool) {
        if a.value.count >= b.value.count, let broadcast = Broadcast(b.shape, over: a.shape) {
            return (broadcast, a, b, false)
        }
        guard let broadcast = Broadcast(a.shape, over: b.shape) else {
            preconditionFailure("shapes \(a.shape) and \(b.shape) do not fit together")
        }
        return (broadcast, b, a, true)
    }
}

extension Variable {
    /// Sum of two tensors of the same shape, or of one and a smaller one that repeats over it: [C], [N,C] or
    /// [N,1,1,C] against the last axis, [N,H,W,1] or [1,H,W,1] against the channels, [N,1] per sample.
    public static func + (a: Variable, b: Variable) -> Variable {
        let (broadcast, large, small, _) = Broadcast.between(a, b)
        let (l, s, shape) = (large.adjoint, small.adjoint, small.shape)
        return Variable(broadcast.combined(large.value, small.value, +), from: [l, s]) { gradient in
            l?.accumulate(gradient)
            s?.accumulate(broadcast.reduced(gradient, to: shape))
        }
    }

    /// Difference; shapes as for `+`.
    public static func - (a: Variable, b: Variable) -> Variable { a + -b }

    /// Product; shapes as for `+`.
    public static func * (a: Variable, b: Variable) -> Variable {
        let (broadcast, large, small, _) = Broadcast.between(a, b)
        let (l, s) = (large.adjoint, small.adjoint)
        let (x, y) = (large.value, small.value)
        return Variable(broadcast.combined(x, y, *), from: [l, s]) { gradient in
            l?.accumulate(broadcast.combined(gradient, y, *))
            s?.accumulate(broadcast.reduced(gradient.zipped(x, *), to: y.shape))
        }
    }

    /// Quotient; shapes as for `+`.
    public static func / (a: Variable, b: Variable) -> Variable { a * b.reciprocal() }

    /// −x.
    public static prefix func - (x: Variable) -> Variable { x.affine(scale: -1, offset: 0) }

    /// x + s for every element.
    public static func + (x: Variable, s: Float) -> Variable { x.affine(scale: 1, offset: s) }

    /// x − s for every element.
    public static func - (x: Variable, s: Float) -> Variable { x.affine(scale: 1, offset: -s) }

    /// s − x for every element.
    public static func - (s: Float, x: Variable) -> Variable { x.affine(scale: -1, offset: s) }

    /// s·x for every element.
    public static func * (x: Variable, s: Float) -> Variable { x.affine(scale: s, offset: 0) }

    /// s·x for every element.
    public static func * (s: Float, x: Variable) -> Variable { x.affine(scale: s, offset: 0) }
}
