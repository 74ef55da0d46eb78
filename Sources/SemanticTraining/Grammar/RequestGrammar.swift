import SemanticCoding
import Tensor

/// Draws labelled sentences: the text encoder's training data.
///
/// Requests for all five attributes, both kinds and all degrees, in the wording of `AttributeLexicon` and the frames of
/// `SentenceFrame`, with typing noise; the same in numbers (`NumberPhrases`), compared and corrected; what asks for no
/// change (`StayingPhrases`), talk and what is said of edits before (`TalkPhrases`), sentences that ask for something
/// else (`UnrelatedSentences`); and several of them in one sentence.
package struct RequestGrammar: Sendable {
    /// The parts in order; together they are the text.
    package struct Sentence: Sendable, Equatable {
        package let parts: [SentencePart]

        package var text: String { parts.map(\.text).joined() }
    }

    enum Place: CaseIterable {
        case quality, thing, state, action, remark
    }

    /// A wording, parsed; each place holds the patterns that can state how much, and the ones that cannot.
    struct Phrases: Sendable {
        private var all: [[PhraseTemplate]]
        private var graded: [[PhraseTemplate]]

        init(_ wording: Wording) {
            let places = [wording.qualities, wording.things, wording.states, wording.actions, wording.remarks]
            all = places.map { $0.map(PhraseTemplate.init) }
            graded = all.map { $0.filter { !$0.slots.isDisjoint(with: Intensity.slots) } }
        }

        /// A pattern, and its place; nil when none can state an intensity and one was asked for.
        func sample(graded mustGrade: Bool, _ random: inout SeededGenerator) -> (Place, PhraseTemplate)? {
            let from = mustGrade ? graded : all
            let weights = zip(Place.allCases.map { $0 == .remark ? 2 : 3 }, from).map { $1.isEmpty ? 0 : $0 }
            let sum = weights.reduce(0, +)
            guard sum > 0 else { return nil }
            var draw = random.index(sum)
            for (index, place) in Place.allCases.enumerated() {
                if draw < weights[index] { return (place, random.pick(from[index])) }
                draw -= weights[index]
            }
            return nil
        }
    }

    struct Vocabulary: Sendable {
        let noun, bareNoun, qualifiedNoun, have: PhraseTemplate
        let up, down, most, none, hardly: Phrases
        let targets: [Phrases]
        let implied: [[PhraseTemplate]]
        /// Bare comparatives, imperatives that may be forbidden, and what the attribute can look like.
        let comparatives: [EditRequest.Direction: [PhraseTemplate]]
        let actions, things: [PhraseTemplate]

        init(_ lexicon: AttributeLexicon) {
            (noun, bareNoun) = (PhraseTemplate(lexicon.noun), PhraseTemplate(lexicon.bareNoun))
            (qualifiedNoun, have) = (PhraseTemplate(lexicon.qualifiedNoun), PhraseTemplate(lexicon.have))
            (up, down, hardly) = (Phrases(lexicon.up), Phrases(lexicon.down), Phrases(lexicon.hardly))
            (most, none) = (Phrases(lexicon.most), Phrases(lexicon.none))
            targets = lexicon.targets.map(Phrases.init)
            implied = lexicon.implied.map { $0.map(PhraseTemplate.init) }
            comparatives = [
                .up: lexicon.up.qualities.map(PhraseTemplate.init),
                .down: lexicon.down.qualities.map(PhraseTemplate.init),
            ]
            // "Don't make her smile" asks for something.
            actions = (lexicon.up.actions + lexicon.down.actions + lexicon.none.actions)
                .filter { !$0.contains("smile)") && !$0.contains("{O} smile") && !$0.contains("glad") }
                .map(PhraseTemplate.init)
            things = lexicon.targets.dropFirst().flatMap(\.things).map(PhraseTemplate.init)
        }
    }

    private let vocabularies: [Vocabulary]
    let unrelated: UnrelatedSentences
    private let numbers = NumberPhrases()
    let staying = StayingPhrases()
    let talk = TalkPhrases()
    let brief = BriefPhrases()

    /// - Parameter words: that are at random the things which sentences that ask for something else are about.
    package init(words: [String] = []) {
        vocabularies = EditRequest.Attribute.allCases.map { Vocabulary(Self.lexicon(of: $0)) }
        unrelated = UnrelatedSentences(words: words)
    }

    private static func lexicon(of attribute: EditRequest.Attribute) -> AttributeLexicon {
        switch attribute {
        case .bangs: .bangs
        case .eyeglasses: .eyeglasses
        case .beard: .beard
        case .smiling: .smiling
        case .age: .age
        }
    }

    /// One sentence as a person might type it, with slips of the fingers where `isNoisy`.
    package func sentence(_ random: inout SeededGenerator, isNoisy: Bool = true) -> Sentence {
        var parts: [SentencePart]
        switch random.index(100) {
        case ..<40: parts = [requestPart(&random)]
        case ..<50: parts = [stayingPart(&random)]
        case ..<58: parts = [SentencePart(unrelated.sample(&random), .other(.unrelated, degree: nil))]
        case ..<62: parts = [brief.unrelated(&random)]
        case ..<67: parts = [random.chance(0.35) ? talk.remark(&random) : praisePart(&random)]
        case ..<73: parts = [questionPart(&random)]
        case ..<79: parts = [talk.conversation(&random)]
        case ..<81: parts = sharedVerb(&random)
        case ..<86: parts = brief.row(&random)
        default: parts = several(&random)
        }
        parts = TypingNoise.dressed(parts, &random)
        if isNoisy, random.chance(0.25) {
            let index = random.index(parts.count)
            parts[index].text = TypingNoise.misspelt(parts[index].text, &random)
        }
        return Sentence(parts: parts)
    }

    /// A request in words, in numbers, compared or corrected.
    func requestPart(_ random: inout SeededGenerator) -> SentencePart {
        switch random.index(22) {
        case ..<3:
            let attribute = random.pick(EditRequest.Attribute.allCases)
            let vocabulary = vocabulary(of: attribute)
            return numbers.sample(
                attribute,
                noun: vocabulary.noun,
                bare: vocabulary.bareNoun,
                comparative: { direction, random in comparative(attribute, direction, &random) },
                &random
            )
        case 3: return compared(&random)
        case 4: return corrected(&random)
        case ..<9: return brief.clause(&random)
        default: break
        }
        let request = sampleRequest(&random)
        var text = plainText(of: request, &random)
        if random.chance(0.15) {
            text = elaborated(text, request, &random)
        } else if random.chance(0.06) {
            text = contrasted(text, request, &random)
        } else if random.chance(0.16) {
            text = detailed(text, request, &random)
        }
        return SentencePart(text, .request(request))
    }

    func vocabulary(of attribute: EditRequest.Attribute) -> Vocabulary {
        vocabularies[EditRequest.Attribute.allCases.firstIndex(of: attribute) ?? 0]
    }

    func writer(_ attribute: EditRequest.Attribute, _ random: inout SeededGenerator) -> SentenceWriter {
        let vocabulary = vocabulary(of: attribute)
        return SentenceWriter(
            level: 0,
            noun: vocabulary.noun,
            have: vocabulary.have,
            person: .sample(&random),
            bareNoun: vocabulary.bareNoun
        )
    }

    /// "longer", of the attribute's noun.
    func comparative(
        _ attribute: EditRequest.Attribute,
        _ direction: EditRequest.Direction,
        _ random: inout SeededGenerator
    ) -> String {
        let patterns = vocabulary(of: attribute).comparatives[direction] ?? []
        return TypingNoise.tidied(writer(attribute, &random).text(random.pick(patterns), &random))
    }

    /// A request, with every label about as likely as people use it.
    func sampleRequest(_ random: inout SeededGenerator) -> EditRequest {
        let attribute = random.pick(EditRequest.Attribute.allCases)
        if random.chance(0.4) { return EditRequest(attribute: attribute, kind: .target(degree: random.index(6))) }
        let degree = random.chance(0.4) ? 1 : 1 + random.index(5)
        return EditRequest(
            attribute: attribute,
            kind: .change(direction: random.chance(0.5) ? .up : .down, degree: degree)
        )
    }

    /// The request in words, correctly spelt, in lower case but for names, without punctuation at the end.
    func plainText(of request: EditRequest, _ random: inout SeededGenerator) -> String {
        let vocabulary = vocabularies[EditRequest.Attribute.allCases.firstIndex(of: request.attribute) ?? 0]
        var level = 0
        let phrases: Phrases
        switch request.kind {
        case .target(let degree): phrases = vocabulary.targets[degree]
        case .change(let direction, let degree):
            if degree == 5, random.chance(0.7) {
                phrases = direction == .up ? vocabulary.most : vocabulary.none
            } else if degree == 4, direction == .down, random.chance(0.3) {
                phrases = vocabulary.hardly
            } else {
                phrases = direction == .up ? vocabulary.up : vocabulary.down
                level = degree == 1 && random.chance(0.6) ? 0 : degree
            }
        }
        guard let (place, pattern) = phrases.sample(graded: level > 0, &random) else {
            preconditionFailure("no wording for \(request)")
        }
        var writer = SentenceWriter(
            level: level,
            noun: vocabulary.noun,
            have: vocabulary.have,
            person: .sample(&random)
        )
        let text: String
        switch place {
        case .quality:
            if random.chance(0.3) {
                // As a noun phrase: "a slightly longer beard".
                writer.isWithinNounPhrase = true
                let quality = writer.text(pattern, &random)
                writer.phrase = quality
                writer.phrase = writer.text(vocabulary.qualifiedNoun, &random)
                text = writer.text(random.pick(SentenceFrame.thing), &random)
            } else {
                text = writer.framed(pattern, by: SentenceFrame.quality, &random)
            }
        case .thing:
            let adds = request.kind != .target(degree: 0) && request.kind != .target(degree: 5) && random.chance(0.06)
            text = writer.framed(pattern, by: adds ? SentenceFrame.addition : SentenceFrame.thing, &random)
        case .state: text = writer.framed(pattern, by: SentenceFrame.state, &random)
        case .action: text = writer.framed(pattern, by: SentenceFrame.action, &random)
        case .remark: text = writer.framed(pattern, by: SentenceFrame.remark, &random)
        }
        return TypingNoise.tidied(text)
    }

    /// A target with what goes without saying at that degree, or after a word on the way there: neither changes it.
    private func detailed(
        _ text: String,
        _ request: EditRequest,
        _ random: inout SeededGenerator
    ) -> String {
        guard case .target(let degree) = request.kind else { return text }
        let vocabulary = vocabularies[EditRequest.Attribute.allCases.firstIndex(of: request.attribute) ?? 0]
        if random.chance(0.4), degree != 2, degree != 3 {
            let way = EditRequest(
                attribute: request.attribute,
                kind: .change(direction: degree > 3 ? .up : .down, degree: random.pick([1, 4]))
            )
            return plainText(of: way, &random) + random.pick([". ", ". ", ": ", ", ", ", so "]) + text
        }
        guard !vocabulary.implied[degree].isEmpty else { return text }
        var writer = SentenceWriter(level: 0, noun: vocabulary.noun, have: vocabulary.have, person: .sample(&random))
        let detail = writer.framed(random.pick(vocabulary.implied[degree]), by: SentenceFrame.remark, &random)
        return text + random.pick([". ", ". ", ", ", " and ", " but ", ", but ", " so that "])
            + TypingNoise.tidied(detail)
    }

    /// The request said twice, in other words: two clauses do not make two requests.
    private func elaborated(
        _ text: String,
        _ request: EditRequest,
        _ random: inout SeededGenerator
    ) -> String {
        let join = random.pick([", ", " and ", ", and ", ", so ", ". ", ": ", " so ", ", please ", " - "])
        return text + join + plainText(of: request, &random)
    }

    /// The request after what is wrong with the face as it is: the last clause counts.
    private func contrasted(
        _ text: String,
        _ request: EditRequest,
        _ random: inout SeededGenerator
    ) -> String {
        let present = EditRequest(attribute: request.attribute, kind: .target(degree: random.index(6)))
        guard present.kind != request.kind else { return text }
        let vocabulary = vocabularies[EditRequest.Attribute.allCases.firstIndex(of: request.attribute) ?? 0]
        guard case .target(let degree) = present.kind,
            let (place, pattern) = vocabulary.targets[degree].sample(graded: false, &random)
        else { return text }
        var writer = SentenceWriter(level: 0, noun: vocabulary.noun, have: vocabulary.have, person: .sample(&random))
        let frame: PhraseTemplate
        switch place {
        case .quality: frame = random.pick(SentenceFrame.presentQuality)
        case .thing: frame = random.pick(SentenceFrame.presentThing)
        default: return text
        }
        let clause = writer.framed(pattern, by: [frame], &random)
        let join = random.pick([", but ", " but ", ", but now ", ". instead, ", "; ", ", so please ", ". now "])
        return TypingNoise.tidied(clause) + join + text
    }
}
