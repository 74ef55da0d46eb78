import Foundation
import Networks
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct JECCTrainerTests {
    private func trainer() throws -> JECCTrainer {
        JECCTrainer(
            space: try installedModels.latentSpace(.expanded, network: installedModels.generator()),
            predictor: try installedModels.attributePredictor(),
            identity: try installedModels.identityNet()
        )
    }

    private var small: JECCTrainingSettings {
        var settings = JECCTrainingSettings()
        settings.steps = 4
        settings.batch = 1
        settings.pool = 2
        settings.checkpointEvery = 2
        return settings
    }

    private struct Interrupted: Error {}

    @Test func resumedTrainingGivesTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        let trainer = try trainer()
        var losses: [Double] = []
        try trainer.train(small, output: folder.path + "/whole.safetensors") {
            if $0.step > 0 { losses.append($0.loss) }
        }
        #expect(losses.count == 4)
        #expect(losses.allSatisfy { $0.isFinite && $0 > 0 })

        var settings = small
        settings.checkpoint = folder.path + "/checkpoint.safetensors"
        #expect(throws: Interrupted.self) {
            try trainer.train(settings, output: folder.path + "/never.safetensors") {
                if $0.step == 3 { throw Interrupted() }
            }
        }
        try trainer.train(settings, output: folder.path + "/resumed.safetensors") { _ in }
        try expectSameTensors(folder.path + "/whole.safetensors", folder.path + "/resumed.safetensors")
    }

    @Test func unknownAttributeIsRefused() throws {
        var settings = small
        settings.attribute = "hair"
        let trainer = try trainer()
        #expect(throws: JECCTrainingError.self) { try trainer.train(settings, output: "/nowhere") { _ in } }
    }
}
