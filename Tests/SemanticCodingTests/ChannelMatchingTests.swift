import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct ChannelMatchingTests {
    /// A face that nobody has, at an SNR at which little of it arrives: the code that is found arrives better, with noise
    /// that the search has not seen.
    @Test func whatIsReceivedOfAMatchedCodeIsNearer() throws {
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        let student = space.generator(by: try installedModels.student())
        let (lpips, identity) = (try installedModels.lpips(.vgg16), try installedModels.identityNet())
        let precoding = try Precoding(space)
        let matching = ChannelMatching(
            space: space,
            student: student,
            lpips: lpips,
            identity: identity,
            predictor: try installedModels.attributePredictor(),
            precoding: precoding
        )
        var random = SeededGenerator(seed: 11)
        let code = zip(space.photos.mean, space.photos.deviations).map { $0 + 0.7 * $1 * random.normal() }
        let face = student.synthesizePicture(of: code, resolution: 128)
        var settings = ChannelMatchingSettings()
        (settings.steps, settings.draws) = (12, 2)
        var notes: [String] = []
        let found = try matching.match(code, to: face, face: face, snr: -6, settings: settings) {
            notes.append($0.note)
        }
        #expect(notes.count == 12 && found.count == code.count && found != code)

        let axes = try #require(precoding.axes(dimension: 512))
        let channel = CodeChannel(axes, snr: -6)
        let objective = InversionObjective(
            photo: face.networkInput,
            lpips: lpips,
            identity: identity,
            lpipsWeight: 3.3,
            identityWeight: 1
        )
        func loss(_ code: [Float]) -> Float {
            var random = SeededGenerator(seed: 99)
            let whitened = channel.whitened(Variable(Tensor(code, shape: [1, 512])))
            return (0..<4).reduce(0) { sum, _ in
                let received = channel.received(whitened, noise: (0..<512).map { _ in random.normal() })
                return sum + objective.value(of: student.synthesize(received, resolution: 128)).loss.scalar / 4
            }
        }
        #expect(loss(found) < 0.975 * loss(code), "\(loss(found)) of \(loss(code))")

        // Of a short code only what is sent changes.
        (settings.steps, settings.draws) = (2, 1)
        let short = try matching.match(code, to: face, face: face, dimension: 64, snr: 0, settings: settings)
        #expect(try matching.match(code, to: face, face: face, dimension: 64, snr: 0, settings: settings) == short)
        #expect(short.dropFirst(64) == code.dropFirst(64) && short.prefix(64) != code.prefix(64))
        settings.steps = 0
        #expect(try matching.match(code, to: face, face: face, snr: 0, settings: settings) == code)
    }
}
