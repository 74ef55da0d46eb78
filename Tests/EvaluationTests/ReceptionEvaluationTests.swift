import Networks
import SemanticCoding
import Tensor
import TestSupport
import Testing

@testable import Evaluation

@Suite(.serialized) struct ReceptionEvaluationTests {
    @Test func lessNoiseIsNearerAndSeeded() throws {
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        let evaluation = ReceptionEvaluation(
            space: space,
            receiver: try SemanticReceiver(space: space),
            lpips: try installedModels.lpips(.vgg16),
            identity: try installedModels.identityNet()
        )
        var random = SeededGenerator(seed: 4)
        let codes = (0..<2).map { _ in space.drawn(truncation: 0.8, generator: &random).value.values }
        let scores = try evaluation.scores(codes: codes, snrs: [0, 12, 60], seed: 1) { _ in }
        #expect(scores.map(\.snr) == [0, 12, 60] && scores.allSatisfy { $0.pictures == 2 })
        #expect(scores[0].lpips.median > scores[1].lpips.median && scores[1].lpips.median > scores[2].lpips.median)
        #expect(scores[2].lpips.highest < 0.02 && scores[2].cosine.lowest > 0.99)
        let again = try evaluation.scores(codes: codes, snrs: [0], seed: 2) { _ in }
        #expect(again[0].lpips.median != scores[0].lpips.median)
        #expect(throws: CancellationError.self) {
            try evaluation.scores(codes: codes, snrs: [0], seed: 1) { _ in throw CancellationError() }
        }
    }

    @Test func theNoiseHasThePowerThatTheSNRSays() {
        var random = SeededGenerator(seed: 8)
        let sent = (0..<20_000).map { _ in random.normal() * 3 }
        let (values, variances) = ReceptionEvaluation.received(sent, snr: 6, random: &random)
        let power = sent.reduce(0) { $0 + $1 * $1 } / 20_000
        let noise = zip(values, sent).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 20_000
        #expect(abs(noise / power - 0.251) < 0.01 && abs(variances[0] / power - 0.2512) < 0.001)
        #expect(ReceptionEvaluation.received([1, 2], snr: nil, random: &random).values == [1, 2])
    }
}
