import Imaging
import Networks
import Tensor

/// How a face has moved since a key picture of which the code is known: one pass of the inversion's learned start, from the key's
/// code.
///
/// What the pass sees in the key's own photo is taken off: a face that is held still has not moved, and whatever the inversion
/// found of the person stays.
package struct FaceMotion: Sendable {
    private let start: LearnedStart
    private let precision: ProductPrecision
    /// [1, k], in standard deviations.
    private let code: Tensor
    /// The picture of the code, as the encoder sees it.
    private let picture: InversionEncoder.View
    /// What the pass would change of the code for the key's own photo, [1, k].
    private let still: Tensor

    /// - Parameters:
    ///   - code: of the key, expanded.
    ///   - key: its photo in the FFHQ frame, of any size.
    package init(from code: [Float], of key: Picture, start: LearnedStart, precision: ProductPrecision = .single) {
        (self.start, self.precision) = (start, precision)
        let row = Variable(Tensor(code, shape: [1, code.count])) / Variable(start.passes.deviations)
        self.code = row.value
        picture = start.passes.view(start.passes.synthesize(row, precision: precision), precision: precision)
        still = start.encoder.change(of: row, picture: picture, target: Self.view(key, start, precision)).value
    }

    /// What must be added to the key's code, k numbers, for a frame of the same face.
    ///
    /// - Parameter frame: in the FFHQ frame, of any size.
    package func difference(to frame: Picture) -> [Float] {
        let target = Self.view(frame, start, precision)
        let change = start.encoder.change(of: Variable(code), picture: picture, target: target)
        return ((change - Variable(still)) * Variable(start.passes.deviations)).value.values
    }

    private static func view(
        _ photo: Picture,
        _ start: LearnedStart,
        _ precision: ProductPrecision
    ) -> InversionEncoder.View {
        let edge = InversionEncoder.edge
        return start.passes.view(photo.resizedArea(width: edge, height: edge).networkInput, precision: precision)
    }
}

/// A movement as the reals that go on the air.
struct CodedMotion: MovingFace {
    let motion: FaceMotion
    let differences: CodeDifferences

    func reals(of frame: Picture, designSNR: Int?) -> [Float] {
        differences.coded(motion.difference(to: frame), designSNR: designSNR).reals
    }
}
