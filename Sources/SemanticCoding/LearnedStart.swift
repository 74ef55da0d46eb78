import Imaging
import Networks
import Tensor

/// Where an inversion of expanded codes begins when it need not begin at the mean: what the `InversionEncoder` makes of the
/// photo in a few passes, each of which sees the picture of the code that the one before came to.
public struct LearnedStart: Sendable {
    /// More passes were not seen to come nearer (Models/trained/inversion-encoder.md).
    static let passes = 3

    private let encoder: InversionEncoder
    private let generator: any StyleGenerator
    private let deviations: Tensor

    /// - Parameters:
    ///   - generator: of expanded codes; draws 128 pixels. The one that the encoder was trained with.
    ///   - statistics: of these codes.
    public init(encoder: InversionEncoder, generator: any StyleGenerator, statistics: LatentStatistics) {
        self.encoder = encoder
        self.generator = generator
        deviations = Tensor(statistics.variances.map { $0.squareRoot() }, shape: [statistics.mean.count])
    }

    /// The encoder of Models/trained with the student that it was trained with.
    ///
    /// - Throws: `ModelStoreError` when one of them is missing or broken.
    public init(models: ModelStore, space: LatentSpace) throws {
        self.init(
            encoder: try models.inversionEncoder(count: space.statistics.mean.count),
            generator: space.drawn(by: try models.student()),
            statistics: space.statistics
        )
    }

    /// A code [1,k] for a photo in the FFHQ frame, of any size.
    ///
    /// - Parameter count: how many of the code's numbers, the first ones, may differ from zero.
    public func code(of photo: Picture, count: Int) -> Variable {
        let (size, edge) = (deviations.count, InversionEncoder.edge)
        let small = photo.resizedArea(width: edge, height: edge).signed
        let target = Variable(Tensor(small, shape: [1, edge, edge, 3]))
        let kept = Variable(Tensor((0..<size).map { $0 < count ? 1 : 0 }, shape: [size]))
        var code = Variable(Tensor(zeros: [1, size]))
        for _ in 0..<Self.passes {
            let change = encoder.change(
                of: code,
                picture: generator.synthesize(code * Variable(deviations), resolution: edge),
                target: target
            )
            code = code + change * kept
        }
        return code * Variable(deviations)
    }
}
