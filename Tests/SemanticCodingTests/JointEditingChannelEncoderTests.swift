import Imaging
import Networks
import Tensor
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct JointEditingChannelEncoderTests {
    private func parts() throws -> (JointEditingChannelEncoder, MobileStyleGAN, LatentStatistics) {
        let generator = try installedModels.generator()
        let statistics = try installedModels.latentStatistics()
        let jecc = JointEditingChannelEncoder(
            generator: generator,
            predictor: try installedModels.attributePredictor(),
            fields: try EditingField.installed(in: installedModels, statistics: statistics),
            settings: SemanticSettings()
        )
        return (jecc, generator, statistics)
    }

    private func codes(_ generator: MobileStyleGAN, _ mean: [Float], count: Int) -> [[Float]] {
        var random = SeededGenerator(seed: 99)
        return (0..<count).map { _ in
            let z = Variable(Tensor((0..<512).map { _ in random.normal() }, shape: [1, 512]))
            return zip(mean, generator.map(z).value.values).map { $0 + 0.7 * ($1 - $0) }
        }
    }

    @Test func smileGoesUpAndDownToTheExpectedDegree() throws {
        let (jecc, generator, statistics) = try parts()
        let identity = try installedModels.identityNet()
        var reached = 0
        let faces = codes(generator, statistics.mean, count: 4)
        for code in faces {
            for degree in [0, 3] {
                let request = EditRequest(attribute: .smiling, kind: .target(degree: degree))
                let edited = try jecc.edit(code: code, request: request)
                #expect(edited.degreeExpected == degree)
                #expect(edited.steps <= SemanticSettings().editSteps)
                if edited.degreeAfter == degree { reached += 1 }
                let before = embedding(code, generator, identity)
                let after = embedding(edited.code, generator, identity)
                #expect(IdentityNet.cosine(before, after) > 0.4)
            }
        }
        // Attribute matching may give up on a face; on most it must not.
        #expect(reached >= 6, "\(reached) of 8 edits reached their degree")
    }

    @Test func nothingToDoChangesNothing() throws {
        let (jecc, generator, statistics) = try parts()
        let code = codes(generator, statistics.mean, count: 1)[0]
        let degree = try jecc.edit(
            code: code,
            request: EditRequest(attribute: .smiling, kind: .target(degree: 0))
        ).degreeBefore
        let edited = try jecc.edit(
            code: code,
            request: EditRequest(attribute: .smiling, kind: .target(degree: degree))
        )
        #expect(edited.code == code)
        #expect(edited.steps == 0)
    }

    @Test func attributeWithoutCodecIsRefusedWithTheWayOut() throws {
        let generator = try installedModels.generator()
        let jecc = JointEditingChannelEncoder(
            generator: generator,
            predictor: try installedModels.attributePredictor(),
            fields: [:],
            settings: SemanticSettings()
        )
        let code = try installedModels.latentStatistics().mean
        let error = #expect(throws: EditError.self) {
            try jecc.edit(code: code, request: EditRequest(attribute: .bangs, kind: .target(degree: 2)))
        }
        #expect(error.map { "\($0)".contains("modelctl train jecc --attribute bangs") } == true)
    }

    private func embedding(_ code: [Float], _ generator: MobileStyleGAN, _ identity: IdentityNet) -> [Float] {
        let picture = generator.synthesize(Variable(Tensor(code, shape: [1, 512])), resolution: 256)
        return identity.embedding(aligned: picture).value.values
    }
}
