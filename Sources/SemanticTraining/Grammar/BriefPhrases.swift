import SemanticCoding
import Tensor

/// Requests as people type them in a hurry: single words, a few of them in a row, "not so old", moods, "the glasses, no,
/// the beard".
struct BriefPhrases: Sendable {
    private typealias Phrase = (text: String, kind: EditRequest.Kind)

    static let up = EditRequest.Kind.change(direction: .up, degree: 1)
    static let down = EditRequest.Kind.change(direction: .down, degree: 1)
    static func goal(_ degree: Int) -> EditRequest.Kind { .target(degree: degree) }

    /// A single clause.
    func clause(_ random: inout SeededGenerator) -> SentencePart {
        switch random.index(11) {
        case 0: return word(&random)
        case 9: return basic(&random)
        case 10: return limited(&random)
        case 1, 2, 3: return mood(&random)
        case 4, 5: return notSo(&random)
        case 6: return removal(&random)
        case 7: return multiple(&random)
        default: return swapped(&random)
        }
    }

    /// "older, happier and with a beard"; "a bearded teenager".
    func row(_ random: inout SeededGenerator) -> [SentencePart] {
        if random.chance(0.25) { return person(&random) }
        var left: [EditRequest.Attribute] = EditRequest.Attribute.allCases
        let count = random.chance(0.3) ? 3 : 2
        let verb = random.chance(0.45)
        var parts: [SentencePart] = []
        for index in 0..<count {
            let attribute = left.remove(at: random.index(left.count))
            let phrase = Self.pick(Self.shortForms[attribute] ?? [], &random)
            if index > 0 {
                parts.append(
                    SentencePart(random.pick([", ", " and ", " but ", ", and ", " plus ", ", ", " & ", ", but "]))
                )
            }
            var text = phrase.text
            if index == 0, verb {
                let fits: [EditRequest.Attribute] = [.age, .smiling]
                let person = Person.sample(&random)
                text =
                    (fits.contains(attribute)
                        ? "make \(person.object) "
                        : random.pick([
                            "give \(person.object) ", "I want ",
                            "let's "
                                + "have ",
                        ]))
                    + text
            }
            parts.append(SentencePart(text, .request(EditRequest(attribute: attribute, kind: phrase.kind))))
        }
        if random.chance(0.2) { parts.append(SentencePart(" please")) }
        return parts
    }

    /// The plainest ways to ask: "she should smile".
    private func basic(_ random: inout SeededGenerator) -> SentencePart {
        let attribute = random.pick([EditRequest.Attribute.bangs, .eyeglasses, .beard, .smiling, .smiling, .age])
        let things: [EditRequest.Attribute: String] = [
            .bangs: "(bangs|a fringe)", .eyeglasses: "(glasses|spectacles)", .beard: "(a beard|facial hair)",
        ]
        let frames: [String]
        switch attribute {
        case .smiling:
            frames = [
                "{S} should smile", "make {O} smile", "let {O} smile", "(can|could|may) {S} smile",
                "I want {O} to smile",
                "{S} (must|ought to|could|might) smile", "{S} should (grin|be smiling)", "have {O} smile",
                "put a smile on {O}",
            ]
        case .age:
            frames = [
                "{S} should be older", "make {O} older", "make {O} look older", "let {O} be older",
                "{S} should look older",
                "I want {O} older", "age {O}",
            ]
        default:
            frames = [
                "{S} should have {T}", "give {O} {T}", "add {T}", "put {T} on {O}", "I want {T}", "let {O} have {T}",
                "(can|could) {S} have {T}", "{S} needs {T}", "{O} with {T}",
            ]
        }
        let person = Person.sample(&random)
        let text = PhraseTemplate(random.pick(frames)).expanded(&random) { slot, random in
            slot == "T"
                ? PhraseTemplate(things[attribute] ?? "").expanded(&random) { _, _ in "" }
                : person.text(slot: slot) ?? ""
        }
        return part(attribute, (text, Self.up))
    }

    /// "make the beard shorter, but not too short"
    private func limited(_ random: inout SeededGenerator) -> SentencePart {
        let pairs: [(EditRequest.Attribute, String, String, EditRequest.Direction)] = [
            (.bangs, "longer", "long", .up), (.bangs, "shorter", "short", .down), (.beard, "longer", "long", .up),
            (.beard, "shorter", "short", .down), (.beard, "bushier", "bushy", .up), (.smiling, "bigger", "big", .up),
            (.smiling, "smaller", "small", .down), (.age, "older", "old", .up), (.age, "younger", "young", .down),
            (.eyeglasses, "thicker", "thick", .up), (.eyeglasses, "thinner", "thin", .down),
        ]
        let (attribute, more, adjective, direction) = random.pick(pairs)
        let noun = PhraseTemplate(Self.adjectives[attribute]?.noun ?? "").expanded(&random) { _, _ in "" }
        let person = Person.sample(&random)
        let frames =
            attribute == .age
            ? ["make {O} {C}", "{C}", "{S} should (be|look) {C}", "a bit {C}"]
            : ["make the {B} {C}", "the {B} (should|can|could) be {C}", "a {C} {B}", "{P} {B} should be {C}"]
        let frame =
            random.pick(frames) + random.pick([", but not too {J}", " but not too {J}", " but not (that|very) {J}"])
        let text = PhraseTemplate(frame).expanded(&random) { slot, _ in
            switch slot {
            case "C": more
            case "J": adjective
            case "B": noun
            default: person.text(slot: slot) ?? ""
            }
        }
        return part(attribute, (text, .change(direction: direction, degree: 2)))
    }

    /// Things of other kinds in the same frames.
    func unrelated(_ random: inout SeededGenerator) -> SentencePart {
        let frames = [
            "(remove|delete|erase|lose|drop) {P} {T}", "take (off {P} {T}|{P} {T} off)", "no {T}( please| at all|)",
            "(without|with|get rid of) {P} {T}", "{S} should (have|wear) (no |){T}", "{J} {T}", "{J} {T} and {J} {T}",
            "{T} and {T}",
            "(make|let) {P} {T} (be |){J}", "{P} {T} should be {J}", "give {O} {J} {T}", "not so {J} {T}",
            "less {J} {T}",
            "{P} {T} (is|are) too {J}", "more {T}", "less {T}", "a {J} {T}", "{T} please", "{P} {T} {J}", "add {T}",
        ]
        let things = """
            (hair|eyebrows|eyelashes|nose|ears|lips|teeth|skin|cheeks|chin|neck|hairstyle|ponytail|curls|freckles|wig|jacket|
            shirt|hat|cap|scarf|tie|dress|earrings|necklace|ring|watch|lipstick|makeup|tattoo|scar|crown|helmet|mask|collar|
            background|wall|sky|lights|light|picture|photo|colours|text|watermark|shadow|lamp|window|wine|car|dog|cat|eyes)
            """.split { $0 == "\n" }.joined()
        let qualities =
            "(blond|red|black|blue|green|grey|white|dark|darker|long|longer|short|shorter|curly|straight|bigger|smaller|thin|"
            + "thick|bald|bright|brighter|round|wide|open|closed|new|different|sharp|blurred|whiter|fuller)"
        let person = Person.sample(&random)
        let text = PhraseTemplate(random.pick(frames)).expanded(&random) { slot, random in
            switch slot {
            case "T": PhraseTemplate(things).expanded(&random) { _, _ in "" }
            case "J": PhraseTemplate(qualities).expanded(&random) { _, _ in "" }
            case "P": random.pick(["the", person.possessive])
            default: person.text(slot: slot) ?? ""
            }
        }
        return SentencePart(TypingNoise.tidied(text), .other(.unrelated, degree: nil))
    }

    private static func pick(_ choices: [(String, EditRequest.Kind)], _ random: inout SeededGenerator) -> Phrase {
        let (pattern, kind) = random.pick(choices)
        return (PhraseTemplate(pattern).expanded(&random) { _, _ in "" }, kind)
    }

    private func part(_ attribute: EditRequest.Attribute, _ phrase: Phrase) -> SentencePart {
        SentencePart(TypingNoise.tidied(phrase.text), .request(EditRequest(attribute: attribute, kind: phrase.kind)))
    }

    /// "an old man with glasses"
    private func person(_ random: inout SeededGenerator) -> [SentencePart] {
        let age = Self.pick(
            [
                ("old (man|woman|lady|person|guy)", Self.goal(4)), ("very old (man|woman|lady)", Self.goal(5)),
                ("(child|kid|little boy|little girl)", Self.goal(0)), ("(teenager|teen)", Self.goal(1)),
                ("young (man|woman|adult)", Self.goal(2)), ("middle-aged (man|woman)", Self.goal(3)),
                ("(pensioner|senior)", Self.goal(4)),
            ],
            &random
        )
        let attribute = random.pick([EditRequest.Attribute.bangs, .eyeglasses, .beard, .smiling])
        let opening = random.pick(["", "make her ", "turn him into ", "like ", "I want ", "show her as ", "as "])
        let before: [EditRequest.Attribute: [(String, EditRequest.Kind)]] = [
            .bangs: [("fringed", Self.up)], .eyeglasses: [("bespectacled", Self.up)],
            .beard: [("bearded", Self.up), ("(unshaven|stubbly)", Self.goal(1)), ("clean-shaven", Self.goal(0))],
            .smiling: [
                ("(smiling|happy|cheerful)", Self.up), ("laughing", Self.goal(5)),
                ("(sad|grumpy|serious)", Self.goal(0)),
            ],
        ]
        if random.chance(0.5) {
            let quality = Self.pick(before[attribute] ?? [], &random)
            return [part(attribute, (opening + "a " + quality.text, quality.kind)), SentencePart(" "), part(.age, age)]
        }
        let behind: [EditRequest.Attribute: [(String, EditRequest.Kind)]] = [
            .bangs: [("(bangs|a fringe)", Self.up), ("long bangs", Self.goal(4))],
            .eyeglasses: [
                ("(glasses|spectacles)", Self.up), ("(sunglasses|shades)", Self.goal(5)),
                ("thick glasses", Self.goal(3)),
            ],
            .beard: [("a beard", Self.up), ("a (long|bushy) beard", Self.goal(4)), ("a full beard", Self.goal(5))],
            .smiling: [
                ("a smile", Self.up), ("a (big|wide|broad) smile", Self.goal(4)), ("a faint smile", Self.goal(1)),
            ],
        ]
        let thing = Self.pick(behind[attribute] ?? [], &random)
        return [
            part(.age, (opening + "a " + age.text, age.kind)),
            SentencePart(random.pick([" with ", " wearing ", " and ", ", "])), part(attribute, thing),
        ]
    }

    private func word(_ random: inout SeededGenerator) -> SentencePart {
        let words: [(EditRequest.Attribute, String, EditRequest.Kind)] = [
            (.smiling, "(smile|smile|smile|grin|cheese|smiling|a smile|happier|merrier)", Self.up),
            (.smiling, "(laugh|laughing|hilarious)", Self.goal(5)),
            (.smiling, "(serious|unsmiling|poker face)", Self.goal(0)),
            (.beard, "(beard|a beard|bearded|goatee|moustache)", Self.up),
            (.beard, "(shave|clean-shaven|beardless|shaved)", Self.goal(0)),
            (.beard, "(stubble|stubbly|unshaven)", Self.goal(1)),
            (.eyeglasses, "(glasses|eyeglasses|spectacles|specs)", Self.up),
            (.eyeglasses, "(sunglasses|shades)", Self.goal(5)),
            (.bangs, "(bangs|fringe|a fringe)", Self.up), (.age, "(older|age|aged)", Self.up),
            (.age, "younger", Self.down),
            (.age, "(old|elderly)", Self.goal(4)), (.age, "(child|childlike|kid)", Self.goal(0)),
            (.age, "(teenager|teen)", Self.goal(1)),
        ]
        let (attribute, pattern, kind) = random.pick(words)
        return part(attribute, Self.pick([(pattern, kind)], &random))
    }

    /// Adjectives of much and of little.
    private static let adjectives: [EditRequest.Attribute: (much: String, little: String, noun: String)] = [
        .bangs: ("(long|thick|heavy|low|full)", "(short|thin|sparse)", "(bangs|fringe)"),
        .eyeglasses: ("(thick|dark|big|heavy|bold|chunky|obvious)", "(thin|light|fine)", "(glasses|frame|specs)"),
        .beard: ("(long|bushy|thick|big|full|heavy)", "(short|thin|sparse|small)", "(beard|moustache)"),
        .smiling: (
            "(big|wide|broad|happy|cheerful|bright|toothy|smiley)", "(small|faint|weak|serious|shy)", "(smile|grin)"
        ),
        .age: ("(old|aged|elderly|wrinkled|mature|senior)", "(young|youthful|childish|boyish)", "(face|look)"),
    ]

    /// "not such a big smile"
    private func notSo(_ random: inout SeededGenerator) -> SentencePart {
        let attribute = random.pick(EditRequest.Attribute.allCases)
        let isMuch = random.chance(0.65)
        guard let words = Self.adjectives[attribute] else { return word(&random) }
        let frames = [
            "not (so|that|quite so|as) {J}", "not such a {J} {B}", "not (so|that) {J} a {B}", "less {J}",
            "(don't|do not) make (it|{O}|the {B}) (so|that|too) {J}",
            "the {B} should not be (so|that|as|too) {J}",
            "{P} {B} (shouldn't|should not) (be|look) (so|that|as|too) {J}",
            "not as {J} as (now|that|this|{S} (is|looks)( now|))", "a less {J} {B}",
            "{P} {B} is (too|far too|a bit too) {J}", "the {B} (need not|should not|must not) be (so|that) {J}",
            "too {J}", "{P} {B} need not be that {J}", "it is too {J}, the {B}", "not too {J} a {B}",
        ]
        let person = Person.sample(&random)
        let text = PhraseTemplate(random.pick(frames)).expanded(&random) { slot, random in
            switch slot {
            case "J": PhraseTemplate(isMuch ? words.much : words.little).expanded(&random) { _, _ in "" }
            case "B": PhraseTemplate(words.noun).expanded(&random) { _, _ in "" }
            default: person.text(slot: slot) ?? ""
            }
        }
        // "Too long" alone says of what only where the word does.
        guard attribute == .age || attribute == .smiling || text.contains(where: \.isWhitespace) && Self.names(text)
        else { return word(&random) }
        return part(attribute, (text, isMuch ? Self.down : Self.up))
    }

    private static func names(_ text: String) -> Bool {
        ["bangs", "fringe", "glasses", "frame", "specs", "beard", "moustache", "bushy"].contains { text.contains($0) }
    }

    private static let things: [EditRequest.Attribute: String] = [
        .bangs: "(bangs|fringe)", .eyeglasses: "(glasses|spectacles|specs|shades|sunglasses|eyeglasses)",
        .beard: "(beard|facial hair|moustache|goatee|whiskers|stubble)", .smiling: "(smile|grin|smirk|laugh|smile)",
    ]

    /// "do away with the fringe"
    private func removal(_ random: inout SeededGenerator) -> SentencePart {
        let attribute = random.pick([EditRequest.Attribute.bangs, .eyeglasses, .beard, .smiling])
        let frames = [
            "do away with {P} {T}", "(strip|scrape|chop|cut|wipe|clean|take|get|whip) (off {P} {T}|{P} {T} off)",
            "{P} {T} (must|has to|have to|should|needs to|need to) (go|come off|disappear|vanish)",
            "(off|away) with {P} {T}",
            "the {T} (is|are|looks|look) (awful|ugly|terrible|horrible|bad|silly), (get rid of|remove|take off|"
                + "lose|delete) (it|them)",
            "{S} (should|must|ought) not have {P} {T}",
            "(lose|drop|ditch|scrap|bin|dump|hide|skip|cancel|banish|clear|discard) {P} {T}",
            "I'd rather {S} had no {T}", "I'd prefer {O} without (the |){T}", "{S} is not supposed to have (a |){T}",
            "without {P} {T}",
            "no {T}( at all| whatsoever| please| any more|)", "not a trace of (a |){T}",
            "make {P} {T} (go away|disappear|vanish)",
            "(can|could|would) you (take away|remove|delete|erase) "
                + "{P} {T}",
            "{P} {T} off( please|)",
            "{S} would look better without {P} {T}", "rid {O} of {P} {T}", "get {P} {T} off {P} face",
            "I want {P} {T} gone", "zero {T}", "{T} be gone",
            "{S} (looks|look) (bad|silly|awful) with (a |that |those |){T}",
            "free {O} from {P} {T}", "the {T} should be gone", "let {O} lose {P} {T}",
            "{P} {T} (bothers|annoys|bother) me, remove (it|them)", "no more {T}",
            "I don't want (a |any |to see |){T}( on {O}|)",
        ]
        let own: [EditRequest.Attribute: [String]] = [
            .smiling: [
                "stop {O} (from |)smiling", "I'd rather {S} (was|were) not smiling",
                "{S} is not supposed to (smile|be smiling)", "(keep|prevent) {O} from smiling", "no smiling",
                "stop smiling", "(don't|do not) (let|make) {O} smile",
                "(don't|do not) smile", "{S} (should|must) not smile", "nobody should smile",
                "wipe that (smile|grin|smirk) off {P} face", "never smile",
            ],
            .eyeglasses: [
                "{S} (is not supposed to|must not|should not|does not need to) (wear|be wearing) (glasses|specs|"
                    + "sunglasses)",
                "take (them|{P} glasses|the specs) off", "{S} (shouldn't|should not) be wearing (glasses|sunglasses)",
                "glasses off", "contact lenses instead of glasses", "I'd rather {S} did not wear glasses",
            ],
            .beard: [
                "shave {O}( please| clean|)", "(give {O} a|{S} needs a) (clean |good |)shave", "shave {P} face",
                "razor {P} beard off", "a clean shave", "let {O} shave", "let the barber shave {O}",
            ],
            .bangs: [
                "(clear|free|uncover|bare) {P} forehead", "brush {P} (hair|fringe) off {P} forehead",
                "{P} forehead should be (free|bare|uncovered)", "pin back {P} fringe", "comb back {P} (bangs|fringe)",
            ],
        ]
        let person = Person.sample(&random)
        let pattern = random.chance(0.4) ? random.pick(own[attribute] ?? []) : random.pick(frames)
        let text = PhraseTemplate(pattern).expanded(&random) { slot, random in
            switch slot {
            case "T": PhraseTemplate(Self.things[attribute] ?? "").expanded(&random) { _, _ in "" }
            case "P": random.pick(["the", "that", person.possessive, "those", "this"])
            default: person.text(slot: slot) ?? ""
            }
        }
        return part(attribute, (text, Self.goal(0)))
    }

    /// "twice the beard"
    private func multiple(_ random: inout SeededGenerator) -> SentencePart {
        let attribute = random.pick([EditRequest.Attribute.bangs, .beard, .smiling])
        let words = Self.adjectives[attribute]
        let isMore = random.chance(0.5)
        let frames =
            isMore
            ? [
                "twice (the|as much) {B}", "double the {B}", "a {B} twice as {J}", "twice as {J}, the {B}",
                "make the {B} (twice|two times) as {J}", "(three times|triple) the {B}",
            ]
            : [
                "half (the|as much) {B}", "halve the {B}", "a {B} half as {J}", "make the {B} half as {J}",
                "cut the {B} in half", "only half the {B}",
            ]
        let text = PhraseTemplate(random.pick(frames)).expanded(&random) { slot, random in
            PhraseTemplate((slot == "J" ? words?.much : words?.noun) ?? "").expanded(&random) { _, _ in "" }
        }
        return part(attribute, (text, .change(direction: isMore ? .up : .down, degree: 2)))
    }

    /// "not a beard, glasses"; "remove the beard, no, the glasses": the last counts.
    private func swapped(_ random: inout SeededGenerator) -> SentencePart {
        var left: [EditRequest.Attribute] = [.bangs, .eyeglasses, .beard, .smiling]
        let (wrong, meant) = (left.remove(at: random.index(4)), left[random.index(3)])
        func thing(_ attribute: EditRequest.Attribute, _ random: inout SeededGenerator) -> String {
            switch attribute {
            case .bangs: random.pick(["bangs", "a fringe"])
            case .eyeglasses: random.pick(["glasses", "spectacles", "specs", "eyeglasses"])
            case .beard: random.pick(["a beard", "a moustache", "a goatee"])
            default: random.pick(["a smile", "a grin"])
            }
        }
        let (a, b) = (thing(wrong, &random), thing(meant, &random))
        let no = random.pick([
            ", no, ", ", no wait, ", ", sorry, ", ", I mean ", ", oops, I mean ", ". no, ", " - no, ", ", actually ",
            ", or rather ",
        ])
        if random.chance(0.35) {
            func bare(_ text: String) -> String { "the " + (text.hasPrefix("a ") ? String(text.dropFirst(2)) : text) }
            let verb = random.pick(["remove ", "take off ", "lose ", "get rid of ", "delete "])
            let text = random.chance(0.3) ? "not \(bare(a)), \(verb)\(bare(b))" : verb + bare(a) + no + bare(b)
            return part(meant, (text, Self.goal(0)))
        }
        let verb = random.pick(["give him ", "add ", "give her ", "I want ", "", "put on "])
        let texts = [
            "\(verb)\(a)\(no)\(b)", "not \(a), \(b)", "\(verb)\(b), not \(a)", "I meant \(b), not \(a)",
            "not \(a) but \(b)", "\(a)? no, \(b)", "no \(a), I said \(b)",
        ]
        return part(meant, (random.pick(texts), Self.up))
    }
}
