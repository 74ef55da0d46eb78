/// Limited-memory BFGS (Nocedal 1980; Nocedal and Wright, algorithm 7.4) on one parameter, without a line search: each
/// gradient gives a step, the quasi-Newton one shortened to a trust radius.
///
/// A step costs one gradient, as Adam's does, but knows of the curvature along the last steps: near the minimum of a
/// smooth loss few of them go a long way.
public final class LBFGS {
    private let parameter: Variable
    private let memory: Int
    private let radius, firstScale, stretch: Float
    private var last: (point: [Float], gradient: [Float])?
    /// Differences of points and of gradients, the oldest first.
    private var pairs: [(step: [Float], change: [Float], product: Float)] = []

    /// - Parameters:
    ///   - parameter: what is searched.
    ///   - radius: most Euclidean length of a step.
    ///   - firstScale: of the first step, per gradient, while no curvature is known.
    ///   - stretch: of the later steps along directions whose curvature is not known. It is guessed from the last change
    ///     of the gradient, which a loss with many kinks makes too large.
    ///   - memory: steps remembered.
    public init(parameter: Variable, radius: Float, firstScale: Float, stretch: Float = 1, memory: Int = 12) {
        self.parameter = parameter
        (self.radius, self.firstScale, self.stretch, self.memory) = (radius, firstScale, stretch, memory)
    }

    /// Moves the parameter, if it has a gradient, and leaves the gradient.
    ///
    /// - Parameter share: of the step that is taken.
    public func step(share: Float = 1) {
        guard let gradient = parameter.gradient?.values else { return }
        let point = parameter.value.values
        if let last { remember(difference(point, last.point), difference(gradient, last.gradient)) }
        last = (point, gradient)
        var direction = gradient
        var weights: [Float] = []
        for pair in pairs.reversed() {
            let weight = dot(pair.step, direction) / pair.product
            weights.append(weight)
            add(-weight, pair.change, to: &direction)
        }
        let scale = pairs.last.map { stretch * $0.product / dot($0.change, $0.change) } ?? firstScale
        for index in direction.indices { direction[index] *= scale }
        for (pair, weight) in zip(pairs, weights.reversed()) {
            add(weight - dot(pair.change, direction) / pair.product, pair.step, to: &direction)
        }
        let length = dot(direction, direction).squareRoot()
        let factor = share * (length > radius ? radius / length : 1)
        parameter.value = Tensor(zip(point, direction).map { $0 - factor * $1 }, shape: parameter.shape)
    }

    /// Makes no pair of the last gradient and the next, which is that of another loss; the curvature known so far stays.
    public func forgetGradient() { last = nil }

    /// Only pairs of positive curvature keep the steps downhill.
    private func remember(_ step: [Float], _ change: [Float]) {
        let product = dot(step, change)
        guard product > 1e-6 * dot(change, change) else { return }
        pairs.append((step, change, product))
        if pairs.count > memory { pairs.removeFirst() }
    }

    private func dot(_ a: [Float], _ b: [Float]) -> Float {
        Float(zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
    }

    private func difference(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 - $1 } }

    private func add(_ weight: Float, _ other: [Float], to vector: inout [Float]) {
        for index in vector.indices { vector[index] += weight * other[index] }
    }
}
