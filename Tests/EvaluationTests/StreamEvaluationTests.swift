import Imaging
import Networks
import SemanticCoding
import Tensor
import TestSupport
import Testing

@testable import Evaluation

@Suite struct StreamEvaluationTests {
    /// A drawn face that moves: frames come nearer than the key would, the more so without noise, and the same seed gives the same.
    @Test func framesComeNearerThanTheirKey() throws {
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        var random = SeededGenerator(seed: 21)
        let face = space.sample(truncation: 0.7, using: &random).value.values
        let movements = try #require(try installedModels.motionDifferences(of: space))
        let moved = movements.walk(count: 25, size: 0.5, seed: 21)
        let pictures = try [0, 20, 24].map { number in
            let code = zip(face, moved[number]).map { $0 + $1 }
            return try PictureFile.encodePNG(space.generator.synthesizePicture(of: code, resolution: 128))
        }
        var settings = SemanticSettings(mode: .linear)
        (settings.inversionSteps, settings.studentSteps, settings.workingResolution) = (2, 0, 128)
        let evaluation = try StreamEvaluation(models: installedModels, settings: settings)
        func scores() throws -> [StreamScore] {
            try evaluation.scores(streams: [pictures], isAligned: true, snrs: [0, 20], seed: 3) { _ in }
        }
        let found = try scores()
        #expect(found.map(\.snr) == [0, 20] && found.allSatisfy { $0.frames == 2 && $0.streams == 1 })
        let (noisy, clear) = (found[0], found[1])
        #expect(clear.lpips.mean < clear.stillLPIPS.mean && clear.lpips.mean < noisy.lpips.mean)
        #expect(clear.cosine.mean > noisy.cosine.mean)
        #expect(clear.symbolsOnAir == 128 && clear.sideInformationBits == 1248)
        #expect(try scores().map(\.lpips.mean) == found.map(\.lpips.mean))
        // A key alone is no stream.
        #expect(try evaluation.scores(streams: [[pictures[0]]], isAligned: true, snrs: [20], seed: 3) { _ in }.isEmpty)
    }
}
