import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct StudentTrainerTests {
    private func trainer() throws -> StudentTrainer {
        let teacher = try installedModels.generator()
        let space = try installedModels.latentSpace(.w, network: teacher)
        return StudentTrainer(
            teacher: teacher,
            teacherWeights: try installedModels.generatorWeights(),
            lpips: try installedModels.lpips(.alexNet),
            statistics: space.statistics,
            fields: try EditingField.installed(in: installedModels, for: space).map(\.value)
        )
    }

    @Test func itLearnsAndAResumedTrainingGivesTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        let trainer = try trainer()
        var settings = StudentTrainingSettings()
        (settings.steps, settings.batch, settings.checkpointEvery) = (16, 1, 7)
        settings.plainShare = 0.8
        var losses: [Double] = []
        try trainer.train(settings, output: folder.path + "/whole.safetensors") { losses.append($0.loss) }
        #expect(losses.count == 16)
        // The plain loss of the twelfth step must be well below the first.
        #expect(losses[11] < losses[0] * 0.8, "\(losses)")

        // A student to go on from is taken up: on the same latents, in the same order, it loses less.
        var further = settings
        further.steps = 12
        further.start = folder.path + "/whole.safetensors"
        var later: [Double] = []
        try trainer.train(further, output: folder.path + "/further.safetensors") { later.append($0.loss) }
        #expect(later[0] < losses[0] * 0.8)
        #expect(later.reduce(0, +) < losses[..<12].reduce(0, +) * 0.8, "\(losses), \(later)")

        (settings.steps, settings.checkpointEvery) = (5, 2)
        try trainer.train(settings, output: folder.path + "/short.safetensors") { _ in }
        try expectSameWhenResumed(folder.path + "/short.safetensors", interruptedAt: 3) {
            (checkpoint, seed, output, progress) in
            var settings = settings
            (settings.checkpoint, settings.seed) = (checkpoint, seed)
            try trainer.train(settings, output: output, progress: progress)
        }
    }
}
