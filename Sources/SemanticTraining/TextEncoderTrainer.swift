import Foundation
import Networks
import SemanticCoding
import Tensor

/// How the text encoder is trained.
package struct TextEncoderTrainingSettings: Sendable {
    package var seed: UInt64 = 1
    package var steps = 5000
    /// Sentences a step.
    package var batch = 64
    /// Peak learning rate of Adam; it rises over the first steps and falls linearly to nothing.
    package var learningRate: Float = 3e-3
    /// Checkpoint file, written every `checkpointEvery` steps; training goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 200

    package init() {}
}

/// Trains the text encoder on sentences of `RequestGrammar`, fresh ones at every step.
package struct TextEncoderTrainer {
    /// How often in training a word that has a vector comes without its pieces, as one that was never seen will, and how
    /// often without its vector.
    private static let (withoutPieces, withoutVector): (Float, Float) = (0.2, 0.05)

    private let vectors: Tensor
    private let words: [String]

    /// - Parameter vectors: the file with the word vectors: one that `Scripts/word_vectors.py` made, or an encoder's.
    /// - Throws: `SafetensorsError`.
    package init(vectors file: SafetensorsFile) throws {
        words = RequestVocabulary(metadata: file.metadata).words
        vectors = try file.tensor("vectors")
        let shape = [words.count, TextNetwork.vectorWidth]
        guard vectors.shape == shape else {
            throw SafetensorsError.shapeMismatch(name: "vectors", expected: shape, found: vectors.shape)
        }
    }

    /// Trains and writes the encoder to `output` in half precision. The same settings give the same weights, also when
    /// the training was interrupted and resumed from its checkpoint.
    ///
    /// - Parameter progress: called after every step; an error it throws ends the training.
    package func train(
        _ settings: TextEncoderTrainingSettings,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let grammar = RequestGrammar(words: farWords())
        let vocabulary = RequestVocabulary(words: words, known: Self.known(grammar))
        let checkpoint = TrainingCheckpoint(settings.checkpoint, of: settings, data: ["words": "\(words.count)"])
        let saved = try checkpoint.tensors()
        var tensors = TextNetwork.initialTensors(vectors: vectors, seed: settings.seed)
        if let path = checkpoint.path, !saved.isEmpty {
            tensors = try TextSemanticEncoder.tensors(of: SafetensorsFile(path: path), vectors: words.count)
        }
        let network = TextNetwork(tensors: tensors, trainable: true)
        let trained = Array(network.parameters.dropFirst())
        let adam = Adam(parameters: trained, learningRate: settings.learningRate)
        if !saved.isEmpty { try adam.restore(saved) }
        let first = adam.steps
        let began = ContinuousClock.now
        for step in first..<max(first, settings.steps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(step))
            let outcome = gradientStep(network, Batch(grammar, vocabulary, settings.batch, &random))
            clipGradients(of: trained, to: 1)
            let remaining = Float(settings.steps - step) / Float(settings.steps)
            adam.learningRate = settings.learningRate * min(1, Float(step + 1) / 50) * remaining
            adam.step()
            adam.zeroGradients()
            try progress(
                TrainingProgress(
                    step: step + 1,
                    steps: settings.steps,
                    first: first,
                    began: began,
                    loss: outcome.loss,
                    note: "\(Int((outcome.accuracy * 100).rounded())) % of the clauses right"
                )
            )
            if let path = checkpoint.path, (step + 1) % settings.checkpointEvery == 0 {
                try write(network, settings, adam: adam, more: checkpoint.metadata(vocabulary.metadata), to: path)
            }
        }
        try write(network, settings, adam: nil, more: vocabulary.metadata, to: output)
    }

    /// The words of noiseless sentences that occur more than once or twice, the most frequent first.
    private static func known(_ grammar: RequestGrammar) -> [String] {
        var random = SeededGenerator(seed: 0x4B4E_4F57)
        var counts: [String: Int] = [:]
        for _ in 0..<30_000 {
            for part in grammar.sentence(&random, isNoisy: false).parts where part.meaning?.classes.act != .unrelated {
                for token in (try? RequestTokenizer.tokens(of: part.text)) ?? [] where token.quantity == nil {
                    counts[token.word, default: 0] += 1
                }
            }
        }
        return counts.filter { $0.value > 2 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    /// Words with vectors that lie far from what requests are about.
    private func farWords() -> [String] {
        let anchors = Set(
            """
            beard moustache whiskers stubble shave bangs fringe forehead glasses spectacles sunglasses goggles smile grin
            laugh happy sad angry joy cheerful old young age aged older year years decade remove keep more less undo again
            back start thanks nice not the teenager child senior hair frame lens
            """.split { $0 == " " || $0 == "\n" }.map(String.init)
        )
        let width = TextNetwork.vectorWidth
        let values = vectors.values
        func unit(_ row: Int) -> [Float] {
            let vector = values[row * width..<(row + 1) * width]
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 / max(length, 1e-6) }
        }
        let near = words.indices.filter { anchors.contains(words[$0]) }.map(unit)
        return words.indices.filter { row in
            guard words[row].count > 3 else { return false }
            let its = unit(row)
            return near.allSatisfy { zip($0, its).reduce(0) { $0 + $1.0 * $1.1 } < 0.35 }
        }.map { words[$0] }
    }

    /// Sentences as the network reads them, and what it should say.
    private struct Batch {
        var sentences: [[TextNetwork.Word]] = []
        var tags: [Int] = []
        var clauses: [TextNetwork.Clause] = []
        var (act, attribute, degree): ([Float], [Float], [Float]) = ([], [], [])

        init(
            _ grammar: RequestGrammar,
            _ vocabulary: RequestVocabulary,
            _ count: Int,
            _ random: inout SeededGenerator
        ) {
            while sentences.count < count { add(grammar.sentence(&random), vocabulary, &random) }
        }

        /// A sentence that cannot be read is left out.
        private mutating func add(
            _ sentence: RequestGrammar.Sentence,
            _ vocabulary: RequestVocabulary,
            _ random: inout SeededGenerator
        ) {
            let text = sentence.text
            guard let tokens = try? RequestTokenizer.tokens(of: text) else { return }
            var tags = [TextNetwork.Tag](repeating: .outside, count: tokens.count)
            var found: [(ClauseMeaning, Range<Int>)] = []
            var (end, next) = (text.startIndex, 0)
            for part in sentence.parts {
                end = text.utf8.index(end, offsetBy: part.text.utf8.count)
                let first = next
                while next < tokens.count, tokens[next].range.lowerBound < end { next += 1 }
                guard let meaning = part.meaning, first < next else { continue }
                for index in first..<next { tags[index] = index == first ? .first : .inside }
                found.append((meaning, first..<next))
            }
            self.tags += tags.map(\.rawValue)
            for (meaning, range) in found {
                let classes = meaning.classes
                let saysNumber = tokens[range].contains { $0.quantity != nil }
                clauses.append(TextNetwork.Clause(sentence: sentences.count, words: range))
                act += TextEncoderTrainer.oneHot(classes.act.rawValue, ClauseAct.allCases.count)
                attribute += TextEncoderTrainer.oneHot(classes.attribute, 5)
                degree += TextEncoderTrainer.oneHot(saysNumber ? nil : classes.degree, 6)
            }
            sentences.append(
                tokens.map { token in
                    let text = vocabulary.corrected(token.word)
                    var vector = vocabulary.row(of: text)
                    let hasPieces = vector == nil || !random.chance(withoutPieces)
                    if hasPieces, random.chance(withoutVector) { vector = nil }
                    return TextNetwork.Word(text: text, vector: vector, hasPieces: hasPieces)
                }
            )
        }
    }

    /// Gradients of one batch's loss: cross-entropies of the tags, of the acts, and of attribute and degree where a clause
    /// has them.
    private func gradientStep(_ network: TextNetwork, _ batch: Batch) -> (loss: Double, accuracy: Double) {
        let states = network.states(batch.sentences)
        let answer = network.answer(batch.clauses, states)
        let loss =
            network.tags(states).softmaxCrossEntropy(targets: batch.tags)
            + answer.act.softmaxCrossEntropy(targets: batch.act)
            + answer.attribute.softmaxCrossEntropy(targets: batch.attribute)
            + answer.degree.softmaxCrossEntropy(targets: batch.degree)
        loss.backward()
        let heads = [(answer.act, batch.act), (answer.attribute, batch.attribute), (answer.degree, batch.degree)]
        let right = batch.clauses.indices.count { row in
            heads.allSatisfy { Self.agrees($0.0.value, $0.1, row) }
        }
        return (Double(loss.scalar), Double(right) / Double(max(1, batch.clauses.count)))
    }

    private static func oneHot(_ index: Int?, _ count: Int) -> [Float] { (0..<count).map { $0 == index ? 1 : 0 } }

    /// Whether the likeliest class of the row is its target, or there is none.
    private static func agrees(_ logits: Tensor, _ targets: [Float], _ row: Int) -> Bool {
        let width = logits.shape[1]
        let range = row * width..<(row + 1) * width
        guard let wanted = range.first(where: { targets[$0] == 1 }) else { return true }
        return logits.withUnsafeBufferPointer { values in range.allSatisfy { values[$0] <= values[wanted] } }
    }

    private func write(
        _ network: TextNetwork,
        _ settings: TextEncoderTrainingSettings,
        adam: Adam?,
        more: [String: String] = [:],
        to path: String
    ) throws {
        var tensors = zip(TextNetwork.shapes(vectors: words.count), network.parameters)
            .map { (name: $0.name, tensor: $1.value, fp16: adam == nil || $0.name == "vectors") }
        for (name, tensor) in (adam?.state ?? [:]).sorted(by: { $0.key < $1.key }) {
            tensors.append((name: name, tensor: tensor, fp16: false))
        }
        let metadata = [
            "network": "text-encoder", "licence": "Apache-2.0; word vectors from all-MiniLM-L6-v2, Apache-2.0",
            "seed": "\(settings.seed)",
            "steps": "\(settings.steps)",
            "batch": "\(settings.batch)", "learning_rate": "\(settings.learningRate)",
        ].merging(more) { first, _ in first }
        try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
    }
}
