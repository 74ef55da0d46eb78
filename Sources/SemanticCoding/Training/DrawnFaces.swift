import Imaging
import Networks
import Tensor

/// What the inversion encoder learns from in one round: drawn faces, each with the picture of a code that is still on its
/// way to it.
///
/// The codes, and how far the encoder of the round before comes, are the encoder's own errors: it learns to mend what it
/// gets wrong.
struct DrawnFaces {
    private let count: Int
    /// Codes [k] in standard deviations and their pictures: index 0 is the mean's, then a face and its approach by turns.
    private var codes: [[Float]] = []
    private var pictures: [Picture] = []

    /// - Parameters:
    ///   - mean: the picture [1,128,128,3] of the mean code.
    ///   - count: length of a code.
    init(mean: Variable, count: Int) {
        self.count = count
        append(Variable(Tensor(zeros: [1, count])), mean)
    }

    /// Faces.
    var faces: Int { (codes.count - 1) / 2 }

    /// Adds a face, its code cut down to `truncation`, and how far `approach` comes towards its picture.
    ///
    /// - Parameter draw: the picture [1,128,128,3] of a code in standard deviations [1,k].
    mutating func append(
        truncation: Float,
        draw: (Variable) -> Variable,
        approach: (_ picture: Variable) -> Variable,
        _ random: inout SeededGenerator
    ) {
        let code = Variable(Tensor(normal: [1, count], deviation: truncation, generator: &random))
        let picture = draw(code)
        append(code, picture)
        let reached = approach(picture)
        append(reached, draw(reached))
    }

    /// Examples: each face from the mean and from its approach, and each approach, a face too, from the mean and from its
    /// face.
    var examples: [(target: Int, current: Int)] {
        (0..<faces).flatMap { face in
            let (first, second) = (2 * face + 1, 2 * face + 2)
            return [(first, 0), (first, second), (second, 0), (second, first)]
        }
    }

    /// Codes [N,k] and pictures [N,128,128,3].
    func batch(_ indices: [Int]) -> (codes: Tensor, pictures: Tensor) {
        let edge = InversionEncoder.edge
        return (
            Tensor(indices.flatMap { codes[$0] }, shape: [indices.count, count]),
            Tensor(indices.flatMap { pictures[$0].signed }, shape: [indices.count, edge, edge, 3])
        )
    }

    private mutating func append(_ code: Variable, _ picture: Variable) {
        codes.append(code.value.values)
        let edge = InversionEncoder.edge
        pictures.append(Picture(signed: picture.value.values, width: edge, height: edge))
    }
}
