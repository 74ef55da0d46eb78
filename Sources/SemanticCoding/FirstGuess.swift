import Imaging
import Networks
import Tensor

/// A first guess of a face's code, linear in a small picture of it: w₀ = mean w + B·x, where x is the aligned picture
/// area-averaged to 32 × 32, in [−1, 1], without the mean picture. Inversion can go on from there.
public struct FirstGuess: Sendable {
    /// Edge of the small picture in pixels.
    public static let edge = 32
    /// Values of the small picture.
    public static let inputs = edge * edge * 3

    /// B, [d, 3072].
    let weight: Tensor
    /// The mean picture, [3072], rows from top to bottom, R, G, B.
    let picture: [Float]

    /// The guess of Models/trained.
    ///
    /// - Throws: `ModelStoreError` when it is missing, `SafetensorsError` when it is another network's.
    public init(models: ModelStore) throws {
        try self.init(file: try models.firstGuess())
    }

    /// Reads `weight` [512, 3072] and `picture` [3072], as `FirstGuessTrainer` writes them.
    ///
    /// - Parameter dimension: length of the code, 512 for the shipped generator.
    /// - Throws: `.noSuchTensor`, or `.shapeMismatch` when a tensor has another shape.
    public init(file: SafetensorsFile, dimension: Int = 512) throws(SafetensorsError) {
        func tensor(_ name: String, _ shape: [Int]) throws(SafetensorsError) -> Tensor {
            let tensor = try file.tensor(name)
            guard tensor.shape == shape else {
                throw .shapeMismatch(name: name, expected: shape, found: tensor.shape)
            }
            return tensor
        }
        weight = try tensor("weight", [dimension, Self.inputs])
        picture = try tensor("picture", [Self.inputs]).values
    }

    init(weight: Tensor, picture: [Float]) {
        self.weight = weight
        self.picture = picture
    }

    /// w₀ − mean w for a face in the FFHQ frame, of any size: as many values as the code has.
    public func offset(for aligned: Picture) -> [Float] {
        offset(forSmall: aligned.resizedArea(width: Self.edge, height: Self.edge).signed)
    }

    /// The same for the small picture's values, in [−1, 1].
    func offset(forSmall values: [Float]) -> [Float] {
        let x = Tensor(zip(values, picture).map { $0 - $1 }, shape: [1, Self.inputs])
        return Variable(x).linear(weight: Variable(weight)).value.values
    }
}
