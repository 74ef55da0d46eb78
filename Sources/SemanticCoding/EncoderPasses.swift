import Networks
import Tensor

/// The passes in which an `InversionEncoder` comes nearer to a photo; each sees the picture of the code that the one before
/// came to. Codes count in standard deviations.
package struct EncoderPasses: Sendable {
    private let generator: any StyleGenerator
    private let lpips: LPIPS
    /// Standard deviations of the code's numbers, [k].
    package let deviations: Tensor
    /// The picture of the mean code, where the first pass begins.
    package let mean: InversionEncoder.View

    /// - Parameters:
    ///   - generator: of expanded codes; draws 128 pixels.
    ///   - statistics: of these codes.
    ///   - lpips: the VGG16 variant, with whose eyes the encoder sees.
    package init(generator: any StyleGenerator, statistics: LatentStatistics, lpips: LPIPS) {
        (self.generator, self.lpips) = (generator, lpips)
        deviations = Tensor(statistics.deviations, shape: [statistics.mean.count])
        let mean = Variable(Tensor(zeros: [1, statistics.mean.count]))
        self.mean = InversionEncoder.View(
            generator.synthesize(mean, resolution: InversionEncoder.edge),
            lpips: lpips
        )
    }

    /// The picture [1,128,128,3] of a code [1,k].
    package func synthesize(_ code: Variable, precision: ProductPrecision = .single) -> Variable {
        generator.synthesize(code * Variable(deviations), resolution: InversionEncoder.edge, precision: precision)
    }

    /// What the encoder sees of a picture [1,128,128,3].
    package func view(_ picture: Variable, precision: ProductPrecision = .single) -> InversionEncoder.View {
        InversionEncoder.View(picture, lpips: lpips, precision: precision)
    }

    /// The code [1,k] that so many passes reach from the mean, for a photo [1,128,128,3].
    ///
    /// - Parameter count: how many of the code's numbers, the first ones, may differ from zero; all by default.
    package func code(
        of photo: Variable,
        by encoder: InversionEncoder,
        passes: Int,
        count: Int? = nil,
        precision: ProductPrecision = .single
    ) -> Variable {
        let size = deviations.count
        let kept = Variable(Tensor((0..<size).map { $0 < count ?? size ? 1 : 0 }, shape: [size]))
        let target = view(photo, precision: precision)
        var code = Variable(Tensor(zeros: [1, size]))
        for pass in 0..<passes {
            let picture = pass == 0 ? mean : view(synthesize(code, precision: precision), precision: precision)
            code = code + encoder.change(of: code, picture: picture, target: target) * kept
        }
        return code
    }
}
