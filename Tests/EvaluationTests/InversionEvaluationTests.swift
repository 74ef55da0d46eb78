import Imaging
import Networks
import SemanticCoding
import Tensor
import TestSupport
import Testing

@testable import Evaluation

@Suite(.serialized) struct InversionEvaluationTests {
    @Test func theScoresAreThoseOfThePictures() throws {
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        var settings = SemanticSettings()
        settings.workingResolution = 128
        (settings.inversionSteps, settings.studentSteps) = (3, 0)
        let encoder = try ImageSemanticEncoder(models: installedModels, space: space, settings: settings)
        let identity = try installedModels.identityNet()
        let evaluation = try InversionEvaluation(encoder: encoder, identity: identity, resolution: 128)
        let photos = [UInt64(3), 4].map { seed in
            var random = SeededGenerator(seed: seed)
            let code = space.sample(truncation: 0.6, using: &random).value.values
            return space.generator.synthesizePicture(of: code, resolution: 256)
        }
        let pairs = try photos.map { try evaluation.score(photo: $0, curve: [0, 2], snrs: [0, 40]) }
        let score = InversionScore(pairs.map(\.face))
        #expect(score.pictures == 2)
        #expect(score.curve.map(\.step) == [0, 2] && score.curve[0].lpips > score.lpips.median)
        #expect(score.curve[0].seconds < score.seconds && score.deviation > 0)

        // Much noise blurs, hardly any leaves the picture as it was inverted.
        #expect(score.received.map(\.snr) == [0, 40])
        #expect(score.received[0].lpips > score.lpips.median + 0.05)
        #expect(abs(score.received[1].lpips - score.lpips.median) < 0.01)

        let lpips = try installedModels.lpips(.vgg16)
        let distances = pairs.map {
            Double(lpips.distance($0.inverted.networkInput, $0.photo.networkInput).mean().scalar)
        }
        #expect(abs(score.lpips.mean - (distances[0] + distances[1]) / 2) < 1e-5)
        #expect(score.lpips.lowest <= score.lpips.median && score.lpips.median <= score.lpips.highest)
        let cosines = pairs.map { pair in
            let faces = [pair.photo, pair.inverted].map { identity.embedding(aligned: $0.networkInput).value.values }
            return Double(IdentityNet.cosine(faces[0], faces[1]))
        }
        #expect(abs(score.cosine.mean - (cosines[0] + cosines[1]) / 2) < 1e-5)
    }
}
