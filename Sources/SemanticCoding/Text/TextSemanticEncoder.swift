import Networks
import Tensor

/// E_T: reads a sentence as a list of edits, or refuses it.
package final class TextSemanticEncoder: Sendable {
    /// A clause less certain than this is refused as `.unsure`.
    package static let confidence: Float = 0.5

    private let tensors: [Tensor]
    private let vocabulary: RequestVocabulary

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
        vocabulary = RequestVocabulary(metadata: file.metadata)
        tensors = try Self.tensors(of: file, vectors: vocabulary.words.count)
    }

    package init(tensors: [Tensor], vocabulary: RequestVocabulary) {
        (self.tensors, self.vocabulary) = (tensors, vocabulary)
    }

    package static func tensors(of file: SafetensorsFile, vectors: Int) throws -> [Tensor] {
        try TextNetwork.shapes(vectors: vectors).map { name, shape in
            let tensor = try file.tensor(name)
            guard tensor.shape == shape else {
                throw SafetensorsError.shapeMismatch(name: name, expected: shape, found: tensor.shape)
            }
            return tensor
        }
    }

    /// Reads one sentence in English that stands on its own.
    ///
    /// - Throws: `RequestRefusal` when it asks for no edit of the five attributes, or not clearly so.
    package func read(_ sentence: String) throws(RequestRefusal) -> [RequestedEdit] {
        try reading(of: sentence).editsAlone()
    }

    /// Reads one sentence in English, which may speak of the edits before it.
    ///
    /// - Throws: `RequestRefusal` when it asks for no edit of the five attributes, or not clearly so.
    package func reading(of sentence: String) throws(RequestRefusal) -> SentenceReading {
        let tokens = try RequestTokenizer.tokens(of: sentence)
        let clauses = clauses(in: tokens)
        guard !clauses.isEmpty else { throw .remark }
        if let other = clauses.first(where: { $0.act == .unrelated }) {
            throw .unrelated(clauses.count > 1 ? Self.span(of: other.tokens, in: sentence) : nil)
        }
        var reading = SentenceReading(edits: [])
        for clause in clauses {
            let span = Self.span(of: clause.tokens, in: sentence)
            if [.keep, .question, .remark].contains(clause.act) { continue }
            guard clause.confidence >= Self.confidence else { throw .unsure }
            if let act = clause.act.conversation {
                let isGraded = act == .more || act == .less
                (reading.act, reading.steps) = (act, isGraded ? min(5, max(1, clause.degree)) : 1)
            } else {
                reading.edits.add(RequestedEdit(try clause.request(), from: span))
            }
        }
        guard reading.edits.isEmpty, reading.act == nil else { return reading }
        if clauses.contains(where: { $0.act == .keep }) { throw .keeps }
        throw clauses.contains { $0.act == .question } ? .question : .remark
    }

    /// The clauses of a sentence, each with its likeliest reading.
    private func clauses(in tokens: [RequestToken]) -> [ClauseReading] {
        let network = TextNetwork(tensors: tensors, trainable: false)
        let states = network.states([tokens.map { word(for: $0) }])
        let ranges = Self.ranges(network.tags(states).softmax().value.values, tokens)
        guard !ranges.isEmpty else { return [] }
        let answer = network.answer(ranges.map { TextNetwork.Clause(sentence: 0, words: $0) }, states)
        let values = [answer.act, answer.attribute, answer.degree].map { $0.softmax().value }
        return ranges.enumerated().map { row, range in
            let best = values.map { Self.best($0, row) }
            let act = ClauseAct(rawValue: best[0].index) ?? .unrelated
            var confidence = best[0].probability
            if act.isEdit {
                // A degree and a step towards it are not in each other's way.
                let others: [ClauseAct] = act == .target ? [.up, .down] : [.target]
                let width = ClauseAct.allCases.count
                confidence += others.map { values[0].values[row * width + $0.rawValue] }.max() ?? 0
                confidence *= best[1].probability
            }
            return ClauseReading(
                act: act,
                attribute: EditRequest.Attribute.allCases[best[1].index],
                degree: best[2].index,
                confidence: confidence,
                tokens: Array(tokens[range])
            )
        }
    }

    private func word(for token: RequestToken) -> TextNetwork.Word {
        let text = vocabulary.corrected(token.word)
        let vector = vocabulary.row(of: text)
        return TextNetwork.Word(text: text, vector: vector, hasPieces: vector == nil || vocabulary.knows(text))
    }

    private static let marks: Set = [",", ".", "?"]
    /// Words that name nothing by themselves.
    private static let joining: Set = [
        "and", "but", "or", "so", "then", "yet", "though", "although", "while", "because", "also", "plus", "just",
    ]

    /// Runs of words that belong together; a run of marks and joining words alone is none.
    private static func ranges(_ tags: [Float], _ tokens: [RequestToken]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start: Int?
        for index in tokens.indices {
            let tag =
                (0..<3).max { tags[3 * index + $0] < tags[3 * index + $1] }.flatMap(TextNetwork.Tag.init) ?? .inside
            if tag != .inside, let begun = start {
                ranges.append(begun..<index)
                start = nil
            }
            if tag != .outside, start == nil { start = index }
        }
        if let start { ranges.append(start..<tokens.count) }
        return ranges.filter { range in
            tokens[range].contains { !marks.contains($0.word) && !joining.contains($0.word) }
        }
    }

    /// The words of the sentence from the first token to the last.
    private static func span(of tokens: [RequestToken], in sentence: String) -> String {
        let words = tokens.filter { !marks.contains($0.word) }
        guard let first = words.first, let last = words.last else { return sentence }
        return String(sentence[first.range.lowerBound..<last.range.upperBound])
    }

    private static func best(_ probabilities: Tensor, _ row: Int) -> (index: Int, probability: Float) {
        let width = probabilities.shape[1]
        let values = probabilities.values[row * width..<(row + 1) * width]
        return values.enumerated().max { $0.element < $1.element }.map { ($0.offset, $0.element) } ?? (0, 0)
    }
}
