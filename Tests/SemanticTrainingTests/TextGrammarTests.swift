import Tensor
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite struct TextGrammarTests {
    private func sentences(seed: UInt64, count: Int) -> [RequestGrammar.Sentence] {
        let grammar = RequestGrammar()
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in grammar.sentence(&random) }
    }

    @Test func theSameSeedGivesTheSameSentences() {
        #expect(sentences(seed: 3, count: 300) == sentences(seed: 3, count: 300))
        #expect(sentences(seed: 3, count: 300) != sentences(seed: 4, count: 300))
    }

    @Test func everyRequestHasItsWordingFilledInAndReadable() throws {
        let grammar = RequestGrammar()
        var random = SeededGenerator(seed: 5)
        for attribute in EditRequest.Attribute.allCases {
            let kinds =
                (0...5).map { EditRequest.Kind.target(degree: $0) }
                + (1...5).flatMap { degree in
                    [.change(direction: .up, degree: degree), .change(direction: .down, degree: degree)]
                }
            for kind in kinds {
                let request = EditRequest(attribute: attribute, kind: kind)
                var different: Set<String> = []
                for _ in 0..<60 {
                    let text = grammar.plainText(of: request, &random)
                    #expect(!text.contains(where: { "{}|()".contains($0) }), "\(text)")
                    #expect(!text.contains("  "), "\(text)")
                    #expect(try !RequestTokenizer.tokens(of: text).isEmpty)
                    different.insert(text)
                }
                #expect(different.count > 25, "\(request) has only \(different.count) wordings")
            }
        }
    }

    @Test func allMeaningsOccurAndNearlyAllSentencesCanBeTokenized() {
        let drawn = sentences(seed: 7, count: 4000)
        let clauses = drawn.flatMap { $0.parts.compactMap(\.meaning) }
        for act in ClauseAct.allCases {
            #expect(clauses.count { $0.classes.act == act } > 30, "\(act)")
        }
        for attribute in EditRequest.Attribute.allCases {
            #expect(drawn.count { $0.parts.contains { $0.asks(for: attribute) } } > 400)
        }
        #expect(drawn.count { $0.parts.compactMap(\.meaning).count > 1 } > 500)
        #expect(drawn.count { (try? RequestTokenizer.tokens(of: $0.text)) == nil } < 60)
        #expect(drawn.allSatisfy { !$0.text.contains(where: { "{}|".contains($0) }) })
    }

    @Test func numbersAreInTheWordsThatHaveThem() throws {
        let numbers = sentences(seed: 8, count: 4000).filter { sentence in
            sentence.parts.contains { part in
                (try? RequestTokenizer.tokens(of: part.text))?.contains { $0.quantity != nil } ?? false
            }
        }
        let kinds = Set(
            numbers.flatMap { ((try? RequestTokenizer.tokens(of: $0.text)) ?? []).compactMap { $0.quantity?.word } }
        )
        #expect(
            kinds.isSuperset(of: [
                "#years", "#age", "#percent", "#plus", "#minus", "#steps", "#level", "#number", "#big",
            ])
        )
    }

    @Test func aChangeByFiveAndTheDegreeAtItsEndAreOneClass() {
        func classes(_ kind: EditRequest.Kind) -> (act: ClauseAct, attribute: Int?, degree: Int?) {
            ClauseMeaning.request(EditRequest(attribute: .beard, kind: kind)).classes
        }
        #expect(classes(.change(direction: .down, degree: 5)) == classes(.target(degree: 0)))
        #expect(classes(.change(direction: .up, degree: 5)) == classes(.target(degree: 5)))
        #expect(classes(.change(direction: .up, degree: 4)) != classes(.target(degree: 4)))
    }

    @Test func aStatedIntensityIsInTheWords() throws {
        let grammar = RequestGrammar()
        var random = SeededGenerator(seed: 9)
        let strong: Set = [
            "quite", "bit", "considerably", "noticeably", "significantly", "substantially", "markedly", "visibly",
            "deal",
            "#steps", "clearly", "distinctly", "appreciably", "much",
        ]
        for _ in 0..<200 {
            let request = EditRequest(attribute: .beard, kind: .change(direction: .up, degree: 3))
            let text = grammar.plainText(of: request, &random)
            #expect(try !strong.isDisjoint(with: RequestTokenizer.tokens(of: text).map(\.word)), "\(text)")
        }
    }

    @Test func patternsExpandToTheirAlternatives() {
        let pattern = PhraseTemplate("a(b|(c|d)) {slot}")
        #expect(pattern.slots == ["slot"])
        var random = SeededGenerator(seed: 1)
        let readings = Set((0..<100).map { _ in pattern.expanded(&random) { name, _ in "<\(name)>" } })
        #expect(readings == ["ab <slot>", "ac <slot>", "ad <slot>"])
    }

    @Test(arguments: [("make it longer", "making it longer"), ("trim it", "trimming it"), ("be old", "being old")])
    func gerunds(verb: String, gerund: String) {
        #expect(SentenceFrame.gerund(verb) == gerund)
    }
}
