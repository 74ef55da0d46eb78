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
                    #expect(try !RequestTokenizer.words(of: text).isEmpty)
                    different.insert(text)
                }
                #expect(different.count > 25, "\(request) has only \(different.count) wordings")
            }
        }
    }

    @Test func allMeaningsOccurAndNearlyAllSentencesCanBeTokenized() {
        let drawn = sentences(seed: 7, count: 4000)
        #expect(drawn.count { $0.meaning == .unrelated } > 300)
        #expect(drawn.count { $0.meaning == .several } > 150)
        for attribute in EditRequest.Attribute.allCases {
            let its = drawn.count {
                if case .request(let request) = $0.meaning { request.attribute == attribute } else { false }
            }
            #expect(its > 400)
        }
        #expect(drawn.count { (try? RequestTokenizer.words(of: $0.text)) == nil } < 40)
    }

    @Test func aStatedIntensityIsInTheWords() throws {
        let grammar = RequestGrammar()
        var random = SeededGenerator(seed: 9)
        let strong: Set = [
            "quite", "bit", "considerably", "noticeably", "significantly", "substantially", "markedly", "visibly",
            "deal",
            "three", "3", "clearly", "distinctly", "appreciably", "much",
        ]
        for _ in 0..<200 {
            let request = EditRequest(attribute: .beard, kind: .change(direction: .up, degree: 3))
            let text = grammar.plainText(of: request, &random)
            #expect(try !strong.isDisjoint(with: RequestTokenizer.words(of: text)), "\(text)")
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
