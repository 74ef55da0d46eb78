import Networks
import Tensor

/// How the predictor's positions of five attributes grow with the numbers of a code, in degrees, on average over faces.
///
/// For codes of a normal distribution this mean gradient is, by Stein's identity, how faces that show more of the attribute
/// differ from those that show less, and some hundred faces say it as well as many thousands of degrees do.
struct DegreeSlopes {
    private let generator: any StyleGenerator
    private let predictor: AttributePredictor
    /// Sums of the gradients, [5][512].
    private var sums: [[Float]]
    /// Faces looked at.
    private(set) var count = 0

    /// - Parameter saved: what `checkpoint` was.
    init(generator: any StyleGenerator, predictor: AttributePredictor, saved: [String: Tensor]) {
        (self.generator, self.predictor) = (generator, predictor)
        let length = generator.latentDimension
        sums = AttributePredictor.attributes.map { _ in [Float](repeating: 0, count: length) }
        guard let found = saved["slopes"], found.shape == [sums.count, length],
            let faces = saved["faces"]?.values.first, (0...1e9).contains(faces)
        else { return }
        count = Int(faces)
        for head in sums.indices { sums[head] = Array(found.values[head * length..<(head + 1) * length]) }
    }

    var checkpoint: [(name: String, tensor: Tensor, fp16: Bool)] {
        [
            ("slopes", Tensor(sums.flatMap { $0 }, shape: [sums.count, generator.latentDimension]), false),
            ("faces", Tensor([Float(count)], shape: [1]), false),
        ]
    }

    /// Looks at the face of one more code, [1, 512].
    mutating func add(_ code: Tensor) {
        for head in sums.indices {
            let variable = Variable(code, requiresGradient: true)
            let picture = generator.synthesize(variable, resolution: AttributePredictor.edge)
            predictor.positions(picture).slice(axis: 1, range: head..<head + 1).sum().backward()
            guard let gradient = variable.gradient else { continue }
            sums[head] = zip(sums[head], gradient.values).map(+)
        }
        count += 1
    }

    /// The step in which one attribute's position grows by one while the others' stay, as far as degrees are linear in the
    /// code, [512]: of all such steps the shortest, numbers being measured in their standard deviations.
    func direction(head: Int, deviations: [Float]) -> Tensor {
        let slopes = sums.map { zip($0, deviations).map { $0 * $1 / Float(max(1, count)) } }
        var axes: [[Float]] = []
        for other in slopes.indices where other != head {
            let left = axes.reduce(slopes[other], Self.without)
            let length = Self.product(left, left).squareRoot()
            if length > 0 { axes.append(left.map { $0 / length }) }
        }
        let own = axes.reduce(slopes[head], Self.without)
        let gain = max(Self.product(own, own), .leastNormalMagnitude)
        return Tensor(zip(own, deviations).map { $0 * $1 / gain }, shape: [own.count])
    }

    private static func product(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// `a` without its part along the unit vector `axis`.
    private static func without(_ a: [Float], _ axis: [Float]) -> [Float] {
        let share = product(a, axis)
        return zip(a, axis).map { $0 - share * $1 }
    }
}
