import Tensor

/// Fills the slots of one sentence.
struct SentenceWriter {
    /// The intensity to state, 0 for none.
    let level: Int
    let noun, have: PhraseTemplate
    let person: Person
    var bareNoun: PhraseTemplate?
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
        let frame = SentenceFrame.fitting(phrase, among: frames, &random)
        return SentenceWriter(level: 0, noun: noun, have: have, person: person, bareNoun: bareNoun, phrase: phrase)
            .text(frame, &random)
    }

    private func fill(_ pattern: PhraseTemplate, _ random: inout SeededGenerator) -> String {
        pattern.expanded(&random) { slot, random in other(slot, &random) }
    }

    private func other(_ slot: String, _ random: inout SeededGenerator) -> String {
        switch slot {
        case "N": return fill(noun, &random)
        case "B": return fill(bareNoun ?? noun, &random)
        case "mood": return fill(Self.mood, &random)
        case "A": return fill(StayingPhrases.praising, &random)
        case "person": return random.pick(["dude", "mate", "buddy", "my friend", "sir", "man"])
        case "have": return fill(have, &random)
        case "X": return phrase
        case "Xing": return SentenceFrame.gerund(phrase) ?? phrase
        default:
            guard let text = person.text(slot: slot) else { preconditionFailure("no slot {\(slot)}") }
            return text
        }
    }

    /// Moods without a smile.
    private static let mood = PhraseTemplate(
        "(sad|sad|angry|cross|grumpy|gloomy|unhappy|furious|upset|miserable|depressed|mad|sullen|sorrowful|"
            + "mournful|bitter|"
            + "heartbroken|grim|annoyed|irritated|melancholic|sour|moody|bad-tempered|resentful|hostile|dejected|"
            + "desperate|"
            + "disappointed|displeased|frowning|scowling|tearful|glum|downcast|livid|enraged|crying|despairing|"
            + "wretched)"
    )
}
