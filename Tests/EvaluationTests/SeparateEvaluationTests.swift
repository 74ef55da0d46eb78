import Channel
import Imaging
import Networks
import TestSupport
import Testing

@testable import Evaluation
@testable import SemanticCoding

@Suite(.serialized) struct SeparateEvaluationTests {
    /// A face that the generator draws.
    private func photo() throws -> Picture {
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        return space.generator.synthesizePicture(of: space.photos.mean, resolution: 128)
    }

    @Test(arguments: ImageCoder.allCases) func theSharpestPictureThatFits(coder: ImageCoder) throws {
        let photo = try photo()
        let (small, large) = (try coder.encode(photo, quality: 5), try coder.encode(photo, quality: 95))
        #expect(small.payload < large.payload && large.payload < large.file.count)
        #expect(try PictureFile.decode(large.file).psnr(against: photo) > 30)
        var last = 0.0
        for bytes in [120, 300, 1000, 4000] {
            let found = try #require(try coder.sharpest(photo, bytes: bytes), "\(bytes) bytes")
            #expect(found.payload <= bytes && found.picture.width == 128)
            let psnr = found.picture.psnr(against: photo)
            #expect(psnr > last, "\(bytes) bytes")
            last = psnr
        }
        #expect(last > 25)
        #expect(try coder.sharpest(photo, bytes: 2) == nil)
    }

    @Test func capacityIsShannons() {
        #expect(SeparateEvaluation.capacity(channelUses: 800, snr: 0) == 100)
        #expect(SeparateEvaluation.capacity(channelUses: 8, snr: 60) == 19)
    }

    /// What is chosen arrives, carries less than the capacity, and more the better the channel is.
    @Test func linksAreAdapted() throws {
        var last = 0
        for snr in [0.0, 6, 12, 20] {
            let (scheme, code) = try #require(LinkAdaptation.scheme(channelUses: 912, snr: snr, seed: 5))
            let capacity = SeparateEvaluation.capacity(channelUses: 912, snr: snr)
            #expect(code.payloadBytes > last && code.payloadBytes < capacity, "\(scheme)")
            #expect(code.payloadBytes > capacity / 3 || snr > 12, "\(scheme)")
            last = code.payloadBytes
            var link = SimulatedLink(seed: 77)
            let payload = (0..<code.payloadBytes).map { UInt8(truncatingIfNeeded: $0 &* 41) }
            #expect(code.sent(payload, over: &link, snr: snr) == payload)
            // Twelve dB less, and nothing arrives.
            var worse = SimulatedLink(seed: 77)
            #expect(code.sent(payload, over: &worse, snr: snr - 12) == nil)
        }
        #expect(LinkAdaptation.scheme(channelUses: 912, snr: -15, seed: 5) == nil)
    }

    @Test func picturesArriveOrAreGrey() throws {
        let photo = try photo()
        let conditions = SeparateConditions(
            coders: [.jpeg, .webp],
            channelUses: 912,
            resolution: 128,
            snrs: [-15, 6, 20],
            seed: 1
        )
        let evaluation = try SeparateEvaluation(models: installedModels, conditions: conditions)
        let scores = try evaluation.scores(photo: photo, name: "drawn")
        #expect(scores.map(\.mode) == ["jpeg", "webp", "bound", "jpeg", "webp", "bound", "jpeg", "webp", "bound"])
        #expect(scores[..<2].allSatisfy { !$0.isDecoded && $0.capacity == 0 && $0.scheme == nil && $0.lpips > 0.5 })
        #expect(scores[0].lpips == scores[1].lpips)
        for (low, high) in zip(scores[3..<6], scores[6...]) {
            #expect(high.isDecoded && high.bytes <= high.capacity && high.capacity > low.capacity)
            #expect(high.lpips < low.lpips && high.psnr > low.psnr)
        }
        // No separate code beats the bound.
        #expect(scores[8].lpips <= min(scores[6].lpips, scores[7].lpips))
        #expect(try evaluation.scores(photo: photo, name: "drawn") == scores)
        let summary = SeparateSummary.all(of: scores)
        #expect(summary.map(\.decoded)[0] == 0 && summary.last?.decoded == 1 && summary.count == 9)
    }
}
