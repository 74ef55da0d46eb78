import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct ExpansionTrainerTests {
    private func trainer() throws -> ExpansionTrainer {
        ExpansionTrainer(
            generator: try installedModels.generator(),
            lpips: try installedModels.lpips(.alexNet),
            statistics: try installedModels.latentStatistics()
        )
    }

    private var small: ExpansionTrainingSettings {
        var settings = ExpansionTrainingSettings()
        (settings.samples, settings.directions, settings.checkpointEvery) = (6, 3, 2)
        return settings
    }

    @Test func theFirstDirectionChangesThePictureMost() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/expansion.safetensors"
        try trainer().train(small, output: path) { _ in }
        let statistics = try installedModels.latentStatistics()
        let expansion = try LatentExpansion(file: SafetensorsFile(path: path), mean: statistics.mean)
        #expect(expansion.count == 3)
        let deviations = (0..<3).map { expansion.statistics.covariance[$0 * 4] }
        #expect(deviations[0] > deviations[1] && deviations[1] > deviations[2])

        // One standard deviation along a direction that six samples found moves the picture more than one along
        // a random direction of the same prior.
        let generator = try installedModels.generator()
        let rows = expansion.rows(of: Variable(Tensor([deviations[0].squareRoot(), 0, 0], shape: [1, 3])))
        var random = SeededGenerator(seed: 4)
        let w = statistics.sample(by: generator, truncation: 1, using: &random).value.values
        // One row of 23 moved by a draw of W: as likely as one standard deviation along one direction of many.
        let single = (0..<MobileStyleGAN.rows).flatMap { $0 == 20 ? w : statistics.mean }
        let lpips = try installedModels.lpips(.alexNet)
        let mean = generator.synthesize(Variable(Tensor(statistics.mean, shape: [1, 512])), resolution: 128)
        func distance(_ rows: Variable) -> Float {
            lpips.distance(generator.synthesize(rows: rows, resolution: 128), mean).mean().scalar
        }
        #expect(distance(rows) > distance(Variable(Tensor(single, shape: [1, MobileStyleGAN.rows, 512]))))
    }

    @Test func resumedTrainingGivesTheSameFile() throws {
        let folder = try TemporaryDirectory()
        let trainer = try trainer()
        try trainer.train(small, output: folder.path + "/whole.safetensors") { _ in }
        try expectSameWhenResumed(folder.path + "/whole.safetensors", interruptedAt: 3) {
            (checkpoint, seed, output, progress) in
            var settings = small
            (settings.checkpoint, settings.seed) = (checkpoint, seed)
            try trainer.train(settings, output: output, progress: progress)
        }
    }

    @Test func fineDirectionsAreFoundInEveryGroup() throws {
        let folder = try TemporaryDirectory()
        let (usual, fine) = (folder.path + "/expansion", folder.path + "/fine")
        var settings = small
        settings.checkpoint = folder.path + "/checkpoint"
        try trainer().train(settings, output: usual) { _ in }
        try FineExpansionTrainer(trainer()).train(
            settings,
            expansion: SafetensorsFile(path: usual),
            each: 2,
            output: fine
        ) { _ in }
        let found = try FineExpansion(file: SafetensorsFile(path: fine), width: 512)
        #expect(found.count == 12)
        let deviation = try SafetensorsFile(path: fine).tensor("deviation").values
        #expect(zip(deviation.prefix(6), deviation.suffix(6)).allSatisfy { $0 > $1 && $1 > 0 })
        // What is left when the usual numbers have done what they can is less than there was.
        let strongest = try SafetensorsFile(path: usual).tensor("deviation").values[0]
        #expect(try #require(deviation.max()) < strongest)
    }

    @Test func theRemainderAnswersToNothingUsual() throws {
        var random = SeededGenerator(seed: 2)
        let gradients = Tensor(normal: [9, 20], deviation: 1, generator: &random)
        let basis = Variable(Tensor(normal: [4, 20], deviation: 1, generator: &random))
        let responses = Variable(gradients).linear(weight: basis).value
        let rest = try FineExpansionTrainer.remainder(of: gradients, responses: responses)
        #expect(Variable(rest).linear(weight: basis).value.values.allSatisfy { abs($0) < 1e-3 })
        // Five of nine dimensions are left.
        let power = { (tensor: Tensor) in tensor.values.reduce(0) { $0 + $1 * $1 } }
        #expect(power(rest) > 0.3 * power(gradients) && power(rest) < 0.8 * power(gradients))
    }

    @Test func fewerSamplesThanDirectionsAreRefused() throws {
        var settings = small
        settings.samples = 2
        let trainer = try trainer()
        #expect(throws: ExpansionTrainingError.self) { try trainer.train(settings, output: "/nowhere") { _ in } }
    }
}
