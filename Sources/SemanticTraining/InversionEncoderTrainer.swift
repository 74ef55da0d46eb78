import Foundation
import Networks
import SemanticCoding
import Tensor

/// How the inversion encoder is trained.
package struct InversionEncoderTrainingSettings: Sendable {
    package var seed: UInt64 = 1
    package var steps = 2400
    /// Faces of a step.
    package var batch = 6
    /// Peak learning rate of Adam.
    package var learningRate: Float = 1e-3
    /// λ of the paper's eq. 8, as in the inversion.
    package var lpipsWeight: Float = 3.3
    /// Weight of 1 − cosine of the SFace embeddings.
    package var identityWeight: Float = 0.3
    /// Weight of the mean square of the codes, in standard deviations: keeps them usual.
    package var priorWeight: Float = 0.02
    /// Checkpoint file, written every `checkpointEvery` steps; training goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 25

    package init() {}
}

/// Trains the `InversionEncoder` on photos and on drawn faces, whose codes are known. The encoder makes its passes at each,
/// every one from where the last came to, and each is told what the inversion itself minimises, through the generator; drawn
/// faces say by how much the code is off too.
package struct InversionEncoderTrainer {
    private let passes: EncoderPasses
    private let lpips: LPIPS
    private let identity: IdentityNet

    /// - Parameters:
    ///   - generator: of expanded codes; draws 128 pixels.
    ///   - statistics: of these codes.
    ///   - lpips: the VGG16 variant.
    package init(generator: any StyleGenerator, statistics: LatentStatistics, lpips: LPIPS, identity: IdentityNet) {
        passes = EncoderPasses(generator: generator, statistics: statistics, lpips: lpips)
        self.lpips = lpips
        self.identity = identity
    }

    /// Trains and writes the encoder to `output` in half precision. The same settings give the same weights, also when
    /// the training was interrupted and resumed from its checkpoint.
    ///
    /// - Parameters:
    ///   - photos: without them all faces are drawn ones.
    ///   - progress: called after every step; an error it throws ends the training.
    package func train(
        _ settings: InversionEncoderTrainingSettings,
        photos: FaceDataset?,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let shapes = InversionEncoder.shapes(count: passes.deviations.count)
        let checkpoint = TrainingCheckpoint(
            settings.checkpoint,
            of: settings,
            data: ["photos": photos.map { "\(Fingerprint($0))" } ?? "none"]
        )
        let saved = try checkpoint.tensors()
        let fresh = InversionEncoder(seed: settings.seed, count: passes.deviations.count).tensors
        let parameters = try trainableParameters(shapes, saved: saved, fresh: fresh)
        let ordered = shapes.compactMap { parameters[$0.name] }
        let adam = Adam(parameters: ordered, learningRate: settings.learningRate)
        if saved["step"] != nil { try adam.restore(saved) }
        let first = adam.steps
        let metadata = [
            "network": "inversion-encoder", "seed": "\(settings.seed)", "steps": "\(settings.steps)",
            "licence": "Research use only: trained with a generator trained on FFHQ, and on CelebA",
        ]
        let began = ContinuousClock.now
        for step in first..<max(first, settings.steps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(step))
            let done = Double(step) / Double(settings.steps)
            let scores = gradientStep(parameters, settings, photos: photos, done: done, &random)
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
                    loss: scores.loss,
                    note: String(format: "LPIPS %.3f, SFace %.2f", scores.lpips, scores.cosine)
                )
            )
            if let path = checkpoint.path, (step + 1) % settings.checkpointEvery == 0 {
                try writeTraining(
                    shapes,
                    parameters,
                    adam: adam,
                    metadata: checkpoint.metadata(metadata),
                    to: path
                )
            }
        }
        try writeTraining(shapes, parameters, adam: nil, metadata: metadata, to: output)
    }

    /// One batch, one face at a time (so that memory stays that of one picture); gradients add up. Half of the faces are
    /// drawn at first, a tenth at the end, but one at least.
    ///
    /// - Returns: means over the faces, after the last pass.
    private func gradientStep(
        _ parameters: [String: Variable],
        _ settings: InversionEncoderTrainingSettings,
        photos: FaceDataset?,
        done: Double,
        _ random: inout SeededGenerator
    ) -> (loss: Double, lpips: Double, cosine: Double) {
        var sums = (loss: 0.0, lpips: 0.0, cosine: 0.0)
        let count = Double(settings.batch)
        let drawn = photos == nil ? settings.batch : max(1, Int((count * (0.5 - 0.4 * done)).rounded()))
        let (size, weight) = (passes.deviations.count, Variable(passes.deviations.squaresOverTheirMean))
        for index in 0..<settings.batch {
            var known: Variable?
            let target: Variable
            if let photos, index >= drawn {
                let photo = Variable(photos.images([random.index(photos.count)]))
                target = random.chance(0.5) ? photo.mirrored : photo
            } else {
                let truncation = Float.random(in: 0.6...1.1, using: &random)
                let code = Variable(Tensor(normal: [1, size], deviation: truncation, generator: &random))
                (known, target) = (code, passes.synthesize(code))
            }
            let goal = passes.view(target)
            let objective = InversionObjective(
                photo: target,
                lpips: lpips,
                identity: identity,
                lpipsWeight: settings.lpipsWeight,
                identityWeight: settings.identityWeight
            )
            var (code, view) = (Variable(Tensor(zeros: [1, size])), passes.mean)
            for pass in 1...LearnedStart.passCount {
                let moved =
                    code + InversionEncoder.change(of: code, picture: view, target: goal, parameters: parameters)
                let picture = passes.synthesize(moved)
                let value = objective.value(of: picture)
                var loss = value.loss + moved.squared().mean() * settings.priorWeight
                if let known { loss = loss + ((moved - known).squared() * weight).mean() }
                (loss * (1 / Float(settings.batch * LearnedStart.passCount))).backward()
                if pass == LearnedStart.passCount {
                    sums.loss += Double(loss.scalar) / count
                    sums.lpips += value.lpips / count
                    sums.cosine += value.cosine / count
                } else {
                    (code, view) = (moved.detached, passes.view(picture))
                }
            }
        }
        return sums
    }
}

extension Tensor {
    /// The squares, over their mean: how much one standard deviation of each number costs in the code, and roughly in the
    /// picture.
    fileprivate var squaresOverTheirMean: Tensor {
        let squares = values.map { $0 * $0 }
        let mean = squares.reduce(0, +) / Float(max(1, squares.count))
        return Tensor(squares.map { $0 / mean }, shape: shape)
    }
}
