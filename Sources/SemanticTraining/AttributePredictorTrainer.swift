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
    package var headEpochs = 12
    /// How many drawn faces the heads are fitted to besides.
    package var drawn = 1500
    /// Checkpoint file, written after every `checkpointEvery` steps; training goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 100

    package init() {}
}

/// Trains the attribute predictor in two stages: the trunk learns the data's binary attributes (binary
/// cross-entropy), then five heads of six ordered pseudo-degrees are fitted on the frozen trunk (`DegreeHeadTrainer`).
package struct AttributePredictorTrainer {
    package init() {}

    /// Trains and writes the network to `output`. The same settings give the same weights, also when the training
    /// was interrupted and resumed.
    ///
    /// - Parameters:
    ///   - trunk: a predictor whose trunk stays as it is; only its heads are fitted.
    ///   - drawn: what drawn faces look like before and after a channel; none are looked at when nil.
    package func train(
        _ settings: AttributePredictorTrainingSettings,
        data: FaceDataset,
        trunk: SafetensorsFile? = nil,
        drawn: DrawnFaces? = nil,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let checkpoint = TrainingCheckpoint(
            settings.checkpoint,
            of: settings,
            ignoring: ["headEpochs", "drawn"],
            data: ["photos": "\(Fingerprint(data))"]
        )
        var saved: [String: Tensor] = [:]
        if let trunk {
            for name in trunk.names where !name.hasPrefix("head") { saved[name] = try trunk.tensor(name) }
        } else {
            saved = try checkpoint.tensors()
        }
        let net = TrainableAttributePredictor(outputs: data.attributes.count, seed: settings.seed, saved: saved)
        if trunk == nil {
            try trainTrunk(net, settings, data: data, checkpoint: checkpoint, saved: saved, progress: progress)
        }
        let faces = try look(net, settings, data: data, drawn: drawn, progress: progress)
        let heads = try DegreeHeadTrainer(seed: settings.seed, epochs: settings.headEpochs)
            .fit(faces, data: data, progress: progress)
        var tensors = net.tensors
        let width = TrainableAttributePredictor.widths[4]
        tensors["head.weight"] = Tensor(heads.flatMap(\.weights), shape: [heads.count, width])
        tensors["head.bias"] = Tensor(heads.map(\.bias), shape: [heads.count])
        tensors["head.precision"] = Tensor(heads.map(\.precision), shape: [heads.count])
        try SafetensorsWriter.write(
            tensors.sorted { $0.key < $1.key }.map {
                (name: $0.key, tensor: $0.value, fp16: $0.value.shape.count == 4)
            },
            metadata: [
                "licence": "Research use only: trained on CelebA",
                "recipe": "modelctl train attribute-predictor --seed \(settings.seed)"
                    + (trunk == nil ? " --epochs \(settings.epochs)" : " --trunk"),
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

    /// The features that the heads are fitted to.
    private func look(
        _ net: TrainableAttributePredictor,
        _ settings: AttributePredictorTrainingSettings,
        data: FaceDataset,
        drawn: DrawnFaces?,
        progress: (TrainingProgress) throws -> Void
    ) throws -> DegreeHeadTrainer.Faces {
        var faces = DegreeHeadTrainer.Faces()
        let began = ContinuousClock.now
        let count = data.count + (drawn == nil ? 0 : settings.drawn)
        func report(_ done: Int) throws {
            try progress(
                TrainingProgress(
                    step: done,
                    steps: count,
                    first: 0,
                    began: began,
                    loss: 0,
                    note: "looking at faces"
                )
            )
        }
        func features(_ images: Tensor) -> [[Float]] {
            let values = net.features(Variable(images), training: false).value.values
            let width = TrainableAttributePredictor.widths[4]
            return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
        }
        var random = SeededGenerator(seed: settings.seed ^ 0x6865_6164)
        for begin in stride(from: 0, to: data.count, by: 64) {
            let rows = begin..<min(data.count, begin + 64)
            faces.plain += features(data.images(rows))
            faces.shaken += features(data.augmented(rows, random: &random))
            try report(rows.upperBound)
        }
        guard let drawn else { return faces }
        for index in 0..<settings.drawn {
            let pair = drawn.pair(using: &random)
            faces.drawn += features(pair.sent)
            faces.received += features(pair.received)
            try report(data.count + index + 1)
        }
        return faces
    }
}
