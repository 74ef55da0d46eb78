import Networks
import SemanticCoding
import Tensor
import TestSupport
import Testing

@testable import Evaluation

@Suite(.serialized) struct SNREvaluationTests {
    @Test func everyWayIsScoredAtEverySNR() throws {
        var settings = SemanticSettings()
        (settings.inversionSteps, settings.workingResolution) = (1, 128)
        var matching = ChannelMatchingSettings()
        (matching.steps, matching.draws) = (1, 1)
        let evaluation = try SNREvaluation(models: installedModels, settings: settings, matching: matching)
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        var random = SeededGenerator(seed: 4)
        let code = space.sample(truncation: 0.6, using: &random).value.values
        let photo = space.generator.synthesizePicture(of: code, resolution: 128)
        func scores(_ snrs: [Double]) throws -> [SNRScore] {
            try evaluation.scores(
                photo: photo,
                name: "drawn",
                modes: SNREvaluation.Mode.allCases,
                snrs: snrs,
                seeds: [1]
            ) { _ in }
        }
        let found = try scores([-6, 20])
        #expect(found.count == 1 + 2 * 3)
        #expect(found.dropFirst().map(\.designSNR) == [nil, -6, -6, nil, 20, 20])
        let summary = SNRSummary.all(of: found)
        #expect(summary.count == 7)
        for (noisy, quiet) in zip(summary[1...3], summary[4...6]) {
            #expect(noisy.mode == quiet.mode && noisy.pictures == 1)
            #expect(noisy.lpips > quiet.lpips && noisy.lpipsToSent > 3 * quiet.lpipsToSent)
            #expect(quiet.cosineToSent > 0.9 && quiet.same == 1)
        }
        // What is found at one SNR does not depend on the others.
        #expect(try scores([20]) == [found[0]] + found.suffix(3))
    }
}
