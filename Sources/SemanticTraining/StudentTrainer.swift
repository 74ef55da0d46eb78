import Foundation
import Networks
import SemanticCoding
import Tensor

/// How the 128-pixel student is trained.
package struct StudentTrainingSettings: Sendable {
    package var seed: UInt64 = 1
    package var steps = 1200
    /// Latents a step.
    package var batch = 4
    /// Peak learning rate of Adam; it rises over the first steps and falls linearly to nothing.
    package var learningRate: Float = 3e-4
    /// Weight of the mean squared error, of pictures in [−1, 1], against LPIPS.
    package var errorWeight: Float = 10
    /// Share of the steps, at the beginning, that do without LPIPS.
    package var plainShare = 0.3
    /// A student to go on from, with a learning rate that rises afresh; by default the teacher's own layers.
    package var start: String?
    /// Checkpoint file, written every `checkpointEvery` steps; training goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 25

    package init() {}
}

/// Distils the student from the 1024-pixel generator: mean squared error and LPIPS against the teacher's
/// area-downsampled pictures of fresh latents.
///
/// The latents are such as a receiver will meet: truncations 0.5 to 1.0, a quarter of them pushed along an edit's
/// field, a quarter blurred by channel noise of 0 to 20 dB.
package struct StudentTrainer {
    let teacher: MobileStyleGAN
    let teacherWeights: SafetensorsFile
    let lpips: LPIPS
    let statistics: LatentStatistics
    let fields: [EditingField]

    /// - Parameters:
    ///   - teacherWeights: the teacher's file, from which the student starts.
    ///   - lpips: the VGG16 variant.
    ///   - fields: what is installed; may be empty.
    package init(
        teacher: MobileStyleGAN,
        teacherWeights: SafetensorsFile,
        lpips: LPIPS,
        statistics: LatentStatistics,
        fields: [EditingField]
    ) {
        self.teacher = teacher
        self.teacherWeights = teacherWeights
        self.lpips = lpips
        self.statistics = statistics
        self.fields = fields
    }

    /// Trains and writes the student to `output` in half precision. The same settings give the same weights, also when
    /// the training was interrupted and resumed from its checkpoint.
    ///
    /// - Parameter progress: called after every step; an error it throws ends the training.
    package func train(
        _ settings: StudentTrainingSettings,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let checkpoint = TrainingCheckpoint(settings.checkpoint, of: settings)
        var saved = try checkpoint.tensors()
        if saved.isEmpty { saved = try SafetensorsFile.tensors(ifPresent: settings.start) }
        let drawn = try StudentParameters(teacher: teacherWeights).tensors
        let parameters = try trainableParameters(StudentParameters.shapes, saved: saved, fresh: drawn)
        let ordered = StudentParameters.shapes.compactMap { parameters[$0.name] }
        let adam = Adam(parameters: ordered, learningRate: settings.learningRate)
        if saved["step"] != nil { try adam.restore(saved) }
        let first = adam.steps
        let began = ContinuousClock.now
        for step in first..<max(first, settings.steps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(step))
            let done = Double(step) / Double(settings.steps)
            let losses = gradientStep(parameters, settings, usesLPIPS: done >= settings.plainShare, &random)
            clipGradients(of: ordered, to: 1)
            adam.learningRate = settings.learningRate * min(1, Float(step + 1) / 50) * Float(1 - done)
            adam.step()
            adam.zeroGradients()
            try progress(
                TrainingProgress(
                    step: step + 1,
                    steps: settings.steps,
                    first: first,
                    began: began,
                    loss: losses.error * Double(settings.errorWeight) + losses.lpips,
                    note: String(format: "PSNR %.1f dB, LPIPS %.3f", 10 * log10(4 / losses.error), losses.lpips)
                )
            )
            if let path = checkpoint.path, (step + 1) % settings.checkpointEvery == 0 {
                try write(parameters, settings, adam: adam, more: checkpoint.metadata(), to: path)
            }
        }
        try write(parameters, settings, adam: nil, to: output)
    }

    /// One batch, one latent at a time (so that memory stays that of one picture); gradients add up.
    private func gradientStep(
        _ parameters: [String: Variable],
        _ settings: StudentTrainingSettings,
        usesLPIPS: Bool,
        _ random: inout SeededGenerator
    ) -> (error: Double, lpips: Double) {
        var sums = (error: 0.0, lpips: 0.0)
        for _ in 0..<settings.batch {
            let w = latent(&random)
            let target = teacher.synthesize(w, resolution: 128)
            let picture = StudentParameters.synthesize(.same(w), parameters: parameters)
            let error = (picture - target).squared().mean()
            var loss = error * settings.errorWeight
            sums.error += Double(error.scalar)
            if usesLPIPS {
                let distance = lpips.distance(picture, target).mean()
                sums.lpips += Double(distance.scalar)
                loss = loss + distance
            }
            (loss * (1 / Float(settings.batch))).backward()
        }
        return (sums.error / Double(settings.batch), sums.lpips / Double(settings.batch))
    }

    /// A code [1,512] such as a receiver will meet.
    private func latent(_ random: inout SeededGenerator) -> Variable {
        var w = statistics.sample(
            by: teacher,
            truncation: Float.random(in: 0.5...1, using: &random),
            using: &random
        )
        let kind = random.uniform()
        if kind < 0.25, !fields.isEmpty {
            let field = random.pick(fields)
            let direction: Float = random.chance(0.5) ? 1 : -1
            for _ in 0...random.index(4) { w = w + field(w) * direction }
        } else if kind < 0.5 {
            let noise = pow(10, -Float.random(in: 0...20, using: &random) / 20) * statistics.rootMeanVariance
            w = w + Variable(Tensor(normal: w.shape, deviation: noise, generator: &random))
        }
        return w.detached
    }

    private func write(
        _ parameters: [String: Variable],
        _ settings: StudentTrainingSettings,
        adam: Adam?,
        more: [String: String] = [:],
        to path: String
    ) throws {
        let metadata = [
            "network": "faces-128", "seed": "\(settings.seed)", "steps": "\(settings.steps)",
            "licence": "Research use only: distilled from a generator trained on FFHQ",
        ].merging(more) { first, _ in first }
        try writeTraining(StudentParameters.shapes, parameters, adam: adam, metadata: metadata, to: path)
    }
}
