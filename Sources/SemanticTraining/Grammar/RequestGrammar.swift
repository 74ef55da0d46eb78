import SemanticCoding
import Tensor

/// Draws labelled sentences: the text encoder's training data.
///
/// Requests for all five attributes, both kinds and all degrees, in the wording of `AttributeLexicon` and the frames of
/// `SentenceFrame`, with typing noise; besides them sentences that ask for something else or for two things at once.
package struct RequestGrammar: Sendable {
    /// What a sentence means.
    package enum Meaning: Sendable, Equatable {
        case request(EditRequest)
        /// No request for one of the five attributes.
        case unrelated
        /// Two requests in one sentence.
        case several
    }

    package struct Sentence: Sendable, Equatable {
        package let text: String
        package let meaning: Meaning
    }

    private enum Place: CaseIterable {
        case quality, thing, state, action, remark
    }

    /// A wording, parsed; each place holds the patterns that can state how much, and the ones that cannot.
    private struct Phrases: Sendable {
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

    private struct Vocabulary: Sendable {
        let noun, bareNoun, qualifiedNoun, have: PhraseTemplate
        let up, down, most, none, hardly: Phrases
        let targets: [Phrases]
        let implied: [[PhraseTemplate]]

        init(_ lexicon: AttributeLexicon) {
            (noun, bareNoun) = (PhraseTemplate(lexicon.noun), PhraseTemplate(lexicon.bareNoun))
            (qualifiedNoun, have) = (PhraseTemplate(lexicon.qualifiedNoun), PhraseTemplate(lexicon.have))
            (up, down, hardly) = (Phrases(lexicon.up), Phrases(lexicon.down), Phrases(lexicon.hardly))
            (most, none) = (Phrases(lexicon.most), Phrases(lexicon.none))
            targets = lexicon.targets.map(Phrases.init)
            implied = lexicon.implied.map { $0.map(PhraseTemplate.init) }
        }
    }

    private let vocabularies: [Vocabulary]
    private let unrelated = UnrelatedSentences()

    package init() {
        vocabularies = EditRequest.Attribute.allCases.map { Vocabulary(Self.lexicon(of: $0)) }
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

    /// One sentence as a person might type it: about three in four are requests.
    package func sentence(_ random: inout SeededGenerator) -> Sentence {
        let draw = random.uniform()
        let meaning: Meaning
        var text: String
        if draw < 0.76 {
            let request = sampleRequest(&random)
            text = plainText(of: request, &random)
            if random.chance(0.15) {
                text = elaborated(text, request, &random)
            } else if random.chance(0.06) {
                text = contrasted(text, request, &random)
            } else if random.chance(0.1) {
                text = detailed(text, request, &random)
            }
            meaning = .request(request)
        } else if draw < 0.92 {
            (text, meaning) = (unrelated.sample(&random), .unrelated)
        } else {
            (text, meaning) = (severalText(&random), .several)
        }
        text = TypingNoise.dressed(text, &random)
        if random.chance(0.3) { text = TypingNoise.misspelt(text, &random) }
        return Sentence(text: text, meaning: meaning)
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

    /// Two requests for different attributes.
    private func severalText(_ random: inout SeededGenerator) -> String {
        let first = sampleRequest(&random)
        var second = sampleRequest(&random)
        while second.attribute == first.attribute { second = sampleRequest(&random) }
        let join = random.pick([
            " and ", " and ", ", ", " and also ", ", and ", " but ", " while ", ". also ", " plus ", ". ",
            "; then ", " as well as ",
        ])
        return plainText(of: first, &random) + join + plainText(of: second, &random)
    }
}

/// Fills the slots of one sentence.
struct SentenceWriter {
    /// The intensity to state, 0 for none.
    let level: Int
    let noun, have: PhraseTemplate
    let person: Person
    var isWithinNounPhrase = false
    /// What `{X}` stands for.
    var phrase = ""

    func text(_ pattern: PhraseTemplate, _ random: inout SeededGenerator) -> String {
        // How much is said once: before the comparative or behind the phrase.
        var behind = ""
        var saysAfter = false
        if pattern.slots.contains("by") {
            saysAfter = true
        } else if pattern.slots.contains("more"), level > 0, !isWithinNounPhrase, random.chance(0.3) {
            saysAfter = true
            behind = " " + fill(Intensity.after[level], &random)
        }
        let addsBoth = level == 2 && !saysAfter && pattern.slots.contains("more") && random.chance(0.15)
        if addsBoth { behind = random.pick([", but not too much", " but not too much", " but don't overdo it"]) }
        return pattern.expanded(&random) { slot, random in
            switch slot {
            case "more":
                saysAfter ? "" : fill((isWithinNounPhrase ? Intensity.within : Intensity.before)[level], &random)
            case "very": fill(Intensity.within[level], &random)
            case "by": fill(Intensity.after[level], &random)
            case "too": fill(Intensity.tooMuch[level], &random)
            default: other(slot, &random)
            }
        } + behind
    }

    /// The pattern inside one of the frames.
    mutating func framed(
        _ pattern: PhraseTemplate,
        by frames: [PhraseTemplate],
        _ random: inout SeededGenerator
    ) -> String {
        phrase = TypingNoise.tidied(text(pattern, &random))
        var frame = random.pick(frames)
        if frame.slots.contains("Xing"), SentenceFrame.gerund(phrase) == nil { frame = frames[0] }
        return SentenceWriter(level: 0, noun: noun, have: have, person: person, phrase: phrase).text(frame, &random)
    }

    private func fill(_ pattern: PhraseTemplate, _ random: inout SeededGenerator) -> String {
        pattern.expanded(&random) { slot, random in other(slot, &random) }
    }

    private func other(_ slot: String, _ random: inout SeededGenerator) -> String {
        switch slot {
        case "N": return fill(noun, &random)
        case "have": return fill(have, &random)
        case "X": return phrase
        case "Xing": return SentenceFrame.gerund(phrase) ?? phrase
        default:
            guard let text = person.text(slot: slot) else { preconditionFailure("no slot {\(slot)}") }
            return text
        }
    }
}
