import Foundation
import Networks
import Tensor

/// How the DeepSC autoencoder is trained.
package struct DeepSCTrainingSettings: Sendable {
    package var seed: UInt64 = 1
    package var steps = 8000
    /// Squares of a step, each of another photo.
    package var batch = 4
    /// Edge in pixels of the squares cut from the photos: the network is one of convolutions alone, and squares of
    /// different photos teach more than the whole of one.
    package var crop = 64
    /// Peak learning rate of Adam; it rises over the first steps and falls along a cosine to nothing.
    package var learningRate: Float = 5e-4
    /// Es/N0 in dB of the channel it is trained through (the paper: 10).
    package var snr = 10.0
    /// Checkpoint file, written every `checkpointEvery` steps; training goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 50

    package init() {}
}

/// Trains the baseline of the paper, end to end through an AWGN channel, by the mean squared error alone.
package struct DeepSCTrainer {
    /// A trainer.
    package init() {}

    /// Trains and writes both halves in half precision. The same settings give the same weights, also when the training
    /// was interrupted and resumed from its checkpoint.
    ///
    /// - Parameters:
    ///   - photos: of training people; squares are cut from them.
    ///   - outputs: the encoder's file and the decoder's.
    ///   - progress: called after every step; an error it throws ends the training.
    /// - Throws: `TrainingCheckpointError`, `SafetensorsError`, `OptimizerError`, `FileError`.
    package func train(
        _ settings: DeepSCTrainingSettings,
        photos: FaceDataset,
        outputs: (encoder: String, decoder: String),
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let shapes = DeepSCAutoencoder.Half.allCases.flatMap(\.shapes)
        let checkpoint = TrainingCheckpoint(
            settings.checkpoint,
            of: settings,
            data: ["photos": "\(Fingerprint(photos))"]
        )
        let saved = try checkpoint.tensors()
        let fresh = DeepSCAutoencoder.fresh(seed: settings.seed)
        let parameters = try trainableParameters(shapes, saved: saved, fresh: fresh)
        let ordered = shapes.compactMap { parameters[$0.name] }
        let adam = Adam(parameters: ordered, learningRate: settings.learningRate)
        if saved["step"] != nil { try adam.restore(saved) }
        let first = adam.steps
        let metadata = [
            "network": "deepsc", "seed": "\(settings.seed)", "steps": "\(settings.steps)",
            "photos": "\(photos.count)", "licence": "Research use only: trained on CelebA",
        ]
        let began = ContinuousClock.now
        for step in first..<max(first, settings.steps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(step))
            let done = Double(step) / Double(settings.steps)
            let error = gradientStep(parameters, settings, photos: photos, &random)
            clipGradients(of: ordered, to: 1)
            adam.learningRate =
                settings.learningRate * min(1, Float(step + 1) / 100) * Float(0.5 + 0.5 * cos(done * .pi))
            adam.step()
            adam.zeroGradients()
            try progress(
                TrainingProgress(
                    step: step + 1,
                    steps: settings.steps,
                    first: first,
                    began: began,
                    loss: error,
                    note: String(format: "PSNR %.1f dB", 10 * log10(4 / error))
                )
            )
            if let path = checkpoint.path, (step + 1) % settings.checkpointEvery == 0 {
                try writeTraining(shapes, parameters, adam: adam, metadata: checkpoint.metadata(metadata), to: path)
            }
        }
        for (half, path) in [(DeepSCAutoencoder.Half.encoder, outputs.encoder), (.decoder, outputs.decoder)] {
            try writeTraining(half.shapes, parameters, adam: nil, metadata: metadata, to: path)
        }
    }

    /// One batch of squares from anywhere in the photos, half of the batches mirrored.
    ///
    /// - Returns: the mean squared error of pictures in [−1, 1].
    private func gradientStep(
        _ parameters: [String: Variable],
        _ settings: DeepSCTrainingSettings,
        photos: FaceDataset,
        _ random: inout SeededGenerator
    ) -> Double {
        let rows = (0..<settings.batch).map { _ in random.index(photos.count) }
        let places = FaceDataset.edge - settings.crop + 1
        let cuts = rows.map { row in
            let (top, left) = (random.index(places), random.index(places))
            return Variable(photos.images([row]))
                .slice(axis: 1, range: top..<top + settings.crop)
                .slice(axis: 2, range: left..<left + settings.crop)
        }
        let squares = Variable.concatenated(cuts, axis: 0)
        let target = random.chance(0.5) ? squares.mirrored : squares
        let sent = DeepSCAutoencoder.encode(target, parameters: parameters).normalizedPower
        let deviation = Float(pow(10, -settings.snr / 20))
        let noise = Variable(Tensor(normal: sent.shape, deviation: deviation, generator: &random))
        let error = (DeepSCAutoencoder.decode(sent + noise, parameters: parameters) - target).squared().mean()
        error.backward()
        return Double(error.scalar)
    }
}

extension Variable {
    /// Of unit mean square (equation 4).
    fileprivate var normalizedPower: Variable {
        self * (squared().mean() + 1e-8).squareRoot().reciprocal()
    }
}
