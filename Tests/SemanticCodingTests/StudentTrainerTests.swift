import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct StudentTrainerTests {
    private func trainer() throws -> StudentTrainer {
        let space = try installedModels.latentSpace(.w, network: installedModels.generator())
        return StudentTrainer(
            teacher: space.network,
            teacherWeights: try installedModels.generatorWeights(),
            lpips: try installedModels.lpips(.vgg16),
            statistics: space.statistics,
            fields: try EditingField.installed(in: installedModels, for: space).map(\.value)
        )
    }

    private struct Interrupted: Error {}

    @Test func itLearnsAndAResumedTrainingGivesTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        let trainer = try trainer()
        var settings = StudentTrainingSettings()
        (settings.steps, settings.batch, settings.checkpointEvery) = (16, 1, 7)
        settings.plainShare = 0.8
        var losses: [Double] = []
        try trainer.train(settings, output: folder.path + "/whole.safetensors") { losses.append($0.loss) }
        #expect(losses.count == 16)
        // The first pictures are grey; the plain loss of the twelfth step must be well below.
        #expect(losses[11] < losses[0] * 0.8, "\(losses)")

        // A student to go on from is taken up: the next loss is nearer to its last than to the first.
        var further = settings
        (further.start, further.steps) = (folder.path + "/whole.safetensors", 1)
        try trainer.train(further, output: folder.path + "/further.safetensors") {
            #expect($0.loss < losses[0] * 0.8)
        }

        settings.checkpoint = folder.path + "/checkpoint.safetensors"
        #expect(throws: Interrupted.self) {
            try trainer.train(settings, output: folder.path + "/never.safetensors") {
                if $0.step == 9 { throw Interrupted() }
            }
        }
        try trainer.train(settings, output: folder.path + "/resumed.safetensors") { _ in }
        try expectSameTensors(folder.path + "/whole.safetensors", folder.path + "/resumed.safetensors")
    }
}
