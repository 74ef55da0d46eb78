import Tensor

/// The sentences that carry a phrase: requests, wishes, questions. `{X}` is the phrase, `{Xing}` its first verb as a
/// gerund; the other slots are `AttributeLexicon`'s, and `{have}` what the person does with the attribute.
enum SentenceFrame {
    /// Round an imperative.
    static let action = compiled([
        "{X}", "{X}", "{X}", "{X}", "{X}", "please {X}", "{X} please", "(can|could|would|will) you (please |){X}",
        "I (want|need) (you |us |)to {X}", "I('d| would) (like|love|prefer) (you |)to {X}", "let's {X}", "let us {X}",
        "(let's try|try|start|consider|I suggest|I'd suggest) {Xing}", "(how|what) about {Xing}",
        "why (not|don't you|don't we) {X}", "(go ahead and|maybe|just|now|then|next|ok|simply|kindly|perhaps) {X}",
        "would you mind {Xing}", "(is|would) it (be |)possible to {X}", "(you|we) (should|could|might|may) {X}",
        "I (think|guess|believe|suppose) (you|we) (should|could|can|ought to) {X}", "help me (to |){X}",
        "(it would|it'd) be (nice|great|better|good|cool|lovely|fun) to {X}", "(what|what happens) if (you|we) {X}",
        "I was wondering if you could {X}", "feel free to {X}", "I('m| am) (hoping|going|trying) to {X}",
        "(do|did) you know how to {X}", "your task is to {X}", "try to {X}", "the (next|first) (thing|step) is to {X}",
        "I would appreciate it if you could {X}", "we need to {X}", "all I want is to {X}", "it is time to {X}",
    ])

    /// Round what the person should do.
    static let state = compiled([
        "{S} should {X}", "{S} should {X}", "{S} should {X}", "make {O} {X}", "make {O} {X}", "I want {O} to {X}",
        "{X}",
        "I want {O} to {X}", "let {O} {X}", "{X}", "{X} please", "please {X}",
        "{S} (could|must|ought to|might|may|can) {X}",
        "{S} need{s} to {X}", "(can|could|should) {S} {X}", "can you (make|have|let) {O} {X}",
        "please (make|let) {O} {X}",
        "I (think|believe|feel|guess|suppose|suggest) {S} should {X}", "I('d| would) (like|love|prefer) {O} to {X}",
        "I wish {S} would {X}", "get {O} to {X}", "have {O} {X}", "I (want|would like|'d like) to see {O} {X}",
        "what if {S} (were to|would|could) {X}", "it would be (better|nice|great|good) (if {S} could|for {O} to) {X}",
        "I need {O} to {X}", "I'd rather (see|have) {O} {X}", "tell {O} to {X}", "{S} (is|are) supposed to {X}",
        "why (doesn't|don't|not let) {O} {X}", "can I (see|have|make) {O} {X}", "let's (make|see|have|let) {O} {X}",
        "show me how {S} would {X}", "ask {O} to {X}", "{S} had better {X}", "I expect {O} to {X}", "I want {O} {Xing}",
        "how about {O} {Xing}", "I would like to make {O} {X}", "(maybe|perhaps) {S} should {X}",
        "what about {O} {Xing}",
        "{S} would look (better|nicer|good) if {S} would {X}", "I prefer to see {O} {X}", "show {O} {Xing}",
    ])

    /// Round a noun phrase.
    static let thing = compiled([
        "{X}", "{X}", "{X} please", "give {O} {X}",
        "give {O} {X}", "{S} should {have} {X}", "{S} should {have} {X}",
        "I want {X}", "I('d| would) like {X}", "I (want|would like|'d like) to see {X}", "I want {O} to {have} {X}",
        "let's (try|have|see|go for|do|use|take) {X}", "let {O} {have} {X}", "(how|what) about {X}", "show (me |){X}",
        "show {O} with {X}", "(can|could) (I|we) (see|have|get) {O} with {X}", "make {O} {have} {X}", "make it {X}",
        "(can|could) {S} {have} {X}", "{S} would look (better|good|nice|cool|great|nicer) with {X}", "it should be {X}",
        "(change|switch|turn) it (to|into) {X}", "go for {X}", "(picture|imagine) {O} with {X}", "I('d|) prefer {X}",
        "{S} need{s} {X}", "with {X}", "switch to {X}", "replace {N} with {X}",
        "{X} would (be nice|look good|suit {O})",
        "I('d like| want) {O} with {X}", "{O} with {X}", "could you give {O} {X}", "please give {O} {X}",
        "I think {S} should {have} {X}", "{S} must {have} {X}", "how would {S} look with {X}", "what if {S} had {X}",
        "there should be {X}", "I('d| would) (like|love|prefer) {O} to {have} {X}", "change {N} to {X}", "{have} {X}",
        "{S} deserve{s} {X}", "{S} could {have} {X}", "I wish {S} had {X}", "draw {O} with {X}", "it needs {X}",
        "try {X}",
        "(maybe|perhaps) {X}", "I was thinking of {X}", "(can|could|would) you (try|do|show me) {X}",
        "turn {N} into {X}",
        "the (face|person|picture) should have {X}", "give the (face|person) {X}", "I (think|guess) {X} would suit {O}",
    ])

    /// Round a noun phrase that is added to what is there: said of a highest degree, this is a change by as much.
    static let addition = compiled(["(let's |please |)add {X}", "add {X} (to ({O}|{P} face)|)"])

    /// Round a quality of the attribute's noun.
    static let quality = compiled([
        "make {N} {X}", "make {N} {X}", "make {N} {X}", "{N} should be {X}", "{N} should be {X}",
        "I want {N} to be {X}",
        "{N} need(s|) to be {X}", "(can|could|would) you (please |)make {N} {X}", "{N} (could|must|might|can) be {X}",
        "let {N} be {X}", "(turn|get) {N} {X}", "change {N} to be {X}", "I('d| would) like {N} (to be |){X}",
        "{X} please",
        "I want {N} {X}", "what if {N} (was|were) {X}", "let's make {N} {X}", "try making {N} {X}", "how about {N} {X}",
        "how about making {N} {X}", "would you mind making {N} {X}", "please make {N} {X}", "{N} {X}", "make {O} {X}",
        "I (think|believe|feel|guess) {N} should be {X}", "I('d| would) (prefer|like|love) {N} {X}", "make it {X}",
        "{X}",
        "(can|could|should) {N} be {X}", "I (want|would like|'d like) to (make|see|have) {N} {X}", "it should be {X}",
        "it would be (better|nice|nicer) if {N} (were|was) {X}", "I wish {N} (were|was) {X}", "have {N} {X}",
        "I (was hoping|hope) (for |){N} to be {X}", "{N} would look better {X}", "why not make {N} {X}",
        "render {N} {X}",
        "(maybe|perhaps) {N} should be {X}", "{N} ought to be {X}", "set {N} to be {X}", "(I need|we need) {N} {X}",
    ])

    /// Round a quality that is there and is to change.
    static let presentQuality = compiled([
        "{N} (is|are|looks) {X} (now|at the moment|here|)", "at the moment {N} (is|are) {X}", "{N} used to be {X}",
    ])

    /// Round a noun phrase that is there and is to change.
    static let presentThing = compiled([
        "{S} {has} {X} (now|at the moment|here|)", "I (see|can see) {X} (here|now|)", "instead of {X}",
        "there (is|are) {X} (now|here|)",
    ])

    /// Round a whole sentence.
    static let remark = compiled([
        "{X}", "{X}", "{X}", "{X}", "{X}", "I (think|feel|find|believe|guess) {X}",
        "(honestly|well|sorry|hmm|look), {X}",
        "{X}, (fix (it|that|this)|change (it|that)|please change that|can you fix that)",
        "(it seems|it looks like) {X}",
        "in my opinion {X}", "{X}, (don't you think|isn't it|right)", "to me {X}", "my problem is that {X}",
        "(but|so) {X}",
    ])

    /// What may stand before any of them, and after.
    static let opening = PhraseTemplate(
        "(hey|hi|hello|ok|okay|so|well|hmm|um|actually|honestly|alright|now|sorry|excuse me|dear editor|for "
            + "this one|in this (picture|photo|image)|this time|next|if possible|if you can|one more thing|first|I "
            + "have an idea|good morning|great|nice|not bad|cool|yes|no|no wait)(,|) "
    )
    static let closing = PhraseTemplate(
        " (please|please|thanks|thank you|if you can|if possible|in the (picture|photo|image)|now|right now|"
            + "for me|today|for a change|this time|for the photo|ok|okay|instead|in this (picture|photo|image)|"
            + "already|or so|here|I think|you know|if you don't mind|as a test|right away|for fun|again)"
    )

    private static func compiled(_ patterns: [String]) -> [PhraseTemplate] { patterns.map(PhraseTemplate.init) }

    /// One of these frames that the phrase goes into, the first where its verb has no gerund and the frame wants one.
    static func fitting(
        _ phrase: String,
        among frames: [PhraseTemplate],
        _ random: inout SeededGenerator
    ) -> PhraseTemplate {
        let frame = random.pick(frames)
        return frame.slots.contains("Xing") && gerund(phrase) == nil ? frames[0] : frame
    }

    /// The phrase with its first verb as a gerund; nil when it does not begin with a plain verb.
    static func gerund(_ phrase: String) -> String? {
        let words = phrase.split(separator: " ", maxSplits: 1)
        guard let verb = words.first, !["not", "do", "don't", "a", "no"].contains(verb) else { return nil }
        let rest = words.count > 1 ? " " + words[1] : ""
        let doubled: Set<Substring> = [
            "get", "put", "let", "cut", "trim", "set", "drop", "crop", "snip", "clip", "beg",
        ]
        if doubled.contains(verb), let last = verb.last { return "\(verb)\(last)ing" + rest }
        if verb.hasSuffix("e"), !verb.hasSuffix("ee"), verb != "be" { return "\(verb.dropLast())ing" + rest }
        return "\(verb)ing" + rest
    }
}
