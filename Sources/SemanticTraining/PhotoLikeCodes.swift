import Foundation
import Networks
import SemanticCoding
import Tensor

/// Codes such as photos have, whole, edited or received: faces that nobody has, for networks that judge edited pictures.
package struct PhotoLikeCodes: Sendable {
    /// How far from the mean they lie, in deviations of photos' codes.
    private static let truncations: ClosedRange<Float> = 0.6...1
    /// Steps along a field that an edited one has gone at most, and in how many pieces.
    private static let furthest: Float = 3
    private static let pieces = 6
    /// Decades below a photo's code that noise lies.
    private static let quietness: ClosedRange<Float> = 0.5...1.5

    private let mean: Tensor
    /// R with RᵀR the covariance of photos' codes, [n, n].
    private let root: Tensor
    private let fields: [EditingField]

    /// - Parameter fields: along which codes are edited.
    /// - Throws: `FaceCodesError.singular` when photos' codes have no covariance that could be drawn from.
    package init(space: LatentSpace, fields: [EditingField]) throws(FaceCodesError) {
        let count = space.dimension
        guard let root = Tensor(space.photos.covariance, shape: [count, count]).root else { throw .singular }
        mean = Tensor(space.photos.mean, shape: [1, count])
        self.root = root
        self.fields = fields
    }

    /// A code [1, n].
    package func code(using random: inout SeededGenerator) -> Tensor {
        (Variable(mean) + deviation(Float.random(in: Self.truncations, using: &random), using: &random)).value
    }

    /// The code after a way along one of the fields, forwards or backwards; itself where there are none.
    func edited(_ code: Tensor, using random: inout SeededGenerator) -> Tensor {
        guard let field = fields.randomElement(using: &random) else { return code }
        let step = Float.random(in: -Self.furthest...Self.furthest, using: &random) / Float(Self.pieces)
        var moved = Variable(code)
        for _ in 0..<Self.pieces { moved = moved + field(moved) * step }
        return moved.value
    }

    /// The code with noise on it, as a channel leaves it.
    func received(_ code: Tensor, using random: inout SeededGenerator) -> Tensor {
        let amount = powf(10, -Float.random(in: Self.quietness, using: &random))
        return (Variable(code) + deviation(amount, using: &random)).value
    }

    private func deviation(_ amount: Float, using random: inout SeededGenerator) -> Variable {
        Variable(Tensor(normal: mean.shape, deviation: amount, generator: &random)).matmul(Variable(root))
    }
}
