import CKernels

/// What a frozen layer applies to its result.
public enum Activation: Sendable, Equatable {
    case none
    case relu
    case relu6
    /// `slope`·x for negative x; the slope must be positive.
    case leakyReLU(slope: Float)

    /// Applies the activation in place.
    func apply(_ x: Tensor) {
        guard self != .none else { return }
        let (low, high, slope) = bounds
        let pointer = x.pointer
        WorkerPool.shared.split(x.count, grain: 1 << 14) { range in
            for index in range {
                let v = pointer[index]
                pointer[index] = min(v > low ? v : slope * v, high)
            }
        }
    }

    /// The gradient before the activation from the one after it, given the activation's output.
    func backward(_ gradient: Tensor, output: Tensor?) -> Tensor {
        guard let output else { return gradient }
        let (low, high, slope) = bounds
        guard high == .infinity else {
            return gradient.zipped(output) { g, y in y < high ? (y > low ? g : slope * g) : 0 }
        }
        let result = Tensor(uninitialized: gradient.shape)
        WorkerPool.shared.split(gradient.count, grain: 1 << 14) { range in
            let start = range.lowerBound
            ck_leaky_backward(
                gradient.pointer + start,
                output.pointer + start,
                slope,
                range.count,
                result.pointer + start
            )
        }
        return result
    }

    /// The slope below zero, when the activation is one slope below and the identity above.
    var slope: Float? {
        switch self {
        case .none: 1
        case .relu: 0
        case .relu6: nil
        case .leakyReLU(let slope): slope
        }
    }

    /// Both are straight between `low` and `high`, of slope `slope` below and flat above.
    private var bounds: (low: Float, high: Float, slope: Float) {
        switch self {
        case .none, .relu: (0, .infinity, 0)
        case .relu6: (0, 6, 0)
        case .leakyReLU(let slope): (0, .infinity, slope)
        }
    }
}

extension Variable {
    /// x where positive, slope[c]·x elsewhere, one slope per channel of the last axis [C].
    public func parametricReLU(slope: Variable) -> Variable {
        let (x, s) = (value, slope.value)
        let channels = s.count
        precondition(s.shape == [x.dimension(0)], "slopes \(s.shape) for \(x.shape)")
        let y = Tensor(uninitialized: x.shape)
        x.splitRows { ck_parametric(x.pointer + $0, s.pointer, $1, channels, y.pointer + $0) }
        let (dx, ds) = (adjoint, slope.adjoint)
        return Variable(y, from: [dx, ds]) { g in
            if let dx {
                let result = Tensor(uninitialized: x.shape)
                x.splitRows {
                    ck_parametric_backward(g.pointer + $0, x.pointer + $0, s.pointer, $1, channels, result.pointer + $0)
                }
                dx.accumulate(result)
            }
            ds?.accumulate(g.zipped(x) { g, x in x > 0 ? 0 : g * x }.columnSums(channels))
        }
    }
}

extension Tensor {
    /// Shares the rows, of as many numbers as the last axis has, among threads: `body(first number, rows)`.
    fileprivate func splitRows(_ body: (_ start: Int, _ rows: Int) -> Void) {
        let width = dimension(0)
        WorkerPool.shared.split(count / width, grain: max(1, (1 << 14) / width)) {
            body($0.lowerBound * width, $0.count)
        }
    }
}
