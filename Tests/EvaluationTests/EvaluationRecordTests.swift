import Foundation
import SemanticCoding
import TestSupport
import Testing

@testable import Evaluation

@Suite struct EvaluationRecordTests {
    private typealias InversionRecord = EvaluationRecord<InversionConditions, InversionScore.Face>
    private let face = InversionScore.Face(
        lpips: 0.2,
        cosine: 0.5,
        seconds: 3,
        power: 1.1,
        curve: [InversionScore.Moment(step: 4, seconds: 1, lpips: 0.3, cosine: 0.4)],
        received: [InversionScore.Reception(snr: 12, lpips: 0.3, cosine: 0.4)]
    )

    private func conditions(steps: Int = 16, snrs: [Double] = [], tried: [String] = []) -> InversionConditions {
        var settings = SemanticSettings()
        settings.inversionSteps = steps
        return InversionConditions(settings: settings, symbols: nil, curve: [4], snrs: snrs, tried: tried)
    }

    @Test func aRecordGoesOnWhereItWas() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/record.json"
        var record = try InversionRecord(path: path, conditions: conditions())
        #expect(record["a.jpg"] == nil)
        try record.add(face, of: "a.jpg")
        let again = try InversionRecord(path: path, conditions: conditions())
        #expect(again["a.jpg"] == face && again["b.jpg"] == nil)
    }

    @Test func facesOfOtherConditionsAreNotMixed() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/record.json"
        var record = try InversionRecord(path: path, conditions: conditions())
        try record.add(face, of: "a.jpg")
        for other in [conditions(steps: 8), conditions(snrs: [12]), conditions(tried: ["encoder.safetensors"])] {
            #expect(throws: EvaluationRecordError.self) { try InversionRecord(path: path, conditions: other) }
        }
        #expect(try InversionRecord(path: path, conditions: conditions())["a.jpg"] == face)
    }

    @Test(arguments: ["", "{}", "{\"conditions\": 3}", "\u{0}\u{1}"])
    func whatIsNoRecordIsLeftAlone(_ content: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/record.json"
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: EvaluationRecordError.self) { try InversionRecord(path: path, conditions: conditions()) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == content)
    }

    @Test func theScoreTakesMediansOfItsFaces() {
        let faces = [0.1, 0.5, 0.2].map { lpips in
            InversionScore.Face(
                lpips: lpips,
                cosine: 1 - lpips,
                seconds: 10 * lpips,
                power: 4,
                curve: [InversionScore.Moment(step: 4, seconds: lpips, lpips: 2 * lpips, cosine: 0)],
                received: [InversionScore.Reception(snr: 12, lpips: 3 * lpips, cosine: 0)]
            )
        }
        let score = InversionScore(faces)
        #expect(score.lpips.median == 0.2 && score.cosine.median == 0.8 && score.deviation == 2)
        #expect(abs(score.seconds - 8.0 / 3) < 1e-12)
        #expect(score.curve == [InversionScore.Moment(step: 4, seconds: 0.2, lpips: 0.4, cosine: 0)])
        #expect(score.received == [InversionScore.Reception(snr: 12, lpips: 3 * 0.2, cosine: 0)])
    }
}
