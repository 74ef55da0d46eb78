import Foundation
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct InversionCoordinatesTrainerTests {
    private struct Interrupted: Error {}

    private func trainer() throws -> InversionCoordinatesTrainer {
        InversionCoordinatesTrainer(
            space: try installedModels.latentSpace(.expanded, network: installedModels.generator()),
            lpips: try installedModels.lpips(.alexNet),
            identity: try installedModels.identityNet()
        )
    }

    /// How the loss bends along a direction is the mean square of the random answers' parts along it, for each part of
    /// the loss: the picture is a linear function of one number here, so both are known without a generator.
    @Test(arguments: [(lpips: Float(0), identity: Float(0)), (3.3, 0), (0, 2), (3.3, 0.2)])
    func theAnswersSquaresAreTheLossesBend(weights: (lpips: Float, identity: Float)) throws {
        let lpips = try installedModels.lpips(.alexNet)
        let identity = weights.identity > 0 ? try installedModels.identityNet() : nil
        let edge = 32
        func wave(_ speed: Float) -> Tensor {
            let values = (0..<edge * edge * 3).map { index -> Float in
                let (row, column) = (Float(index / 3 / edge), Float(index / 3 % edge))
                let across = sin(speed * column + 0.6 * Float(index % 3))
                return 0.4 * across * cos(0.13 * row + speed)
            }
            return Tensor(values, shape: [1, edge, edge, 3])
        }
        let (start, direction) = (Variable(wave(0.2)), Variable(wave(0.45)))
        func picture(_ number: Variable) -> Variable { start + direction * number }

        let objective = InversionObjective(
            photo: picture(Variable(Tensor([0], shape: [1]))),
            lpips: lpips,
            identity: identity,
            lpipsWeight: weights.lpips,
            identityWeight: weights.identity
        )
        let small: Float = 0.01
        let bend =
            [-small, small].map { objective.value(of: picture(Variable(Tensor([$0], shape: [1])))).loss.scalar }
            .reduce(0, +) / (2 * small * small)

        var random = SeededGenerator(seed: 5)
        let samples = 100
        var power: Float = 0
        for _ in 1...samples {
            let number = Variable(Tensor([0], shape: [1]), requiresGradient: true)
            picture(number).shaken(
                lpips: lpips,
                lpipsWeight: weights.lpips,
                identity: identity,
                identityWeight: weights.identity
            ) { random.chance(0.5) ? 1 : -1 }.backward()
            let answer = try #require(number.gradient).values[0]
            power += answer * answer / Float(samples)
        }
        // The standard deviation of such a mean is 14 %.
        #expect(abs(power / bend - 1) < 0.4, "\(power) against \(bend)")
    }

    @Test func alongTheCoordinatesTheCurvatureIsTheSame() throws {
        let trainer = try trainer()
        let units = try installedModels.latentSpace(.expanded, network: installedModels.generator()).statistics
            .deviations
        var random = SeededGenerator(seed: 2)
        let answers = Tensor(
            (0..<40 * 512).map { units[$0 % 512] * random.normal() * (1 + Float($0 % 512) / 100) },
            shape: [40, 512]
        )
        let found = Variable(try trainer.coordinates(of: answers, ridge: 0.5))
        // 2·E[(gᵀy)²] of gradients g along y, and the ridge.
        let along = Variable(answers).matmul(found).value.values
        let squares = answers.values.enumerated().map { $1 / units[$0 % 512] }.reduce(0) { $0 + $1 * $1 }
        let ridge = 0.5 * 2 * squares / 40 / 512
        let scaled = Variable(Tensor(diagonal: units)).matmul(found).value.values
        for column in stride(from: 0, to: 512, by: 37) {
            let bend = (0..<40).reduce(Float(0)) { $0 + 2 / 40 * along[$1 * 512 + column] * along[$1 * 512 + column] }
            let flat = (0..<512).reduce(Float(0)) { $0 + scaled[$1 * 512 + column] * scaled[$1 * 512 + column] }
            #expect(abs((bend + ridge * flat) / InversionCoordinatesTrainer.curvature - 1) < 1e-3)
        }
    }

    @Test func resumedTrainingGivesTheSameFile() throws {
        let folder = try TemporaryDirectory()
        let trainer = try trainer()
        var random = SeededGenerator(seed: 1)
        let codes = (0..<2).map { _ in (0..<512).map { _ in 0.5 * random.normal() } }
        var settings = InversionCoordinatesSettings()
        (settings.samples, settings.checkpointEvery) = (5, 2)
        try trainer.train(settings, codes: codes, output: folder.path + "/whole.safetensors") { _ in }
        settings.checkpoint = folder.path + "/checkpoint.safetensors"
        #expect(throws: Interrupted.self) {
            try trainer.train(settings, codes: codes, output: folder.path + "/never.safetensors") {
                if $0.step == 3 { throw Interrupted() }
            }
        }
        try trainer.train(settings, codes: codes, output: folder.path + "/resumed.safetensors") { _ in }
        // More samples may follow; those of another seed or at other codes are others.
        (settings.samples, settings.ridge) = (6, 2)
        try trainer.train(settings, codes: codes, output: folder.path + "/more.safetensors") { _ in }
        for (seed, codes) in [(2, codes), (1, codes.reversed())] as [(UInt64, [[Float]])] {
            settings.seed = seed
            #expect(throws: TrainingCheckpointError.self) {
                try trainer.train(settings, codes: codes, output: folder.path + "/never.safetensors") { _ in }
            }
        }
        try expectSameTensors(folder.path + "/whole.safetensors", folder.path + "/resumed.safetensors")
    }

    @Test func withoutCodesNothingIsTrained() throws {
        let trainer = try trainer()
        #expect(throws: InversionCoordinatesError.self) {
            try trainer.train(InversionCoordinatesSettings(), codes: [], output: "/nowhere") { _ in }
        }
    }
}
