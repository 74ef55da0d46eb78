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
        ("get rid of these spectacles please", .eyeglasses, .target(degree: 0)),
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
        ("make her smile a little more", .smiling, .change(direction: .up, degree: 1)),
        ("give her a bigger smile", .smiling, .change(direction: .up, degree: 1)),
    ]

    private let encoder: TextSemanticEncoder

    init() throws { encoder = try TextSemanticEncoder(models: installedModels) }

    private func text(_ sentence: String) -> String {
        do throws(RequestRefusal) {
            return try encoder.read(sentence).map(\.request.description).joined(separator: ", ")
        } catch {
            return "refused: \(error)"
        }
    }

    @Test func plainRequestsAreRead() throws {
        let sentences = Self.plain.map { LabelledSentence(text: $0.0, request: .init(attribute: $0.1, kind: $0.2)) }
        let score = TextEncoderEvaluation.score(encoder, on: sentences)
        #expect(score.attributeAndKind >= 0.93, "\(score.mistakes)")
        #expect(score.degreeToo >= 0.85, "\(score.mistakes)")
        #expect(text("she should not smile") == "smiling to 0")
        #expect(text("make her smile a little more") == "smiling +1")
        #expect(text("give her a bigger smile") == "smiling +1")
    }

    /// What the reader once took for its opposite, or did not take.
    @Test(arguments: [
        ("she should smile more. thanks a lot!", "smiling +1"), ("Remove eyeglasses.", "eyeglasses to 0"),
        ("change the poker face to a smiling face", "smiling +1"), ("set age to 5", "age to 5"),
        ("smile -2", "smiling −2"),
        ("make her smile 10% more", "smiling +1"), ("5 years younger", "age −1"), ("30 years younger", "age −3"),
        ("look grumpy", "smiling to 0"), ("sm1le", "smiling +1"),
    ])
    func whatWasMisread(sentence: String, meaning: String) {
        #expect(text(sentence) == meaning)
    }

    @Test(arguments: [
        ("she should not look older", RequestRefusal.keeps), ("don't remove the glasses", .keeps),
        ("keep her smile", .keeps),
        ("leave the glasses on", .keeps), ("is he wearing glasses?", .question), ("i like her smile", .remark),
        ("thank you very much", .remark), ("😀", .wordless), ("undo", .conversation(.undo)),
        ("a bit less", .conversation(.less)),
        ("the same again", .conversation(.again)), ("back to the photo", .conversation(.back)),
        ("more", .conversation(.more)),
        ("smile to 9", .outOfRange), ("beard +7", .outOfRange),
    ])
    func whatAsksForNothingIsRefusedAndSaysWhy(sentence: String, refusal: RequestRefusal) {
        #expect(throws: refusal) { try encoder.read(sentence) }
    }

    @Test func severalEditsAreAListInOrderWithTheirWords() throws {
        let edits = try encoder.read("make her a bit older and remove the glasses")
        #expect(edits.map(\.request.description) == ["age +1", "eyeglasses to 0"])
        #expect(edits.map(\.span) == ["make her a bit older", "remove the glasses"])
        #expect(text("give him a beard, but keep the glasses") == "beard +1")
        #expect(throws: RequestRefusal.unrelated("dye her hair green")) {
            try encoder.read("make her younger and dye her hair green")
        }
    }

    @Test func whatSpeaksOfEditsBeforeIsUnderstood() throws {
        #expect(try encoder.reading(of: "undo that") == SentenceReading(act: .undo, edits: []))
        #expect(try encoder.reading(of: "much more") == SentenceReading(act: .more, steps: 4, edits: []))
    }

    @Test func whatIsNoRequestIsRefused() {
        let sentences = [
            "dye her hair purple", "put a lighthouse behind her", "is it going to rain on Sunday?", "xqzv plmf wrrt",
            "Kannst du bitte das Bild drehen", "rotate the photo by ninety degrees", "I had soup for lunch",
            "give her blue eyes",
        ]
        let taken = sentences.filter { (try? encoder.read($0)) != nil }
        #expect(taken.isEmpty, "\(taken)")
    }

    @Test func refusalsSayWhatToDo() {
        #expect(throws: RequestRefusal.empty) { try encoder.read("   ") }
        #expect(throws: RequestRefusal.tooLong) { try encoder.read(String(repeating: "smile ", count: 200_000)) }
        let refusals: [RequestRefusal] =
            [
                .empty, .wordless, .tooLong, .unreadable, .unrelated(nil), .unrelated("x"), .keeps, .question, .remark,
                .outOfRange, .unsure,
            ] + ConversationAct.allCases.map { .conversation($0) }
        #expect(refusals.allSatisfy { $0.description.contains("for example") || $0 == .tooLong })
        #expect(Set(refusals.map(\.description)).count == refusals.count)
    }

    /// Whatever is typed is read or refused: no trap, and numbers stay in their ranges.
    @Test func anyTextIsReadOrRefused() {
        let bits = [
            "smile", "to", "-", "+", "9999", "0", "%", "years", "99999999999999999999", "1e400", "a", "not", ",", ".",
            "?",
            "\u{301}", "older", "from", "/", "out of", "5", "half a century", "level", "é", "\u{200D}", "undo", "0.5",
            "one",
        ]
        var state: UInt64 = 7
        for _ in 0..<400 {
            let words = (0..<12).map { _ -> String in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return bits[Int(state >> 33) % bits.count]
            }
            for edit in (try? encoder.read(words.joined(separator: " "))) ?? [] {
                #expect((0...5).allSatisfy { (0...5).contains(edit.request.expectedDegree(current: $0)) })
            }
        }
    }

    @Test func scoresCountRefusalsAsWrong() {
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

    @Test func byEffectAnyLabelOfATextWillDo() {
        func labelled(_ text: String, _ kind: EditRequest.Kind) -> LabelledSentence {
            LabelledSentence(text: text, request: .init(attribute: .smiling, kind: kind))
        }
        let score = TextEncoderEvaluation.effect(
            encoder,
            on: [
                labelled("She should not smile.", .change(direction: .down, degree: 5)),
                labelled("she should not smile", .target(degree: 3)),
                labelled("don't smile", .change(direction: .down, degree: 1)),
                LabelledSentence(text: "what a smile", group: "praise", readings: [.refused("praise")]),
                LabelledSentence(text: "she should not smile at all", group: "praise", readings: [.refused("praise")]),
            ]
        )
        #expect(score.all.sentences == 5 && score.all.right == 3)
        // One step down is none on photos of degrees 0 and 1.
        #expect(abs(score.all.photos - (3 + 2.0 / 6) / 5) < 1e-9)
        #expect(score.groups["praise"]?.takenForEdits == 1 && score.groups["praise"]?.right == 1)
        #expect(score.mistakes.count == 2)
    }

    @Test func labelledSentencesAreReadFromJSON() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/sentences.json"
        let json = #"""
            [{"text": "no beard", "attribute": "beard", "kind": "target", "degree": 0},
             {"text": "remove the beard", "attribute": "beard", "kind": "change", "direction": -1, "degree": null},
             {"text": "slightly remove it", "attribute": "beard", "kind": "change", "direction": -1, "degree": 1},
             {"text": "undo", "group": "talk", "readings": [{"conversation": "undo"}, {"refused": "why"}, {"edits": []}]}]
            """#
        try Data(json.utf8).write(to: URL(fileURLWithPath: path))
        let read = try LabelledSentence.read(path: path)
        let none = EditRequest(attribute: .beard, kind: .target(degree: 0))
        let step = EditRequest(attribute: .beard, kind: .change(direction: .down, degree: 1))
        #expect(read.map(\.text) == ["no beard", "remove the beard", "slightly remove it", "undo"])
        #expect(read.map(\.group) == ["beard", "beard", "beard", "talk"])
        #expect(
            read.map(\.readings) == [
                [.edits([none])], [.edits([none])], [.edits([step])],
                [.conversation(.undo), .refused("why"), .edits([])],
            ]
        )
    }
}
