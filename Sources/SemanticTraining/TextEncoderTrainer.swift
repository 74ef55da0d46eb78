import Foundation
import Networks
import SemanticCoding
import Tensor

/// How the text encoder is trained.
package struct TextEncoderTrainingSettings: Sendable {
    package var seed: UInt64 = 1
    package var steps = 9000
    /// Sentences a step.
    package var batch = 64
    /// Peak learning rate of Adam; it rises over the first steps and falls linearly to nothing.
    package var learningRate: Float = 4e-3
    /// Checkpoint file, written every `checkpointEvery` steps; training goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 200

    package init() {}
}

/// Trains the text encoder on sentences of `RequestGrammar`, fresh ones at every step.
package struct TextEncoderTrainer {
    package init() {}

    /// Trains and writes the encoder to `output` in half precision. The same settings give the same weights, also when
    /// the training was interrupted and resumed from its checkpoint.
    ///
    /// - Parameter progress: called after every step; an error it throws ends the training.
    package func train(
        _ settings: TextEncoderTrainingSettings,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let grammar = RequestGrammar()
        let checkpoint = TrainingCheckpoint(settings.checkpoint, of: settings)
        let saved = try checkpoint.tensors()
        var tensors = TextNetwork.initialTensors(seed: settings.seed)
        if let path = checkpoint.path, !saved.isEmpty {
            tensors = try TextSemanticEncoder.tensors(of: SafetensorsFile(path: path))
        }
        let network = TextNetwork(tensors: tensors, trainable: true)
        let adam = Adam(parameters: network.parameters, learningRate: settings.learningRate)
        if !saved.isEmpty { try adam.restore(saved) }
        let first = adam.steps
        let began = ContinuousClock.now
        for step in first..<max(first, settings.steps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(step))
            let outcome = gradientStep(network, grammar, settings.batch, &random)
            clipGradients(of: network.parameters, to: 1)
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
                    note: "\(Int((outcome.accuracy * 100).rounded())) % of the batch right"
                )
            )
            if let path = checkpoint.path, (step + 1) % settings.checkpointEvery == 0 {
                try write(network, settings, adam: adam, more: checkpoint.metadata(), to: path)
            }
        }
        try write(network, settings, adam: nil, to: output)
    }

    /// Gradients of one batch's loss: cross-entropy of the attribute, and of kind and degree where there is a request.
    private func gradientStep(
        _ network: TextNetwork,
        _ grammar: RequestGrammar,
        _ batch: Int,
        _ random: inout SeededGenerator
    ) -> (loss: Double, accuracy: Double) {
        var sentences: [[String]] = []
        var targets = (attribute: [Float](), kind: [Float](), degree: [Float]())
        while sentences.count < batch {
            let sentence = grammar.sentence(&random)
            guard let words = try? RequestTokenizer.words(of: sentence.text) else { continue }
            sentences.append(words)
            let classes = Self.classes(of: sentence.meaning)
            targets.attribute += Self.oneHot(classes.attribute, TextNetwork.several + 1)
            targets.kind += Self.oneHot(classes.kind, 3)
            targets.degree += Self.oneHot(classes.degree, 6)
        }
        let answer = network(sentences) { !random.chance(0.15) }
        let loss =
            answer.attribute.softmaxCrossEntropy(targets: targets.attribute)
            + answer.kind.softmaxCrossEntropy(targets: targets.kind)
            + answer.degree.softmaxCrossEntropy(targets: targets.degree)
        loss.backward()
        let heads = [
            (answer.attribute, targets.attribute), (answer.kind, targets.kind), (answer.degree, targets.degree),
        ]
        let right = (0..<batch).count { row in heads.allSatisfy { Self.agrees($0.0.value, $0.1, row) } }
        return (Double(loss.scalar), Double(right) / Double(batch))
    }

    /// The class of each head; nil where the sentence has none.
    private static func classes(of meaning: RequestGrammar.Meaning) -> (attribute: Int, kind: Int?, degree: Int?) {
        switch meaning {
        case .unrelated: return (TextNetwork.unrelated, nil, nil)
        case .several: return (TextNetwork.several, nil, nil)
        case .request(let request):
            let attribute = EditRequest.Attribute.allCases.firstIndex(of: request.attribute) ?? 0
            switch request.kind {
            case .target(let degree): return (attribute, TextNetwork.target, degree)
            case .change(let direction, let degree):
                return (attribute, direction == .up ? TextNetwork.up : TextNetwork.down, degree)
            }
        }
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
        var tensors = zip(TextNetwork.shapes, network.parameters)
            .map { (name: $0.name, tensor: $1.value, fp16: adam == nil) }
        for (name, tensor) in (adam?.state ?? [:]).sorted(by: { $0.key < $1.key }) {
            tensors.append((name: name, tensor: tensor, fp16: false))
        }
        let metadata = [
            "network": "text-encoder", "licence": "Apache-2.0", "seed": "\(settings.seed)",
            "steps": "\(settings.steps)",
            "batch": "\(settings.batch)", "learning_rate": "\(settings.learningRate)",
        ].merging(more) { first, _ in first }
        try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
    }
}
