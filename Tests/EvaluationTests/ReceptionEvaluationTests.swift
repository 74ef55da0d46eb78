import Channel
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
            receiver: try EditingDecoder(space: space),
            lpips: try installedModels.lpips(.vgg16),
            identity: try installedModels.identityNet()
        )
        var random = SeededGenerator(seed: 4)
        let codes = (0..<2).map { _ in space.sample(truncation: 0.8, using: &random).value.values }
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

    /// Fewer numbers are sent than there are, and the picture is compared with that of those alone.
    @Test func shortCodesGetThroughToo() throws {
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        let evaluation = ReceptionEvaluation(
            space: space,
            receiver: try EditingDecoder(space: space),
            lpips: try installedModels.lpips(.vgg16),
            identity: try installedModels.identityNet()
        )
        var random = SeededGenerator(seed: 4)
        let codes = [space.sample(truncation: 0.8, using: &random).value.values]
        let scores = try evaluation.scores(codes: codes, symbols: 128, snrs: [60], seed: 1) { _ in }
        #expect(scores[0].lpips.highest < 0.02 && scores[0].repeats == 0)
    }
}

@Suite struct SimulatedLinkTests {
    private var reals: [Float] {
        var random = SeededGenerator(seed: 8)
        return (0..<20_000).map { _ in random.normal() * 3 }
    }

    @Test func theNoiseHasThePowerThatTheSNRSays() throws {
        var link = SimulatedLink(seed: 2)
        let sent = reals
        let found = try link.received(sent, snr: 6)
        let power = sent.reduce(0) { $0 + $1 * $1 } / 20_000
        let noise = zip(found.values, sent).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 20_000
        #expect(abs(noise / power - 0.251) < 0.01)
        // What the receiver thinks of it comes from 64 pilots: an eighth off at one standard deviation.
        let declared = found.noiseVariance[0] / power
        #expect(abs(declared - 0.251) < 0.1 && declared != 0.251)
        var other = SimulatedLink(seed: 3)
        #expect(try other.received(sent, snr: 6).values != found.values)
        var same = SimulatedLink(seed: 2)
        #expect(try same.received(sent, snr: 6) == found)
        #expect(try same.received(sent, snr: 6) != found)
    }

    /// The SNR that a genie tells is the one asked for.
    @Test func aGenieKnowsTheNoise() throws {
        var link = SimulatedLink(seed: 2, isGenie: true)
        let sent = reals
        let power = sent.reduce(0) { $0 + $1 * $1 } / 20_000
        let declared = try link.received(sent, snr: 6).noiseVariance.filter(\.isFinite)
        #expect(declared.allSatisfy { abs($0 / power - 0.2512) < 1e-3 })
    }

    /// Samples have sixteen bits: without noise that is what is left, on codes of odd length too.
    @Test func withoutNoiseTheSamplesAreRounded() throws {
        var link = SimulatedLink(seed: 2)
        let sent = Array(reals.prefix(129))
        let found = try link.received(sent, snr: nil)
        #expect(found.values.count == 129 && found.values != sent)
        #expect(zip(found.values, sent).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test func whatWouldClipIsErased() throws {
        var link = SimulatedLink(seed: 2)
        var sent = Array(reals.prefix(512))
        sent[100] = 80
        let found = try link.received(sent, snr: 20)
        #expect((0..<512).filter { found.noiseVariance[$0] == .infinity } == [100, 101])
    }

    /// What the receiver does not hear is sent again, and in the end given up.
    @Test func whatIsNotHeardIsSentAgain() throws {
        var link = SimulatedLink(seed: 2)
        for _ in 0..<50 { _ = try link.received(Array(reals.prefix(512)), snr: -8) }
        #expect(link.repeats > 5 && link.repeats < 100)
        #expect(throws: ChannelEstimationError.noSignal) { try link.received(Array(reals.prefix(512)), snr: -60) }
    }
}
