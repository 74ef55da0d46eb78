import SemanticCoding
import Tensor

/// Sentences that name no attribute: thanks and talk, and what is said of the edits before.
struct TalkPhrases: Sendable {
    private let remarks = Self.remarkPatterns.map(PhraseTemplate.init)
    private let acts: [(act: ClauseAct, patterns: [PhraseTemplate])] = [
        (.undo, Self.undo.map(PhraseTemplate.init)), (.again, Self.again.map(PhraseTemplate.init)),
        (.back, Self.back.map(PhraseTemplate.init)),
    ]
    private let more = Self.more.map(PhraseTemplate.init)
    private let less = Self.less.map(PhraseTemplate.init)

    func remark(_ random: inout SeededGenerator) -> SentencePart {
        let person = Person.sample(&random)
        let text = random.pick(remarks).expanded(&random) { slot, _ in person.text(slot: slot) ?? "" }
        return SentencePart(text, .other(.remark, degree: nil))
    }

    func conversation(_ random: inout SeededGenerator) -> SentencePart {
        let level = random.index(5)
        func text(_ patterns: [PhraseTemplate], _ random: inout SeededGenerator) -> String {
            TypingNoise.tidied(
                random.pick(patterns).expanded(&random) { _, random in
                    level == 0 ? "" : Intensity.before[level].expanded(&random) { _, _ in "" }
                }
            )
        }
        switch random.index(5) {
        case 0: return SentencePart(text(more, &random), .other(.more, degree: max(1, level)))
        case 1: return SentencePart(text(less, &random), .other(.less, degree: max(1, level)))
        case let index:
            let (act, patterns) = acts[index - 2]
            return SentencePart(text(patterns, &random), .other(act, degree: nil))
        }
    }

    private static let remarkPatterns = [
        "(thanks|thank you|many thanks|thx|thank you (very|so) much|thanks (a lot|a million|so much|again|in "
            + "advance)|cheers|much appreciated|ta)(|, mate|, dear|)",
        "(hello|hi|hey|good morning|good evening|hi there|hello there|bye|goodbye|see you|good night|dear all)",
        "(great|good|nice|excellent|brilliant|lovely) (job|work|one|result|picture|photo)",
        "(that|this|it) (is|looks|was) (great|nice|fine|perfect|good|awful|interesting|done|lovely|wonderful|"
            + "exactly right|very good)",
        "well done", "(perfect|great|wonderful|lovely|excellent|super|nice)",
        "you (are|'re) (great|a star|the best|welcome|very kind)",
        "I (love|like) (it|this|that picture|this photo|the result|the colours|what you did)",
        "I appreciate (it|your help|that)",
        "I (am|feel|was) (hungry|tired|busy|ill|late|bored|at work|on holiday|in a meeting|from Spain|very happy "
            + "with this)",
        "it is (raining|sunny|cold|hot|late) (today|outside|)",
        "(yes|ok|okay|sure|alright|fine|good)", "have a (nice|good|great) (day|evening|weekend)",
        "{S} {is} (my neighbour|a doctor|my best friend|on holiday|very kind|from Italy|tall|rich)",
        "(this|that|here) is {S}", "it is (for|about) {P} (birthday|passport|wedding|mother)",
        "I (took|found|like|have) (this|the|a) (photo|picture)( yesterday| in Rome|)",
        "sorry (about that|for the trouble|)",
        "I had (soup|pizza|coffee|a sandwich) for (lunch|breakfast|dinner)", "looking good", "so far so good",
        "that (will|'ll) do", "(no|not) bad( at all|)", "please and thank you", "keep up the good work",
        "all the best", "(kind|best) regards", "I'd be (grateful|obliged)", "if you don't mind", "as always",
        "good boy", "how (nice|lovely|kind)", "(wow|amazing|awesome|incredible)", "just wondering",
    ]
    private static let undo = [
        "undo", "undo (that|it|this|the last (one|edit|change|step)|please|my last edit)", "take (that|it|this) back",
        "revert( that| it| this| the last (change|edit|step)|)",
        "cancel (that|the last (edit|change|one)|it)", "(it|that) was better before", "go back (one|a) step",
        "scratch that", "reverse (that|it|the last (edit|change))",
        "(ctrl|control) z", "roll (it|that) back", "forget (that|the last (one|edit|change))",
        "I (don't|do not) like (that|this|the last) (change|edit|one)",
        "that was (wrong|a mistake|not what I "
            + "wanted)",
        "(no|please),? undo( it| that|)", "one step back", "the way it was before that", "put it back( how it was|)",
        "(delete|drop|discard) the last (edit|change)", "back to the (previous|last) (one|version|picture|step)",
        "return to the (previous|last) (version|picture|one)", "can you undo (that|it|the last change)",
    ]
    private static let more = [
        "{more} more", "{more} more please", "make it {more} more", "{more} (further|stronger)", "go {more} further",
        "more", "more of (that|it|the same|this)", "not enough", "(still|that is|that's) not (quite |nearly |)enough",
        "keep going", "(another|one more) (notch|step|bit)", "continue( like that|)",
        "(I want|I'd like) {more} more( of it|)", "(could|can) (it|that) be {more} more", "increase it {more}",
        "even more", "and more",
        "push it {more} further", "{more} more of (that|it|the same|this)", "go on",
        "that is too (little|weak|"
            + "subtle)",
        "do (it|that) {more} more",
    ]
    private static let less = [
        "{more} less", "{more} less please", "make it {more} less", "{more} weaker", "less", "less of (that|it|this)",
        "too much", "(that|it|this) (is|was|'s) (a bit |way |far |)too much", "not (so|that|quite so|as) much",
        "(tone|dial|turn) (it|that) down( {more}|)", "overdone",
        "(that|it) (is|was) (a bit much|overdone|exaggerated|too strong)", "go easier on it",
        "half (of that|as "
            + "much)",
        "reduce it {more}", "(could|can) (it|that) be {more} less",
        "{more} less of (that|it|this)", "(I want|I'd like) {more} less( of it|)", "a bit too (much|strong)",
        "do (it|that) {more} less", "easy(,|) not that much", "don't overdo it",
    ]
    private static let again = [
        "again", "once more", "one more time", "(do |)(that|it|this|the same) (again|once more|one more time)",
        "the same (thing |edit |)(again|once more)", "repeat( that| it| the last (edit|one)|)", "same again",
        "(do|make|apply) the same( edit| change|) (again|once more|here)", "encore", "(redo|repeat) (it|that)",
        "another time", "and again", "(the|) same as before", "like last time", "(please |)again(, please|)",
        "the (last|previous) (edit|change) (again|once more)",
    ]
    private static let back = [
        "back to the (photo|original|start|beginning|original (photo|picture|image)|first (picture|photo))",
        "start (over|again|afresh|from scratch|anew)", "reset( everything| it all| all|)",
        "(the |)original (photo |picture |)please",
        "(remove|discard|delete|drop|cancel) all (edits|changes|the edits)",
        "undo (everything|all|all of it|all (the |)(edits|changes))", "restore the original( photo| picture|)",
        "show (me |)the original( photo| picture|)",
        "as it was (at the start|in the photo|originally|at first)",
        "go (all the way |)back to the (original|photo|start|beginning|picture I sent)",
        "return to the (photo|original|start|original picture)",
        "revert (everything|all|to the original|to the photo)", "begin again",
        "(let's |)start (over|from the beginning)", "clean slate", "back to square one",
        "the (unedited|untouched|real) (photo|picture)( please|)",
        "forget (all|everything)( we did|)", "everything back( to how it was|)", "take (everything|it all) back",
    ]
}
