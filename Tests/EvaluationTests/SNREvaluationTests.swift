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
        var shown: [String] = []
        func scores(
            _ snrs: [Double],
            name: String = "drawn",
            modes: [SNREvaluation.Mode] = SNREvaluation.Mode.allCases,
            fading: SNREvaluation.FadingKind? = nil,
            request: EditRequest? = nil,
            copies: CopyPolicy? = nil
        ) throws -> [SNRScore] {
            shown = []
            return try evaluation.scores(
                photo: photo,
                name: name,
                modes: modes,
                snrs: snrs,
                fading: fading,
                seeds: [1],
                request: request,
                copies: copies,
                show: { kind, _ in shown.append(kind) }
            ) { _ in }
        }
        let found = try scores([-6, 20])
        #expect(
            shown == ["photo", "sent", "blind-6", "linear-6", "full-6", "blind20", "linear20", "full20"]
        )
        #expect(found.count == 1 + 2 * 3)
        #expect(found.dropFirst().map(\.designSNR) == [nil, -6, -6, nil, 20, 20])
        let summary = SNRSummary.all(of: found)
        #expect(summary.count == 7)
        for (noisy, quiet) in zip(summary[1...3], summary[4...6]) {
            #expect(noisy.mode == quiet.mode && noisy.pictures == 1)
            #expect(noisy.lpips > quiet.lpips && noisy.lpipsToSent > 3 * quiet.lpipsToSent)
            #expect(quiet.cosineToSent > 0.9 && quiet.same == 1)
        }
        for score in found {
            #expect((0.005..<1).contains(score.lpipsAlex ?? 0) && score.lpipsAlex != score.lpips)
            if let snr = score.snr { #expect(abs((score.estimatedSNR ?? .infinity) - snr) < 3) }
        }
        // No code errs less than it can; much noise leaves a code with little.
        for score in found.dropFirst() {
            let (error, least) = (score.error ?? 0, score.leastError ?? 1)
            #expect(score.snr == 20 ? (0.0001..<0.1).contains(least) : (0.1..<0.5).contains(least))
            #expect(error > 0.5 * least && error < (score.snr == 20 ? 0.2 : 2))
            #expect(score.degreeExpected == nil && score.degreeReceived == nil)
        }
        // An edit is sent and looked for at the receiver.
        let edited = try scores(
            [20],
            modes: [.blind, .full],
            request: EditRequest(attribute: .smiling, kind: .target(degree: 3))
        )
        #expect(edited.map(\.degreeExpected) == [nil, 3, 3])
        #expect(edited[0].lpips < 0.001 && edited[1].lpips < 0.1)
        let misses = edited.dropFirst().compactMap { score in score.degreeReceived.map { abs($0 - 3) } }
        #expect(misses.count == 2 && misses[1] <= 1)
        let summaries = SNRSummary.all(of: edited)
        #expect(summaries.map(\.editedWithinOne) == [nil] + misses.map { $0 <= 1 ? 1 : 0 })
        #expect(summaries.map(\.edited) == [nil] + misses.map { $0 == 0 ? 1 : 0 })
        #expect(summary.map { $0.snrError == nil } == [true] + [Bool](repeating: false, count: 6))
        // Copies add up, and none is asked for where the first is good enough.
        let four = try scores([-6], modes: [.blind], copies: CopyPolicy(most: 4, leastLikeness: 1))
        #expect(four[1].copies == 4 && four[1].lpipsToSent < 0.8 * found[1].lpipsToSent)
        let one = try scores([20], modes: [.blind], copies: CopyPolicy(most: 4, leastLikeness: 0))
        #expect(one[1].copies == nil && one[1].lpips == found[4].lpips)
        #expect(SNRSummary.all(of: four).map(\.copies) == [1, 4])
        // Another face has other noise; fading, another SNR.
        let other = try scores([20], name: "other", modes: [.blind])
        #expect(other[0].lpips == found[0].lpips && other[1].lpips != found[4].lpips)
        let faded = try scores([20], modes: [.blind], fading: .block)
        #expect(abs((faded[1].estimatedSNR ?? 20) - (found[4].estimatedSNR ?? 20)) > 0.05)
        // What is found at one SNR does not depend on the others.
        #expect(try scores([20]) == [found[0]] + found.suffix(3))
    }
}
