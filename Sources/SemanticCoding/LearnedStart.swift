import Imaging
import Networks
import Tensor

/// Where an inversion of expanded codes begins when it need not begin at the mean: what the `InversionEncoder` makes of the
/// photo in a few passes.
package struct LearnedStart: Sendable {
    /// As many as the encoder was trained for; a fourth and a fifth gain nothing.
    package static let passCount = 3

    let encoder: InversionEncoder
    let passes: EncoderPasses

    /// - Parameters:
    ///   - generator: of expanded codes; draws 128 pixels. The one that the encoder was trained with.
    ///   - statistics: of these codes.
    ///   - lpips: the VGG16 variant.
    package init(
        encoder: InversionEncoder,
        generator: any StyleGenerator,
        statistics: LatentStatistics,
        lpips: LPIPS
    ) {
        self.encoder = encoder
        passes = EncoderPasses(generator: generator, statistics: statistics, lpips: lpips)
    }

    /// A code [1,k] for a photo in the FFHQ frame, of any size.
    ///
    /// - Parameter count: how many of the code's numbers, the first ones, may differ from zero.
    package func code(of photo: Picture, count: Int, precision: ProductPrecision = .single) -> Variable {
        let edge = InversionEncoder.edge
        let small = photo.resizedArea(width: edge, height: edge).networkInput
        let code = passes.code(
            of: small,
            by: encoder,
            passes: Self.passCount,
            count: count,
            precision: precision
        )
        return code * Variable(passes.deviations)
    }
}
