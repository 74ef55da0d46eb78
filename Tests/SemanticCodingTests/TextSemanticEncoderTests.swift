import Foundation
import SemanticTraining
import TestSupport
import Testing

@testable import SemanticCoding

/// The shipped weights on sentences written for this test, not drawn from the grammar.
@Suite struct TextSemanticEncoderTests {
    private static let plain: [(String, EditRequest.Attribute, EditRequest.Kind)] = [
        ("she should not smile", .smiling, .target(degree: 0)),
        ("give him a short beard", .beard, .target(degree: 2)),
        ("could you make my neighbour look a little bit older?", .age, .change(direction: .up, degree: 1)),
        ("get rid of these spectacles please", .eyeglasses, .change(direction: .down, degree: 5)),
        ("I would love to see her laughing out loud", .smiling, .target(degree: 5)),
        ("his beard ought to be a lot longer", .beard, .change(direction: .up, degree: 4)),
        ("trim the fringe slightly", .bangs, .change(direction: .down, degree: 1)),
        ("he'd look good without any facial hair", .beard, .target(degree: 0)),
        ("the lady must be in her forties", .age, .target(degree: 3)),
        ("what about spectacles that have no frame", .eyeglasses, .target(degree: 1)),
        ("plese make the bangs slighly longer", .bangs, .change(direction: .up, degree: 1)),
        ("MAKE HIM MUCH YOUNGER!!!", .age, .change(direction: .down, degree: 4)),
        ("the smile is far too big", .smiling, .change(direction: .down, degree: 4)),
        ("turn the guy into a teenager", .age, .target(degree: 1)),
        ("sunglasses with thick frames would suit Maria", .eyeglasses, .target(degree: 5)),
    ]

    @Test func plainRequestsAreRead() throws {
        let encoder = try TextSemanticEncoder(models: installedModels)
        let sentences = Self.plain.map { LabelledSentence(text: $0.0, request: .init(attribute: $0.1, kind: $0.2)) }
        let score = TextEncoderEvaluation.score(encoder, on: sentences)
        #expect(score.attributeAndKind >= 0.93, "\(score.mistakes)")
        #expect(score.degreeToo >= 0.8, "\(score.mistakes)")
        #expect(try encoder.read("she should not smile") == .init(attribute: .smiling, kind: .target(degree: 0)))
    }

    @Test func whatIsNoRequestIsRefused() throws {
        let encoder = try TextSemanticEncoder(models: installedModels)
        let sentences = [
            "dye her hair purple", "put a lighthouse behind her", "is it going to rain on Sunday?", "xqzv plmf wrrt",
            "Kannst du bitte das Bild drehen", "rotate the photo by ninety degrees", "I had soup for lunch",
            "give her blue eyes", "make her younger and add a beard", "remove the glasses and let her smile",
        ]
        let taken = sentences.filter { (try? encoder.read($0)) != nil }
        #expect(taken.count <= 1, "\(taken)")
    }

    @Test func refusalsSayWhatToDo() throws {
        let encoder = try TextSemanticEncoder(models: installedModels)
        #expect(throws: RequestRefusal.empty) { try encoder.read("   ") }
        #expect(throws: RequestRefusal.tooLong) { try encoder.read(String(repeating: "smile ", count: 200_000)) }
        for refusal: RequestRefusal in [.empty, .tooLong, .unreadable, .unrelated, .several, .unsure] {
            #expect(refusal.description.count > 20)
        }
    }

    @Test func scoresCountRefusalsAsWrong() throws {
        let encoder = try TextSemanticEncoder(models: installedModels)
        let request = EditRequest(attribute: .smiling, kind: .target(degree: 0))
        let score = TextEncoderEvaluation.score(
            encoder,
            on: [
                LabelledSentence(text: "she should not smile", request: request),
                LabelledSentence(text: "", request: request),
            ]
        )
        #expect(score.sentences == 2 && score.refused == 1 && score.attributeAndKind == 0.5 && score.degreeToo == 0.5)
        #expect(score.mistakes.map(\.text) == [""])
    }

    @Test func labelledSentencesAreReadFromJSON() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/sentences.json"
        let json = #"[{"text": "no beard", "attribute": "beard", "kind": "target", "degree": 0}]"#
        try Data(json.utf8).write(to: URL(fileURLWithPath: path))
        let read = try LabelledSentence.read(path: path)
        #expect(read.map(\.text) == ["no beard"])
        #expect(read.map(\.request) == [EditRequest(attribute: .beard, kind: .target(degree: 0))])
    }
}
