import Networks
import Tensor

/// What `FirstGuessTrainer` has drawn: codes without their mean, and small pictures, `views` of each face.
struct FirstGuessExamples {
    /// Length of a code.
    let dimension: Int
    let views: Int
    private var codes: [Float] = []
    private var pictures: [Float] = []

    /// Faces.
    var count: Int { codes.count / dimension }

    /// The examples of a checkpoint, none when it is empty.
    ///
    /// - Throws: `.shapeMismatch` when they are of another shape.
    init(checkpoint: [String: Tensor], dimension: Int, views: Int) throws(SafetensorsError) {
        (self.dimension, self.views) = (dimension, views)
        guard let codes = checkpoint["codes"], let pictures = checkpoint["pictures"] else { return }
        let faces = codes.shape.first ?? 0
        guard codes.shape == [faces, dimension] else {
            throw .shapeMismatch(name: "codes", expected: [faces, dimension], found: codes.shape)
        }
        guard pictures.shape == [faces, views, FirstGuess.inputs] else {
            throw .shapeMismatch(
                name: "pictures",
                expected: [faces, views, FirstGuess.inputs],
                found: pictures.shape
            )
        }
        (self.codes, self.pictures) = (codes.values, pictures.values)
    }

    var checkpoint: [(name: String, tensor: Tensor, half: Bool)] {
        [
            (name: "codes", tensor: Tensor(codes, shape: [count, dimension]), half: false),
            (name: "pictures", tensor: Tensor(pictures, shape: [count, views, FirstGuess.inputs]), half: false),
        ]
    }

    mutating func append(code: [Float], views: [[Float]]) {
        codes += code
        for view in views { pictures += view }
    }

    /// Adds some of the faces to a regression, in portions so that doubles do not fill the memory.
    func add(_ faces: Range<Int>, to regression: inout RidgeRegression) {
        for start in stride(from: faces.lowerBound, to: faces.upperBound, by: 256) {
            let portion = start..<min(start + 256, faces.upperBound)
            let repeated = portion.flatMap { face in (0..<views).flatMap { _ in code(face) } }
            let width = views * FirstGuess.inputs
            regression.add(x: pictures[portion.lowerBound * width..<portion.upperBound * width], y: repeated[...])
        }
    }

    /// R² of a guess: the share of the codes' squared distance from their mean that it explains.
    func determination(of guess: FirstGuess, _ faces: Range<Int>) -> Double {
        var (error, total) = (0.0, 0.0)
        for face in faces {
            let code = code(face)
            for view in 0..<views {
                let from = (face * views + view) * FirstGuess.inputs
                let offset = guess.offset(forSmall: Array(pictures[from..<from + FirstGuess.inputs]))
                for (wanted, found) in zip(code, offset) {
                    error += Double((wanted - found) * (wanted - found))
                    total += Double(wanted * wanted)
                }
            }
        }
        return 1 - error / total
    }

    private func code(_ face: Int) -> ArraySlice<Float> { codes[face * dimension..<(face + 1) * dimension] }
}
