import CKernels
import Synchronization

/// The place where a variable's gradient gathers, and how to pass it on.
///
/// Kept apart from the value, so that the tape holds only the tensors an operation's backward pass needs.
final class Adjoint {
    private static let counter = Atomic<UInt64>(0)

    let serial = Adjoint.counter.wrappingAdd(1, ordering: .relaxed).oldValue
    var gradient: Tensor?
    var inputs: [Adjoint] = []
    var backward: ((Tensor) -> Void)?

    /// Lets go of a tape that was never walked node by node: a long chain would otherwise nest as many calls.
    deinit {
        backward = nil
        var pending = inputs
        inputs = []
        while var node = pending.popLast() {
            guard isKnownUniquelyReferenced(&node) else { continue }
            node.backward = nil
            pending += node.inputs
            node.inputs = []
        }
    }

    /// Adds `term`, which may share its buffer with others.
    func accumulate(_ term: Tensor) {
        guard var sum = gradient.take() else {
            gradient = term
            return
        }
        precondition(sum.count == term.count, "gradient of \(term.shape) added to one of \(sum.shape)")
        let target = isKnownUniquelyReferenced(&sum.storage) ? sum : Tensor(uninitialized: sum.shape)
        let (a, b, out) = (sum.pointer, term.pointer, target.pointer)
        WorkerPool.shared.split(sum.count, grain: 1 << 15) { range in
            ck_add(a + range.lowerBound, b + range.lowerBound, range.count, out + range.lowerBound)
        }
        gradient = target
    }
}

/// A tensor in a computation that can be differentiated.
///
/// Operations on variables run at once; those with an input that requires a gradient also record how to go back.
/// A graph lives on one thread. Batch comes first; the last axis is channels or features.
public final class Variable {
    /// The value. Replacing it does not change results computed from the old one.
    public var value: Tensor
    let adjoint: Adjoint?

    /// A leaf: an input, or a parameter when `requiresGradient` is true.
    public init(_ value: Tensor, requiresGradient: Bool = false) {
        self.value = value
        adjoint = requiresGradient ? Adjoint() : nil
    }

    /// The result of an operation. `backward` receives the gradient of the result and must accumulate into `inputs`.
    init(_ value: Tensor, from inputs: [Adjoint?], backward: @escaping (Tensor) -> Void) {
        self.value = value
        let inputs = inputs.compactMap { $0 }
        guard !inputs.isEmpty else {
            adjoint = nil
            return
        }
        let adjoint = Adjoint()
        adjoint.inputs = inputs
        adjoint.backward = backward
        self.adjoint = adjoint
    }

    /// Whether `backward()` reaches this variable.
    public var requiresGradient: Bool { adjoint != nil }

    /// What `backward()` gathered in this leaf since the last `zeroGradient()`; nil if nothing arrived.
    public var gradient: Tensor? { adjoint?.gradient }

    /// Sizes, outermost first.
    public var shape: [Int] { value.shape }

    /// The single element of a scalar.
    public var scalar: Float {
        precondition(value.count == 1, "a scalar was expected, not \(shape)")
        return value.pointer[0]
    }

    /// Forgets the gathered gradient.
    public func zeroGradient() { adjoint?.gradient = nil }

    /// The same value, cut off from the tape.
    public var detached: Variable { Variable(value) }

    /// Adds the derivatives of this scalar to the gradients of the leaves it depends on, and frees the tape.
    public func backward() {
        precondition(value.count == 1, "backward starts from a scalar, not \(shape)")
        guard let adjoint else { return }
        adjoint.accumulate(Tensor([1], shape: shape))
        var order = adjoint.reachable()
        while let node = order.popLast() {
            guard let backward = node.backward.take() else { continue }
            node.inputs = []
            if let gradient = node.gradient.take() { backward(gradient) }
        }
    }
}

extension Adjoint {
    /// Every adjoint this one leads to, itself included, in the order in which they were recorded.
    fileprivate func reachable() -> [Adjoint] {
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
        var found = [self]
        var next = 0
        while next < found.count {
            for input in found[next].inputs where seen.insert(ObjectIdentifier(input)).inserted {
                found.append(input)
            }
            next += 1
        }
        return found.sorted { $0.serial < $1.serial }
    }
}
