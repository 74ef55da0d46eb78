import Glibc

extension Variable {
    /// Replaces each element by `body` of itself and its gradient; the buffer is reused when nothing else holds it.
    fileprivate func update(_ body: (_ index: Int, _ value: Float, _ gradient: Float) -> Float) {
        guard let gradient else { return }
        if !isKnownUniquelyReferenced(&value.storage) { value = value.copied() }
        for index in 0..<value.count {
            value.pointer[index] = body(index, value.pointer[index], gradient.pointer[index])
        }
    }
}

/// Scales the gradients of `parameters` down so that their joint Euclidean norm is at most `limit`; returns the norm
/// before scaling.
@discardableResult
public func clipGradients(of parameters: [Variable], to limit: Float) -> Float {
    var sum = 0.0
    for parameter in parameters {
        guard let gradient = parameter.gradient else { continue }
        for index in 0..<gradient.count { sum += Double(gradient.pointer[index]) * Double(gradient.pointer[index]) }
    }
    let norm = Float(sum.squareRoot())
    guard norm > limit else { return norm }
    for parameter in parameters {
        parameter.adjoint?.gradient = parameter.gradient?.mapped { $0 * (limit / norm) }
    }
    return norm
}

/// Why a checkpoint does not fit an optimiser.
public enum OptimizerError: Error, CustomStringConvertible {
    /// The state lacks a tensor or has it in another shape.
    case mismatch(name: String)

    /// For people.
    public var description: String {
        switch self {
        case .mismatch(let name):
            "optimiser state \"\(name)\" is missing or has another shape: the checkpoint is of another model"
        }
    }
}

/// Adam (Kingma and Ba, 2015, algorithm 1).
public final class Adam {
    /// Step size α; may be changed between steps.
    public var learningRate: Float
    private let parameters: [Variable]
    private let beta1, beta2, epsilon, weightDecay, damping: Float
    private var first, second: [Tensor]
    /// Steps taken so far, those of a restored checkpoint included.
    public private(set) var steps = 0

    /// `weightDecay` is decoupled (AdamW). `damping` is an ε that follows the gradients: a share of the root mean square, over
    /// all coordinates of a parameter, of what each is divided by. Coordinates with gradients well below that take smaller
    /// steps instead of steps as large as the others'.
    public init(
        parameters: [Variable],
        learningRate: Float,
        beta1: Float = 0.9,
        beta2: Float = 0.999,
        epsilon: Float = 1e-8,
        weightDecay: Float = 0,
        damping: Float = 0
    ) {
        self.parameters = parameters
        self.learningRate = learningRate
        (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
        self.damping = damping
        first = parameters.map { Tensor(zeros: $0.shape) }
        second = parameters.map { Tensor(zeros: $0.shape) }
    }

    /// Moves every parameter that has a gradient, and leaves the gradients.
    public func step() {
        steps += 1
        let rate = learningRate / (1 - powf(beta1, Float(steps)))
        let correction = 1 / (1 - powf(beta2, Float(steps)))
        let keep = 1 - learningRate * weightDecay
        for (parameter, (m, v)) in zip(parameters, zip(first, second)) {
            guard let gradient = parameter.gradient else { continue }
            var sum: Float = 0
            for index in 0..<gradient.count {
                let slope = gradient.pointer[index]
                m.pointer[index] = beta1 * m.pointer[index] + (1 - beta1) * slope
                v.pointer[index] = beta2 * v.pointer[index] + (1 - beta2) * slope * slope
                sum += v.pointer[index]
            }
            let epsilon = epsilon + damping * (sum * correction / Float(max(1, gradient.count))).squareRoot()
            parameter.update { index, value, _ in
                let deviation = (v.pointer[index] * correction).squareRoot() + epsilon
                return value * keep - rate * m.pointer[index] / deviation
            }
        }
    }

    /// Forgets the gradients of all parameters.
    public func zeroGradients() { parameters.forEach { $0.zeroGradient() } }

    /// Moments and step count, for a checkpoint: copies.
    public var state: [String: Tensor] {
        var state = ["step": Tensor([Float(steps)], shape: [1])]
        for index in parameters.indices {
            state["first.\(index)"] = first[index].copied()
            state["second.\(index)"] = second[index].copied()
        }
        return state
    }

    /// Takes up what `state` gave.
    public func restore(_ state: [String: Tensor]) throws(OptimizerError) {
        guard let step = state["step"], step.count == 1, (0...1e9).contains(step.pointer[0]) else {
            throw .mismatch(name: "step")
        }
        var moments: [[Tensor]] = [[], []]
        for (kind, name) in ["first", "second"].enumerated() {
            for (index, parameter) in parameters.enumerated() {
                guard let tensor = state["\(name).\(index)"], tensor.shape == parameter.shape else {
                    throw .mismatch(name: "\(name).\(index)")
                }
                moments[kind].append(tensor.copied())
            }
        }
        (first, second) = (moments[0], moments[1])
        steps = Int(step.pointer[0])
    }
}

/// Stochastic gradient descent with momentum (PyTorch's form: v ← μ·v + g, x ← x − α·v).
public final class SGD {
    /// Step size α; may be changed between steps.
    public var learningRate: Float
    private let parameters: [Variable]
    private let momentum, weightDecay: Float
    private var velocity: [Tensor]

    /// `weightDecay` is added to the gradient.
    public init(parameters: [Variable], learningRate: Float, momentum: Float = 0, weightDecay: Float = 0) {
        self.parameters = parameters
        self.learningRate = learningRate
        (self.momentum, self.weightDecay) = (momentum, weightDecay)
        velocity = parameters.map { Tensor(zeros: $0.shape) }
    }

    /// Moves every parameter that has a gradient, and leaves the gradients.
    public func step() {
        for (parameter, v) in zip(parameters, velocity) {
            parameter.update { index, value, gradient in
                v.pointer[index] = momentum * v.pointer[index] + gradient + weightDecay * value
                return value - learningRate * v.pointer[index]
            }
        }
    }

    /// Forgets the gradients of all parameters.
    public func zeroGradients() { parameters.forEach { $0.zeroGradient() } }

    /// Velocities, for a checkpoint: copies.
    public var state: [String: Tensor] {
        Dictionary(uniqueKeysWithValues: velocity.enumerated().map { ("velocity.\($0)", $1.copied()) })
    }

    /// Takes up what `state` gave.
    public func restore(_ state: [String: Tensor]) throws(OptimizerError) {
        var restored: [Tensor] = []
        for (index, parameter) in parameters.enumerated() {
            guard let tensor = state["velocity.\(index)"], tensor.shape == parameter.shape else {
                throw .mismatch(name: "velocity.\(index)")
            }
            restored.append(tensor.copied())
        }
        velocity = restored
    }
}
