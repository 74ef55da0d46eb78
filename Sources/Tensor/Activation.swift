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
        guard let channels = Broadcast(s.shape, over: x.shape) else {
            preconditionFailure("slopes \(s.shape) for \(x.shape)")
        }
        let (dx, ds) = (adjoint, slope.adjoint)
        return Variable(channels.combined(x, s) { $0 > 0 ? $0 : $1 * $0 }, from: [dx, ds]) { g in
            if let dx {
                let factor = channels.combined(x, s) { $0 > 0 ? 1 : $1 }
                dx.accumulate(g.zipped(factor, *))
            }
            ds?.accumulate(channels.reduced(g.zipped(x) { g, x in x > 0 ? 0 : g * x }, to: s.shape))
        }
    }
}
