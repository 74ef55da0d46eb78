import Networks
import Tensor

/// E_T: reads a sentence as an edit request, or refuses it.
package final class TextSemanticEncoder: Sendable {
    /// A reading less likely than this is refused as `.unsure`.
    package static let confidence: Float = 0.5

    private let tensors: [Tensor]

    /// The encoder of Models/trained.
    ///
    /// - Throws: `ModelStoreError` when it is missing or broken.
    package convenience init(models: ModelStore) throws {
        try self.init(file: try models.textEncoder())
    }

    /// The encoder in a file that `TextEncoderTrainer` wrote.
    ///
    /// - Throws: `SafetensorsError` when a tensor is missing or has another shape.
    package init(file: SafetensorsFile) throws {
        tensors = try Self.tensors(of: file)
    }

    init(tensors: [Tensor]) {
        self.tensors = tensors
    }

    package static func tensors(of file: SafetensorsFile) throws -> [Tensor] {
        try TextNetwork.shapes.map { name, shape in
            let tensor = try file.tensor(name)
            guard tensor.shape == shape else {
                throw SafetensorsError.shapeMismatch(name: name, expected: shape, found: tensor.shape)
            }
            return tensor
        }
    }

    /// Reads one sentence in English.
    ///
    /// - Throws: `RequestRefusal` when it is no single request for one of the five attributes, or not clearly so.
    package func read(_ sentence: String) throws(RequestRefusal) -> EditRequest {
        let words = try RequestTokenizer.words(of: sentence)
        let answer = TextNetwork(tensors: tensors, trainable: false)([words])
        let (attributes, attribute) = Self.best(answer.attribute, among: 0..<TextNetwork.several + 1)
        if attribute == TextNetwork.unrelated { throw .unrelated }
        if attribute == TextNetwork.several { throw .several }
        let (kinds, kind) = Self.best(answer.kind, among: 0..<3)
        guard attributes * kinds >= Self.confidence else { throw .unsure }
        if kind == TextNetwork.target {
            let (_, degree) = Self.best(answer.degree, among: 0..<6)
            return EditRequest(attribute: EditRequest.Attribute.allCases[attribute], kind: .target(degree: degree))
        }
        let (_, degree) = Self.best(answer.degree, among: 1..<6)
        return EditRequest(
            attribute: EditRequest.Attribute.allCases[attribute],
            kind: .change(direction: kind == TextNetwork.up ? .up : .down, degree: degree)
        )
    }

    /// The likeliest class among those allowed, and its probability among all.
    private static func best(_ logits: Variable, among classes: Range<Int>) -> (Float, Int) {
        let probabilities = logits.softmax().value.values
        var best = classes.lowerBound
        for candidate in classes where probabilities[candidate] > probabilities[best] { best = candidate }
        return (probabilities[best], best)
    }
}
