import Foundation
import Imaging
import Synchronization
import TestSupport
import Testing

@testable import SemanticCoding

/// An external codec with real processes that are good, slow, lie and die.
@Suite(.serialized) struct ExternalCodecTests {
    private func refusal(_ body: () async throws -> Void) async -> EncodingRefusal? {
        do {
            try await body()
            return nil
        } catch {
            return error as? EncodingRefusal
        }
    }

    private func decodingRefusal(_ body: () async throws -> Void) async -> DecodingRefusal? {
        do {
            try await body()
            return nil
        } catch {
            return error as? DecodingRefusal
        }
    }

    // MARK: Good

    @Test func aFaceComesThroughNumPyAlone() async throws {
        let fixture = try ExternalFixture(resolution: 128)
        let script = try await CodecScript(ExternalFixture.cells, socket: fixture.socket)
        let order = EncodingOrder(instruction: "she should smile", isAligned: true)
        let word = try await fixture.codeWord(order)
        #expect(word.reals.count == 512 && word.mode == nil)
        #expect(fixture.encoder.dimension == 512)
        #expect(word.modelDigest == ExternalCodec.digest(of: "numpy cells 1"))
        // A sixteenth is lost, and the rest is noisy.
        let noise = (0..<512).map { $0 % 16 == 5 ? Float.infinity : 0.001 }
        let values = zip(word.reals, noise).map { $1.isFinite ? $0 + 0.03 * sin(100 * $0) : .nan }
        let received = ReceivedCodeWord(
            values: values,
            noiseVariance: noise,
            modelDigest: Array(word.modelDigest.prefix(8))
        )
        let picture = try await onThread { [decoder = fixture.decoder] in
            try decoder.decode(received, resolution: 128, checkpoint: {}).picture
        }
        #expect(picture.width == 128 && picture.psnr(against: ExternalFixture.face) > 25)
        let short = EncodingOrder(instruction: "", isAligned: true, dimension: 48)
        #expect(try await fixture.codeWord(short).reals.count == 48)
        try await script.end()
    }

    @Test func whatIsCodedIsKept() async throws {
        let fixture = try ExternalFixture()
        let script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "good")
        for stage in EncodingStage.allCases {
            let report = try await onThread { [encoder = fixture.encoder, artifacts = fixture.artifacts] in
                try encoder.encode(fixtureOrder, stage: stage, artifacts: artifacts) { _ in }
            }
            #expect(report.inversion == nil && report.edit == nil)
        }
        try await script.end()
        let word = try await fixture.codeWord(fixtureOrder)
        #expect(word.reals == [1, 2, 3, 4, 5, 6, 7, 8] && word.designSNR == 12)
        #expect(word.modelDigest == ExternalCodec.digest(of: "liar"))
        // Another SNR is another code, for which somebody must be there.
        let other = EncodingOrder(instruction: "she should smile", isAligned: true, dimension: 8, snr: 3)
        #expect(await refusal { _ = try await fixture.codeWord(other) }?.code == "codec_absent")
    }

    private let fixtureOrder = EncodingOrder(
        instruction: "she should smile",
        isAligned: true,
        dimension: 8,
        snr: 12
    )

    @Test func picturesMayBePNGAndOfAnotherSize() async throws {
        let fixture = try ExternalFixture()
        for how in ["png", "picture-small"] {
            let script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, how)
            _ = try await fixture.codeWord()
            #expect(try await fixture.picture(resolution: 32).width == 32)
            try await script.end()
        }
    }

    // MARK: Not there, slow

    @Test func whoIsAbsentIsWaitedFor() async throws {
        let fixture = try ExternalFixture()
        let refused = await refusal { _ = try await fixture.codeWord() }
        #expect(refused?.code == "codec_absent" && refused?.isTemporary == true)
        #expect(await decodingRefusal { _ = try await fixture.picture() }?.isTemporary == true)
        #expect(try await fixture.trouble()?.contains("no codec process answers") == true)
        let script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "good")
        #expect(try await fixture.codeWord().reals.count == 8)
        #expect(try await fixture.picture().width == 16)
        #expect(try await fixture.trouble() == nil)
        try await script.end()
        #expect(try await fixture.trouble() != nil)
    }

    @Test(arguments: ["silent", "slow-encode", "trickle"])
    func whoIsSlowIsLeft(how: String) async throws {
        let fixture = try ExternalFixture(seconds: 1)
        let script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, how)
        let looks = Mutex(0)
        let began = ContinuousClock.now
        let refused = await refusal {
            _ = try await fixture.codeWord { looks.withLock { $0 += 1 } }
        }
        #expect(refused?.code == "codec_slow" && refused?.isTemporary == true, "\(String(describing: refused))")
        #expect(ContinuousClock.now - began < .seconds(20))
        // Whoever watches the thread sees a sign of life about ten times a second.
        #expect(looks.withLock { $0 } >= 5)
        if how == "slow-encode" {
            let trouble = try await fixture.trouble()
            #expect(trouble?.contains("did not answer within 1 s") == true)
        }
        try await script.end()
    }

    @Test func whoIsWaitedForCanBeLeft() async throws {
        let fixture = try ExternalFixture(seconds: 600)
        let script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "silent")
        let began = ContinuousClock.now
        await #expect(throws: CancellationError.self) {
            _ = try await fixture.codeWord {
                if ContinuousClock.now - began > .milliseconds(300) { throw CancellationError() }
            }
        }
        #expect(ContinuousClock.now - began < .seconds(20))
        try await script.end()
    }

    // MARK: Dying

    @Test func whoDiesIsTroubleUntilItIsBack() async throws {
        let fixture = try ExternalFixture()
        var script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "dies")
        let refused = await refusal { _ = try await fixture.codeWord() }
        #expect(refused?.code == "codec_died" && refused?.isTemporary == true)
        try await script.end()
        script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "picture-dies")
        #expect(try await fixture.codeWord().reals.count == 8)
        let left = await decodingRefusal { _ = try await fixture.picture() }
        #expect(left?.isTemporary == true && left?.description.contains("closed the connection") == true)
        try await script.end()
        script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "good")
        #expect(try await fixture.picture().width == 16)
        try await script.end()
    }

    // MARK: Lying

    @Test(arguments: [
        "header-huge", "header-empty", "not-json", "nested", "payload-huge", "payload-negative", "payload-long",
        "reals-many", "reals-odd", "reals-none", "reals-other", "reals-short", "nan", "zeros", "name-none",
        "name-long", "dimension-odd", "dimension-huge", "picture-odd", "hello-payload",
    ])
    func whoLiesAboutRealsIsRefused(how: String) async throws {
        let fixture = try ExternalFixture()
        let script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, how)
        let refused = await refusal { _ = try await fixture.codeWord() }
        #expect(refused?.code == "codec_answer" && refused?.isTemporary == false, "\(String(describing: refused))")
        #expect(refused?.description.contains("docs/bring-your-own-codec.md") == true)
        try await script.end()
    }

    @Test(arguments: [
        "rgb-short", "rgb-empty", "picture-huge", "png-none", "png-cut", "png-long", "png-bomb", "name-none",
    ])
    func whoLiesAboutPicturesIsRefused(how: String) async throws {
        let fixture = try ExternalFixture()
        let script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, how)
        let refused = await decodingRefusal { _ = try await fixture.picture() }
        #expect(refused?.isTemporary == false, "\(String(describing: refused))")
        #expect(refused?.description.hasPrefix("the codec process sent ") == true)
        try await script.end()
    }

    @Test func itsOwnRefusalsAreToldWithoutTricks() async throws {
        let fixture = try ExternalFixture()
        var script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "final")
        var refused = await refusal { _ = try await fixture.codeWord() }
        #expect(refused?.code == "no_face" && refused?.isTemporary == false)
        #expect(refused?.description == "the codec process refuses it: no [31m such face")
        try await script.end()
        script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "temporary")
        refused = await refusal { _ = try await fixture.codeWord() }
        #expect(refused?.code == "codec_refused" && refused?.isTemporary == true)
        try await script.end()
    }

    @Test func anotherCodecOrTooMuchIsRefused() async throws {
        let fixture = try ExternalFixture()
        let script = try await CodecScript(ExternalFixture.liar, socket: fixture.socket, "good")
        let other = await decodingRefusal { _ = try await fixture.picture(codec: "somebody else") }
        #expect(other?.isTemporary == false && other?.description.contains("run the same on both hosts") == true)
        let many = await decodingRefusal { _ = try await fixture.picture(reals: 18) }
        #expect(many?.isTemporary == false && many?.description.contains("18 reals") == true)
        let order = EncodingOrder(instruction: "", isAligned: true, dimension: 18)
        #expect(await refusal { _ = try await fixture.codeWord(order) }?.code == "bad_symbols")
        try await script.end()
    }

    // MARK: Orders and settings

    @Test func ordersAreCheckedWithoutTheProcess() async throws {
        let fixture = try ExternalFixture()
        let photo = try PictureFile.encodePNG(ExternalFixture.face)
        let accepted = try fixture.encoder.accept(fixture.order, photo: photo, checkpoint: {})
        #expect(accepted.request == "she should smile" && accepted.artifacts[.aligned] != nil)
        let faceless = EncodingOrder(instruction: "smile")
        #expect(await refusal { _ = try fixture.encoder.accept(faceless, photo: photo) {} }?.code == "no_face")
        let odd = EncodingOrder(instruction: "smile", isAligned: true, dimension: 7)
        #expect(await refusal { _ = try fixture.encoder.accept(odd, photo: photo) {} }?.code == "bad_symbols")
        let moded = EncodingOrder(instruction: "smile", isAligned: true, mode: .linear)
        #expect(await refusal { _ = try fixture.encoder.accept(moded, photo: photo) {} }?.code == "bad_mode")
    }

    @Test func codecsAreNamed() throws {
        #expect(SemanticCodecs.complaint(of: "editable-deepsc", external: nil) == nil)
        #expect(SemanticCodecs.complaint(of: "jpeg", external: nil)?.contains("\"external\"") == true)
        #expect(SemanticCodecs.complaint(of: "external", external: nil)?.contains("[external]") == true)
        #expect(SemanticCodecs.complaint(of: "external", external: .init(socket: "/run/codec.sock")) == nil)
        for wrong in [
            ExternalSettings(socket: ""), ExternalSettings(socket: String(repeating: "x", count: 108)),
            ExternalSettings(socket: "a", timeoutSeconds: .nan), ExternalSettings(socket: "a", timeoutSeconds: 1e9),
        ] {
            #expect(SemanticCodecs.complaint(of: "external", external: wrong)?.hasPrefix("[external] ") == true)
        }
        #expect(throws: SemanticCodecs.UnknownCodec.self) { try SemanticCodecs.named("jpeg") }
        #expect(throws: ExternalCodec.MissingSettings.self) {
            try ExternalCodec.decoders(models: installedModels, settings: SemanticSettings())
        }
    }

    /// Whatever a header and a payload say, they are refused or fit.
    @Test func mutatedAnswersDoNoHarm() throws {
        let seeds = [
            #"{"name":"liar","dimension":8,"maximumDimension":16,"picture":"rgb","bytes":0}"#,
            #"{"reals":8,"bytes":32}"#, #"{"error":"no","code":"no_face","temporary":true}"#,
        ].map { Array($0.utf8) }
        let (_, accepted) = try Fuzzer("codec-answer", seeds: seeds, isText: true).run(share: 0.02) { bytes in
            guard let answer = try? CodecAnswer(header: bytes) else { return false }
            if let identity = try? CodecIdentity(answer) {
                #expect((2...ExternalCodec.mostReals).contains(identity.dimension))
            }
            let payload = [UInt8](repeating: 0x3F, count: min(answer.bytes, 4096))
            if let reals = try? CodecProcess.reals(answer, payload, dimension: nil, most: 1024) {
                #expect(reals.count * 4 == payload.count)
            }
            return true
        }
        #expect(accepted >= seeds.count)
    }
}
