import Foundation
import Networks
import Tensor

/// How the attribute predictor is trained.
package struct AttributePredictorTrainingSettings: Sendable {
    package var seed: UInt64 = 1
    package var epochs = 7
    package var batch = 64
    /// Peak of the one-cycle learning rate.
    package var learningRate: Float = 3e-3
    /// Epochs over the frozen features when the degree heads are fitted.
    package var headEpochs = 30
    /// Checkpoint file, written after every `checkpointEvery` steps; training goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 100

    package init() {}
}

/// Trains the attribute predictor in two stages: the trunk learns the data's binary attributes (binary
/// cross-entropy), then five heads of six ordered pseudo-degrees are fitted on the frozen trunk (cross-entropy).
package struct AttributePredictorTrainer {
    package init() {}

    /// Trains and writes the network to `output`. The same settings give the same weights, also when the training
    /// was interrupted and resumed.
    package func train(
        _ settings: AttributePredictorTrainingSettings,
        data: FaceDataset,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let checkpoint = TrainingCheckpoint(
            settings.checkpoint,
            of: settings,
            ignoring: ["headEpochs"],
            data: ["photos": "\(Fingerprint(data))"]
        )
        let saved = try checkpoint.tensors()
        let net = TrainableAttributePredictor(outputs: data.attributes.count, seed: settings.seed, saved: saved)
        try trainTrunk(net, settings, data: data, checkpoint: checkpoint, saved: saved, progress: progress)
        let head = try fitHeads(net, settings, data: data, progress: progress)
        var tensors = net.tensors
        tensors["head.weight"] = head.weight
        tensors["head.bias"] = head.bias
        try SafetensorsWriter.write(
            tensors.sorted { $0.key < $1.key }.map {
                (name: $0.key, tensor: $0.value, fp16: $0.value.shape.count == 4)
            },
            metadata: [
                "licence": "Research use only: trained on CelebA",
                "recipe": "modelctl train attribute-predictor --seed \(settings.seed) --epochs \(settings.epochs)",
            ],
            to: output
        )
    }

    private func trainTrunk(
        _ net: TrainableAttributePredictor,
        _ settings: AttributePredictorTrainingSettings,
        data: FaceDataset,
        checkpoint: TrainingCheckpoint,
        saved: [String: Tensor],
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let perEpoch = max(1, data.count / settings.batch)
        let steps = settings.epochs * perEpoch
        let adam = Adam(parameters: net.ordered, learningRate: settings.learningRate)
        if saved["step"] != nil { try adam.restore(saved) }
        let first = adam.steps
        let began = ContinuousClock.now
        for step in first..<max(first, steps) {
            var order = SeededGenerator(seed: settings.seed &* 7919 &+ UInt64(step / perEpoch))
            let rows = Array(0..<data.count).shuffled(using: &order)
            let begin = (step % perEpoch) * settings.batch
            let pick = rows[begin..<min(rows.count, begin + settings.batch)]
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(step))
            let logits = net.head(net.features(Variable(data.augmented(pick, random: &random)), training: true))
            let truth = Variable(Tensor(pick.flatMap { data.labels[$0] }, shape: logits.shape))
            let loss = (logits.softplus() - logits * truth).mean()
            loss.backward()
            adam.learningRate = settings.learningRate * Self.oneCycle(Double(step) / Double(steps))
            adam.step()
            adam.zeroGradients()
            try progress(
                TrainingProgress(
                    step: step + 1,
                    steps: steps,
                    first: first,
                    began: began,
                    loss: Double(loss.scalar),
                    note: "epoch \(step / perEpoch + 1)"
                )
            )
            if let path = checkpoint.path, (step + 1) % settings.checkpointEvery == 0 || step + 1 == steps {
                let tensors = net.tensors.merging(adam.state) { first, _ in first }
                try SafetensorsWriter.write(
                    tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value, fp16: false) },
                    metadata: checkpoint.metadata(),
                    to: path
                )
            }
        }
    }

    /// Warm-up over the first 15 %, then a cosine to zero.
    static func oneCycle(_ t: Double) -> Float {
        t < 0.15 ? Float(0.04 + 0.96 * t / 0.15) : Float(0.5 + 0.5 * cos((t - 0.15) / 0.85 * .pi))
    }

    private func fitHeads(
        _ net: TrainableAttributePredictor,
        _ settings: AttributePredictorTrainingSettings,
        data: FaceDataset,
        progress: (TrainingProgress) throws -> Void
    ) throws -> (weight: Tensor, bias: Tensor) {
        var features: [Float] = []
        var logits: [[Float]] = []
        let width = TrainableAttributePredictor.widths[4]
        for begin in stride(from: 0, to: data.count, by: 64) {
            let found = net.features(
                Variable(data.images(begin..<min(data.count, begin + 64))),
                training: false
            )
            features += found.value.values
            let flat = net.head(found.detached).value.values
            let columns = data.attributes.count
            logits += stride(from: 0, to: flat.count, by: columns).map { Array(flat[$0..<$0 + columns]) }
        }
        guard
            let degrees = PseudoDegrees.degrees(
                logits: logits,
                darkness: data.pictures.map(PseudoDegrees.darkness),
                labels: data.labels,
                attributes: data.attributes
            )
        else { throw FaceDatasetError.noLabels("the label table lacks an attribute that the degrees need") }

        var random = SeededGenerator(seed: settings.seed ^ 0x6865_6164)
        let outputs = 30
        let weight = Variable(
            Tensor((0..<outputs * width).map { _ in random.normal() * 0.01 }, shape: [outputs, width]),
            requiresGradient: true
        )
        let bias = Variable(Tensor(zeros: [outputs]), requiresGradient: true)
        let adam = Adam(parameters: [weight, bias], learningRate: 3e-3)
        let batch = min(512, data.count)
        let perEpoch = data.count / batch
        let steps = settings.headEpochs * perEpoch
        for step in 0..<steps {
            var order = SeededGenerator(seed: settings.seed &* 104_729 &+ UInt64(step / perEpoch))
            let rows = Array(0..<data.count).shuffled(using: &order)
            let pick = rows[(step % perEpoch) * batch..<(step % perEpoch + 1) * batch]
            let x = Tensor(pick.flatMap { features[$0 * width..<($0 + 1) * width] }, shape: [batch, width])
            let out = Variable(x).linear(weight: weight, bias: bias).reshaped([batch * 5, 6])
            let loss = out.softmaxCrossEntropy(targets: pick.flatMap { degrees[$0] })
            loss.backward()
            adam.learningRate = 3e-3 * Float(0.5 + 0.5 * cos(Double(step) / Double(steps) * .pi))
            adam.step()
            adam.zeroGradients()
            try progress(
                TrainingProgress(
                    step: step + 1,
                    steps: steps,
                    loss: Double(loss.scalar),
                    note: "degree heads",
                    secondsLeft: 0
                )
            )
        }
        return (weight.value, bias.value)
    }
}
