import SemanticCoding
import Tensor

/// Sentences about an attribute that ask for no change of it: keep it, do not change it, questions, praise. `{N}` is its
/// noun, `{X}` a phrase for more or less of it, `{T}` a noun phrase for how it may be, `{A}` an adjective of it.
struct StayingPhrases: Sendable {
    /// What a kind of phrase is filled with.
    enum Filling {
        case noun, comparative, action, thing
    }

    private let keeps = Self.keepPatterns.map(PhraseTemplate.init)
    private let refusals = Self.comparativePatterns.map(PhraseTemplate.init)
    private let forbidden = Self.actionPatterns.map(PhraseTemplate.init)
    private let questions = Self.questionPatterns.map(PhraseTemplate.init)
    private let praises = Self.praisePatterns.map(PhraseTemplate.init)

    /// "keep her glasses"
    func keep(_ writer: SentenceWriter, _ random: inout SeededGenerator) -> String {
        writer.text(random.pick(keeps), &random)
    }

    /// "she should not look older"
    func notMore(_ comparative: String, _ writer: SentenceWriter, _ random: inout SeededGenerator) -> String {
        var writer = writer
        writer.phrase = comparative
        return writer.text(random.pick(refusals), &random)
    }

    /// "don't remove the glasses"
    func forbid(_ action: String, _ writer: SentenceWriter, _ random: inout SeededGenerator) -> String {
        var writer = writer
        writer.phrase = action
        return writer.text(SentenceFrame.fitting(action, among: forbidden, &random), &random)
    }

    /// "is he wearing glasses"
    func question(
        _ attribute: EditRequest.Attribute,
        thing: String,
        _ writer: SentenceWriter,
        _ random: inout SeededGenerator
    ) -> String {
        let own = Self.ownQuestions[attribute] ?? []
        return about(thing, own: own, share: 0.4, of: questions, writer, &random)
    }

    /// "what a lovely smile"
    func praise(
        _ attribute: EditRequest.Attribute,
        thing: String,
        _ writer: SentenceWriter,
        _ random: inout SeededGenerator
    ) -> String {
        let own = Self.ownPraise[attribute] ?? []
        return about(thing, own: own, share: 0.35, of: praises, writer, &random)
    }

    /// A sentence about a thing: a share of an attribute's own, the others of all attributes'.
    private func about(
        _ thing: String,
        own: [String],
        share: Float,
        of common: [PhraseTemplate],
        _ writer: SentenceWriter,
        _ random: inout SeededGenerator
    ) -> String {
        var writer = writer
        writer.phrase = thing
        let pattern = random.chance(share) ? PhraseTemplate(random.pick(own)) : random.pick(common)
        return writer.text(pattern, &random)
    }

    private static let keepPatterns = [
        "keep {N}", "keep {N}",
        "keep {N} (as (it|that) is|as they are|on|the same|unchanged|like that|like this|exactly so)",
        "leave {N}",
        "leave {N} (alone|as it is|as they are|be|on|untouched|in place|where it is|unchanged|the way it is|in)",
        "{N} (should|must|can|has to|may|needs to|is to|ought to) (stay|remain)( as it is| the same| there| on| "
            + "like that|)",
        "{N} (stays|stay|remains)",
        "(don't|do not|never|please don't|dont) (change|touch|alter|edit|modify|mess with|lose) {N}",
        "(don't|do not|never|please don't|dont) take {N} (off|away)", "(hold|hang) on to {N}",
        "let {N} (be|stay|remain)",
        "without (changing|touching|removing|altering) {N}", "(preserve|retain|maintain|save|respect|spare) {N}",
        "(there is |)no need to (change|remove|touch|take off|alter) {N}", "I('d| would) like {N} to (stay|remain)",
        "I (want|would like|'d like|prefer) to keep {N}",
        "make sure (that |){N} (stays|remains|is kept|does not change)",
        "(keep|leave) {N} the way (it is|they are)",
        "{N} (should|must) not (change|be changed|be touched|be removed|disappear|go)",
        "I like {N}, (keep|leave) (it|them)",
        "{N} is (fine|good|perfect|ok), (leave|keep) (it|them)( as it is| alone|)",
        "hands off {N}", "nothing should happen to {N}",
        "I (don't|do not) want {N} (changed|removed|touched|to change|gone)",
        "(you|we) (can|should|may) (keep|leave) {N}", "same {N} as (now|before)", "(just |)not {N}",
        "(don't|do not) do anything (to|with|about) {N}", "(please |)(keep|have) {O} (with|in) {N}",
        "{N} (don't|doesn't) need changing",
        "I('d| would) rather keep {N}", "with {N} unchanged", "except {N}",
    ]
    private static let comparativePatterns = [
        "{N} should not (be|get|become|look) (any |){X}", "{S} should not (look|be|get|become) (any |){X}",
        "(don't|do not|never|dont) make {N} {X}",
        "(don't|do not|never|please don't) make {O} (look |){X}", "not {X}", "no {X}( please|, please|)", "not any {X}",
        "{N} must not (get|be|become) (any |){X}",
        "I (don't|do not) want {N} (to be |to get |to look |)(any |){X}",
        "I (don't|do not) want {O} (to be|to look) (any |){X}",
        "(there's|there is) no need to make {O} (look |){X}", "(nobody|no one) (asked|wants) (for |){O} (to be |){X}",
        "{S} (shouldn't|should not|must not|mustn't|can't|cannot) (look|be|get|become) (any |){X}",
        "anything "
            + "but {X}",
        "under no circumstances make {O} {X}", "{N} (shouldn't|mustn't|can't|should not) be (any |){X}",
        "without (making|becoming|getting) {O} {X}",
        "{S} (does|do) not need to (be|look) {X}", "{S} (doesn't|don't) (need|have) to (look|be|get) {X}",
        "it (should|must) not (get|be|look) (any |){X}",
        "(don't|do not) let {O} (look|get|be|become) (any |){X}", "(don't|do not) let {N} (get|become|be) (any |){X}",
        "I (would not|wouldn't) make {O} {X}", "why would {S} (be|look) {X}", "please not {X}",
        "{X} is not what I want",
    ]
    private static let actionPatterns = [
        "(don't|do not|never|dont) {X}", "(don't|do not|never|dont) {X}",
        "(don't|do not|never|please don't|please do not) {X}",
        "(there's|there is) no need to {X}", "no need to {X}",
        "you (should not|shouldn't|must not|need not|don't have to) {X}",
        "I (would not|wouldn't) {X}", "it is not necessary to {X}", "I (don't|do not) want (you |)to {X}",
        "(nobody|no one) asked (you |)to {X}",
        "under no circumstances {X}", "whatever you do, (don't|do not) {X}", "please avoid {Xing}", "without {Xing}",
        "(stop|no) {Xing}",
        "I'd rather you (didn't|did not) {X}", "you (may|can) not {X}", "(don't|do not) you dare {X}",
        "(refrain from|keep from) {Xing}",
    ]
    private static let questionPatterns = [
        "(does|did) {S} have {X}", "has {S} got {X}", "(is|was) that {X}", "is there {X}", "(do|can) you see {X}",
        "(did|does) {S} (use to |)have {X} before",
        "why (does|did) {S} have {X}", "(how|why) is {N} like (that|this)",
        "what (kind|sort|colour|color) of {B} (is that|does {S} have|are these)",
        "(which|whose) {B} (is|are) (that|those|these|it)", "who is {S} with {X}",
        "(did|have) you (remove|change|edit|remove|keep|kept|changed) {N}",
        "where did {S} get {N}", "(do|don't) you like {N}", "when did {S} get {X}",
        "(is|are) {N} (real|new|natural|fake|still there|visible|too much|ok|there)",
        "what (happened to|about|is wrong with|do you think of|would you say about) {N}",
        "(can|could) you (tell me about|see|describe) {N}",
        "(does|do) {N} look (real|natural|good|odd|right|ok)", "how (does|do) {N} look", "is (it|that) {P} {B}",
        "are you sure (about {N}|{S} has {X})",
        "how (big|long|large|obvious|wide|strong|dark) (is|are|was|were) {N}( now| right now|)",
        "(is|are) {N} (bigger|longer|different|changed) than before",
        "what is {N} (at|like) now", "(was|were) there {X} (before|in the photo|)", "did I ask for {X}",
        "do people like {X}", "since when does {S} have {X}",
        "(can|could) you (tell|see|say) (me |)(if|whether) {S} (is smiling|has {X}|looks old|wears glasses|is "
            + "older|has a beard)",
        "I wonder (if|whether|why) {S} (has {X}|is smiling|looks older)",
        "(do|does) (you|anybody) know (if|whether|why) {S} has {X}", "tell me (if|whether|how) {S} has {X}",
    ]
    private static let praisePatterns = [
        "I (really |)(love|like|adore|enjoy) {N}",
        "I (really |do |)(love|like|adore) {N} (very much|a lot|so much|the most)", "what (a |){A} {B}",
        "{N} (looks|look|is|are) (great|good|lovely|nice|beautiful|perfect|amazing|fantastic|cool|wonderful|"
            + "awesome|brilliant)( now| already| on {O}|)",
        "{A} {B}( {person}|)", "{A} {B}", "(I |)love {N}", "love the {B}", "{S} {has} (a |such a |){A} {B}",
        "{N} (suits|suit|becomes) {O}( well| really well| a lot|)",
        "{S} look{s} (good|great|nice|handsome|beautiful|cool|smart) with {X}",
        "{N} (makes|make) (me|us) (happy|"
            + "glad)",
        "(good|great|nice) job on {N}",
        "such (a |){A} {B}", "(I like|I love) how {N} (looks|turned out|came out)",
        "{N} is (exactly |just |)(right|as I like it|what I wanted|perfect)",
        "(wow|oh|ah|nice|great|perfect)(, | ){A} {B}", "{N} (goes|go) well with {P} (face|eyes|hair)",
        "how {A} {N} (is|are)", "(my|your|our) {B} (is|are) {A}",
        "everybody (loves|likes) {N}", "I (am|'m) (happy|pleased|satisfied) with {N}",
        "I (am|'m) (very |quite |really |)(fond of|keen on|a fan of|in love with|impressed by) {N}",
        "{N} could not be (better|nicer|cuter)", "{N} is (a dream|to die for|first class|top)", "hats off to {N}",
        "(big|huge) fan of {N}", "I (approve of|admire|treasure|appreciate) {N}",
        "{P} {B} (is|are) (so |really |very |){A}", "with {X} {S} look{s} {A}",
    ]

    /// What is said of one attribute only.
    private static let ownQuestions: [EditRequest.Attribute: [String]] = [
        .bangs: [
            "(does|did) {S} wear (bangs|a fringe)", "has {S} got (bangs|a fringe)", "who cut {P} (bangs|fringe)",
            "(are|were) these bangs",
            "is {P} forehead (covered|visible)", "is that a fringe", "how long (is|are) {P} (fringe|bangs)",
            "is {P} fringe (short|long)",
        ],
        .eyeglasses: [
            "(is|was) {S} wearing (glasses|sunglasses|eyeglasses|spectacles|specs)", "(is|was) {S} wearing {X}",
            "does {S} (wear|need) (glasses|sunglasses|spectacles)",
            "are those (glasses|sunglasses|spectacles)",
            "(why|when) (is|does) {S} (wearing|wear) (glasses|"
                + "sunglasses)",
            "can {S} see without glasses",
            "what (glasses|frames) (is {S} wearing|are those)", "which (glasses|frames) does {S} (wear|have)",
            "who wears glasses", "isn't {S} wearing glasses",
        ],
        .beard: [
            "(is|was) {S} (bearded|shaved|shaven|unshaven|clean-shaven)",
            "does {S} have (a beard|facial hair|a moustache)", "when did {S} (shave|grow a beard)",
            "how long (is|did it take to grow) {P} beard", "does {S} shave", "is (it|that) a (beard|shadow|goatee)",
            "why did {S} (shave|grow a beard)", "isn't {S} bearded",
        ],
        .smiling: [
            "(is|was) {S} (smiling|happy|laughing|sad|angry|grinning|serious)",
            "why (is|was) {S} (smiling|laughing|so serious|so happy|not smiling)",
            "does {S} (smile|look happy|ever smile)",
            "did {S} smile (before|in the photo)", "what is {S} (laughing|smiling) (at|about)", "who is smiling",
            "how happy {is} {S}", "what makes {O} (smile|laugh|happy)",
            "isn't {S} smiling", "does {S} look (sad|angry|cheerful)( to you|)",
        ],
        .age: [
            "how old (is|was|are) {S}", "how old does {S} look",
            "(is|was) {S} (older|younger) than (me|forty|30|20|fifty|you|before)", "what age (is|was) {S}",
            "what is {P} age",
            "(is|was) {S} (old|young|a teenager|a child|middle-aged|retired|elderly)",
            "does {S} look (old|young|older|younger)( to you| now|)", "when was {S} born",
            "do you think {S} look{s} (old|young|older|younger)",
            "would you say {S} {is} (old|young|about 50|about forty|in {P} thirties)", "who is (older|younger)",
            "isn't {S} (a bit |too |)(old|young)", "is {S} (about|around|over|under) (40|fifty|thirty|20|seventy)",
        ],
    ]
    private static let ownPraise: [EditRequest.Attribute: [String]] = [
        .bangs: [
            "I like how long {P} (bangs|fringe) (is|are)", "(nice|cool|great) (fringe|bangs)",
            "(bangs|a fringe) (suits|suit) {O}",
        ],
        .eyeglasses: [
            "(cool|nice|great) (glasses|sunglasses|specs|shades|frames)",
            "{S} look{s} (smart|cool|good|great) (in|with) (glasses|those glasses|sunglasses)",
            "those (glasses|specs) are (cool|great)",
        ],
        .beard: [
            "(nice|great|cool) beard", "{S} look{s} (good|great|manly|handsome) with (a|the|that) beard",
            "I like bearded men", "(a|the) beard suits {O}",
        ],
        .smiling: [
            "{S} {has} (a|such a|the) (lovely|beautiful|cute|gorgeous|great|sweet|nice) smile",
            "I (like|love) (it when {S} smiles|seeing {O} smile|how {S} smiles)",
            "{S} smile{s} (beautifully|so nicely)",
            "{S} look{s} (so |)(happy|cheerful)", "what a smile", "(cute|lovely|nice|great) (smile|grin)",
            "{P} smile (is contagious|warms my heart|makes my day)",
        ],
        .age: [
            "{S} look{s} so (young|youthful|mature)", "{S} look{s} (good|great|young) for {P} age",
            "I like how (young|old|mature) {S} look{s}", "{S} (has|have) aged well",
            "{S} (doesn't|don't) look (a day over thirty|{P} age)", "how young {S} look{s}",
            "{S} {is} (forever young|in {P} prime)", "age suits {O}",
        ],
    ]
    /// For `{A}`.
    static let praising = PhraseTemplate(
        "(nice|lovely|beautiful|great|gorgeous|cute|cool|pretty|fantastic|wonderful|sweet|amazing|stunning|"
            + "charming|perfect|awesome|fabulous)"
    )
}
