import Imaging
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct FirstGuessTrainerTests {
    /// Draws each quarter of the picture in the grey that one of four numbers says.
    private struct Quarters: StyleGenerator {
        let latentDimension = 4
        let resolution = 128

        func synthesize(_ w: Variable, resolution: Int) -> Variable {
            let (w, half) = (w.value.values, resolution / 2)
            let values = (0..<resolution * resolution * 3).map { index in
                let (y, x) = (index / 3 / resolution, index / 3 % resolution)
                return w[y / half * 2 + x / half]
            }
            return Variable(Tensor(values, shape: [1, resolution, resolution, 3]))
        }
    }

    private let mean: [Float] = [0.1, 0.2, -0.1, 0]
    private struct Interrupted: Error {}

    private var trainer: FirstGuessTrainer {
        FirstGuessTrainer(generator: Quarters(), mean: mean) { [mean] random in
            Variable(Tensor(mean.map { $0 + random.normal() * 0.2 }, shape: [1, 4]))
        }
    }

    private var settings: FirstGuessTrainingSettings {
        var settings = FirstGuessTrainingSettings()
        (settings.count, settings.views, settings.checkpointEvery) = (24, 2, 5)
        settings.ridges = [1e-4, 100]
        return settings
    }

    @Test func aKnownLinearMapIsRecovered() throws {
        let folder = try TemporaryDirectory()
        var settings = settings
        settings.alteration = 0
        try trainer.train(settings, output: folder.path + "/guess") { _ in }
        let file = try SafetensorsFile(path: folder.path + "/guess")
        #expect(file.metadata["ridge"] == "0.0001")
        let guess = try FirstGuess(file: file, dimension: 4)
        let wanted: [Float] = [0.4, -0.3, 0.05, -0.2]
        let drawn = Quarters().picture(of: wanted, resolution: 128)
        let found = zip(mean, guess.offset(for: drawn)).map(+)
        #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 0.03 }, "\(found)")

        settings.shrink = 0.5
        try trainer.train(settings, output: folder.path + "/half") { _ in }
        let half = try FirstGuess(file: SafetensorsFile(path: folder.path + "/half"), dimension: 4)
        let pairs = zip(half.offset(for: drawn), guess.offset(for: drawn))
        #expect(pairs.allSatisfy { abs($0 - 0.5 * $1) < 1e-3 })
    }

    @Test func aResumedTrainingGivesTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        var settings = settings
        try trainer.train(settings, output: folder.path + "/whole") { _ in }
        settings.checkpoint = folder.path + "/checkpoint"
        var faces = 0
        #expect(throws: Interrupted.self) {
            try trainer.train(settings, output: folder.path + "/never") { _ in
                faces += 1
                if faces == 12 { throw Interrupted() }
            }
        }
        var after = 0
        try trainer.train(settings, output: folder.path + "/resumed") { _ in after += 1 }
        // Ten of the 24 faces were in the checkpoint; two ridges are tried.
        #expect(after == 14 + 2)
        try expectSameTensors(folder.path + "/whole", folder.path + "/resumed")

        settings.views = 3
        #expect(throws: SafetensorsError.self) {
            try trainer.train(settings, output: folder.path + "/never") { _ in }
        }
    }

    @Test func alteredPicturesStayNearAndInRange() {
        var random = SeededGenerator(seed: 2)
        let drawn = Quarters().synthesize(Variable(Tensor([0.5, -0.5, 0.98, -0.2], shape: [1, 4])), resolution: 128)
        let plain = PictureAlteration(strength: 0, generator: &random).small(drawn, &random)
        #expect(abs(plain[0] - 0.5) < 1e-5 && abs(plain[31 * 3] + 0.5) < 1e-5)
        let altered = PictureAlteration(strength: 1, generator: &random).small(drawn, &random)
        #expect(altered != plain && altered.allSatisfy { (-1...1).contains($0) })
        // 10 % of gain, 0.05 of offset and noise of 0.02 at most, away from the borders between quarters.
        #expect(abs(altered[0] - 0.5) < 0.05 + 0.05 + 0.1)
    }
}
