import Foundation
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct JECCTrainerTests {
    private func trainer() throws -> JECCTrainer {
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        return try JECCTrainer(
            space: space,
            generator: space.generator(by: try installedModels.student()),
            predictor: try installedModels.attributePredictor(),
            identity: try installedModels.identityNet()
        )
    }

    private var small: JECCTrainingSettings {
        var settings = JECCTrainingSettings()
        settings.steps = 4
        settings.batch = 1
        (settings.pool, settings.candidates) = (2, 2)
        settings.checkpointEvery = 2
        return settings
    }

    @Test func resumedTrainingGivesTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        let trainer = try trainer()
        var losses: [Double] = []
        try trainer.train(small, output: folder.path + "/whole.safetensors") {
            if $0.step > 0 { losses.append($0.loss) }
        }
        #expect(losses.count == 4)
        #expect(losses.allSatisfy { $0.isFinite && $0 > 0 })

        try expectSameWhenResumed(folder.path + "/whole.safetensors", interruptedAt: 3) {
            (checkpoint, seed, output, progress) in
            var settings = small
            (settings.checkpoint, settings.seed) = (checkpoint, seed)
            try trainer.train(settings, output: output, progress: progress)
        }
    }

    /// The layers come on top of the direction, which stays.
    @Test func theFieldBeginsAtTheDirection() throws {
        let folder = try TemporaryDirectory()
        let trainer = try trainer()
        let direction = Tensor((0..<512).map { Float($0 % 7) - 3 }, shape: [512])
        let start = try EditingField(
            attribute: "smiling",
            direction: direction,
            weights: [],
            biases: [],
            statistics: trainer.space.statistics
        )
        var settings = small
        (settings.steps, settings.learningRate) = (1, 1e-9)
        try trainer.train(settings, start: start, output: folder.path + "/field.safetensors") { _ in }
        let file = try SafetensorsFile(path: folder.path + "/field.safetensors")
        #expect(try file.tensor("direction").values == direction.values)
        let field = try EditingField(file: file, attribute: "smiling", statistics: trainer.space.statistics)
        let step = field(Variable(Tensor(trainer.space.statistics.deviations, shape: [1, 512]))).value.values
        let off = zip(step, direction.values).map { abs($0 - $1) }
        #expect(off.allSatisfy { $0 < 0.1 } && off.contains { $0 > 0 })
    }

    @Test func rareDegreesComeFirst() {
        #expect(LatentPool.even([0, 0, 0, 3, 0, 5, 0, 3], 5) == [0, 1, 3, 5, 7])
        #expect(LatentPool.even([1, 1, 1], 2) == [0, 1])
        #expect(LatentPool.even([], 0) == [])
    }

    @Test func unknownAttributeIsRefused() throws {
        var settings = small
        settings.attribute = "hair"
        let trainer = try trainer()
        #expect(throws: JECCTrainingError.self) { try trainer.train(settings, output: "/nowhere") { _ in } }
    }
}
