import SemanticCoding
import Tensor

/// Moods: those that have a smile, those that have none, and those that say nothing of it.
extension BriefPhrases {
    private static let noJoy =
        "(sad|angry|cross|grumpy|gloomy|unhappy|furious|upset|miserable|depressed|mad|sullen|mournful|bitter|"
        + "grim|annoyed|"
        + "irritated|melancholic|sour|moody|resentful|hostile|dejected|disappointed|displeased|glum|downcast|"
        + "livid|enraged|"
        + "tearful|in a bad mood|down|blue|troubled|hurt|lonely|hopeless|sorrowful|cranky|outraged|offended|"
        + "stern|severe|"
        + "strict|frosty|cold|unfriendly|joyless|cheerless|humourless|woeful|devastated|crushed|inconsolable)"
    private static let joy =
        "(happy|cheerful|joyful|glad|merry|jolly|pleased|content|friendly|amused|in a good mood|optimistic|"
        + "bright|sunny|"
        + "delighted|kind|warm|pleasant|good-humoured|satisfied|carefree|playful)"
    private static let bliss =
        "(ecstatic|overjoyed|thrilled|over the moon|elated|euphoric|extremely happy|jubilant|in stitches)"
    private static let noMood =
        "(surprised|astonished|amazed|scared|afraid|frightened|shocked|confused|tired|sleepy|bored|drunk|sick|"
        + "nervous|"
        + "embarrassed|curious|thoughtful|proud|jealous|puzzled|exhausted|startled|terrified|disgusted|anxious|"
        + "dreamy|smart|"
        + "rich|clever|wet|famous|important|elegant|asleep|ill|healthy|strong|blond|tanned|mysterious)"

    func mood(_ random: inout SeededGenerator) -> SentencePart {
        let frames = [
            "look {M}", "be {M}", "make {O} {M}", "make {O} look {M}", "{S} should (look|be|seem|appear|feel) {M}",
            "{M}", "{M} please", "a {M} (face|look|expression)",
            "(give|show) {O} (with|) a {M} (face|look|expression)", "let {O} (look|be|seem) {M}",
            "I want {O} (to be|to look|) {M}", "(seem|appear|feel|get) {M}", "turn {O} {M}",
            "(can|could) {S} (look|be) {M}", "show {O} {M}", "{S} must (look|be) {M}", "as if {S} (were|was) {M}",
            "{P} (face|expression|mood) should be {M}",
        ]
        let complaints = [
            "{S} (look|looks|seem|seems) (so |too |rather |)({M}), (fix|change|help|mend|improve) (it|that)",
            "{S} (look|looks) too {M}", "not so {M}", "less {M}", "(don't|do not) (be|look) so {M}",
            "make {O} (look |)(less|not so) {M}", "{S} should not (look|be) so {M}",
            "{S} (is|looks) (far |much |)too {M}", "{S} should (look|be) less {M}", "why so {M}",
            "make {O} (a bit |)less {M}",
        ]
        let request: ClauseMeaning
        var (mood, pattern) = ("", random.pick(frames))
        switch random.index(12) {
        case ..<4: (mood, request) = (Self.noJoy, .request(EditRequest(attribute: .smiling, kind: Self.goal(0))))
        case 4, 5:
            (mood, request, pattern) = (
                Self.noJoy, .request(EditRequest(attribute: .smiling, kind: Self.up)), random.pick(complaints)
            )
        case 6, 7: (mood, request) = (Self.joy, .request(EditRequest(attribute: .smiling, kind: Self.up)))
        case 8:
            (mood, request, pattern) = (
                Self.joy, .request(EditRequest(attribute: .smiling, kind: Self.down)), random.pick(complaints)
            )
        case 9: (mood, request) = (Self.bliss, .request(EditRequest(attribute: .smiling, kind: Self.goal(5))))
        default: (mood, request) = (Self.noMood, .other(.unrelated, degree: nil))
        }
        let person = Person.sample(&random)
        let text = PhraseTemplate(pattern).expanded(&random) { slot, random in
            slot == "M" ? PhraseTemplate(mood).expanded(&random) { _, _ in "" } : person.text(slot: slot) ?? ""
        }
        return SentencePart(TypingNoise.tidied(text), request)
    }
}
