import SemanticCoding
import Tensor

/// Requests that say how much in numbers: degrees, steps, percent, years. `{B}` is the attribute's bare noun, `{n}` the
/// number; the reader's arithmetic makes the degree of it.
struct NumberPhrases: Sendable {
    private let targets = Self.targetPatterns.map(PhraseTemplate.init)
    private let ups = Self.upPatterns.map(PhraseTemplate.init)
    private let downs = Self.downPatterns.map(PhraseTemplate.init)
    private let percentUps = Self.percentUpPatterns.map(PhraseTemplate.init)
    private let percentDowns = Self.percentDownPatterns.map(PhraseTemplate.init)
    private let percentTargets = Self.percentTargetPatterns.map(PhraseTemplate.init)
    private let older = Self.olderPatterns.map(PhraseTemplate.init)
    private let younger = Self.youngerPatterns.map(PhraseTemplate.init)
    private let ages = Self.agePatterns.map(PhraseTemplate.init)
    private let years = PhraseTemplate(Self.yearPattern)

    /// One such request, with what it means.
    func sample(
        _ attribute: EditRequest.Attribute,
        noun: PhraseTemplate,
        bare: PhraseTemplate,
        comparative: (EditRequest.Direction, inout SeededGenerator) -> String,
        _ random: inout SeededGenerator
    ) -> SentencePart {
        let bareNoun = Self.shortNoun(attribute, bare, &random)
        let direction: EditRequest.Direction = random.chance(0.5) ? .up : .down
        let step = EditRequest(attribute: attribute, kind: .change(direction: direction, degree: 1))
        let goal = EditRequest(attribute: attribute, kind: .target(degree: random.index(6)))
        let patterns: [PhraseTemplate]
        let meaning: EditRequest
        if attribute == .age, random.chance(0.6) {
            if random.chance(0.35) {
                (patterns, meaning) = (ages, goal)
            } else {
                (patterns, meaning) = (direction == .up ? older : younger, step)
            }
        } else {
            switch random.index(6) {
            case 0, 1: (patterns, meaning) = (targets, goal)
            case 2, 3: (patterns, meaning) = (direction == .up ? ups : downs, step)
            case 4: (patterns, meaning) = (direction == .up ? percentUps : percentDowns, step)
            default: (patterns, meaning) = (random.chance(0.4) ? percentTargets : targets, goal)
            }
        }
        let writer = SentenceWriter(level: 0, noun: noun, have: bare, person: .sample(&random))
        let text = random.pick(patterns).expanded(&random) { slot, random in
            switch slot {
            case "B": bareNoun
            case "C": comparative(direction, &random)
            case "n": Self.number(upTo: 5, &random)
            case "m": "\(random.index(6))"
            case "a": Self.number(random.chance(0.5) ? 6 + random.index(90) : 5 * (2 + random.index(17)), &random)
            case "p": Self.number(5 * (1 + random.index(20)), &random)
            case "y": years.expanded(&random) { _, random in Self.number(1 + random.index(60), &random) }
            case "Y": "\(20 + 10 * random.index(8))s"
            default: writer.text(PhraseTemplate("{\(slot)}"), &random)
            }
        }
        return SentencePart(TypingNoise.tidied(text), .request(meaning))
    }

    private static func shortNoun(
        _ attribute: EditRequest.Attribute,
        _ bare: PhraseTemplate,
        _ random: inout SeededGenerator
    ) -> String {
        if random.chance(0.4) { return bare.expanded(&random) { _, _ in "" } }
        return switch attribute {
        case .bangs: random.pick(["bangs", "fringe"])
        case .eyeglasses: random.pick(["glasses", "eyeglasses"])
        case .beard: "beard"
        case .smiling: random.pick(["smile", "smile", "smiling"])
        case .age: "age"
        }
    }

    private static let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ]
    private static let tens = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ]

    private static func number(upTo most: Int, _ random: inout SeededGenerator) -> String {
        number(random.index(most + 1), &random)
    }

    private static func number(_ value: Int, _ random: inout SeededGenerator) -> String {
        guard random.chance(0.35) else { return "\(value)" }
        if value < words.count { return words[value] }
        guard value >= 20, value < 100 else { return "\(value)" }
        let unit = value % 10
        return tens[value / 10 - 2] + (unit == 0 ? "" : random.pick(["-", " "]) + words[unit])
    }

    private static let yearPattern =
        "({n} years|{n} years|{n} years|{n} yrs|{n}yrs|a decade|two decades|three decades|a few years|a couple "
        + "of years|"
        + "half a century|some years|several years|a year|{n} or so years)"

    private static let targetPatterns = [
        "(set|put|change|bring|move|turn|make|get|fix) {N} (to|at) {n}", "(set|put) {B} to {n}",
        "{B} (to|at|=|:|"
            + ") {n}",
        "{B} (level|degree|stage) {n}", "{n}/5 {B}", "{B} {n} (out of|of|/) (5|five)",
        "(I want|let's have|give me) {N} at {n}",
        "(bring|take|turn|move|put|get) {N} (up|down|back|) (to|at) {n}", "{N} (from|, from) {m} to {n}",
        "(level|degree|stage) {n} (for|of|in|on) {N}", "{N} should be (at|) (level |degree |){n}",
        "a {B} of {n}( out of (5|five)|)", "a (level|degree) {n} {B}", "make {N} a {n}", "{B} = {n}", "{B} {n}",
        "{S} should {have} {B} (level |degree |){n}", "(raise|lower|increase|reduce) {N} to {n}",
    ]
    private static let upPatterns = [
        "{B} +{n}", "+{n} {B}", "{B} plus {n}", "plus {n} {B}", "plus {n} (on|for) {N}",
        "(raise|increase|turn up|push up|boost|bump) {N} by {n}",
        "(raise|increase|turn up|bump) {N} (by |){n} (steps|degrees|levels|notches|points)",
        "{n} (steps|degrees|levels|notches|points) more {B}",
        "(go|move|take|turn|bring) {N} up (by |){n}( steps| notches| levels|)", "(go|move) up {n} (on|with|for) {N}",
        "add {n} (to|on) {N}", "{n} (steps|degrees|levels|notches) {C}",
        "make {N} {n} (steps|degrees|levels|notches) {C}",
        "{C} by {n}( steps| degrees| notches| levels|)", "{B} up (by |){n}",
    ]
    private static let downPatterns = [
        "{B} -{n}", "-{n} {B}", "{B} minus {n}", "minus {n} {B}", "minus {n} (on|for) {N}",
        "(lower|reduce|decrease|turn down|drop|bring down) {N} by {n}",
        "(lower|reduce|decrease|turn down) {N} (by |){n} (steps|degrees|levels|notches|points)",
        "{n} (steps|degrees|levels|notches|points) less {B}",
        "(go|move|take|turn|bring) {N} down (by |){n}( steps| notches| levels|)",
        "(go|move) down {n} (on|with|for) {N}",
        "(take|subtract) {n} (off|from) {N}", "{n} (steps|degrees|levels|notches) {C}",
        "make {N} {n} (steps|degrees|levels|notches) {C}", "{C} by {n}( steps| degrees| notches| levels|)",
        "{B} down (by |){n}",
    ]
    private static let percentUpPatterns = [
        "{p} (%|percent|per cent) more {B}", "{p}% more {B}",
        "(increase|raise|boost|turn up|enlarge) {N} by {p}( |)(%|percent)",
        "{B} {p} % more", "{B} +{p}%", "{p}% {C}", "make {N} {p} (%|percent) {C}", "{C} by {p}%",
        "{N} {p} "
            + "percent {C}",
        "add {p} percent to {N}", "{p} percent {C} {B}", "{S} should {have} {p} % more {B}",
    ]
    private static let percentDownPatterns = [
        "{p} (%|percent|per cent) less {B}", "{p}% less {B}",
        "(decrease|lower|reduce|cut|turn down|shrink) {N} by {p}( |)(%|percent)",
        "{B} {p} % less", "{B} -{p}%", "{p}% {C}", "make {N} {p} (%|percent) {C}", "{C} by {p}%",
        "{N} {p} "
            + "percent {C}",
        "take {p} percent off {N}", "{p} percent {C} {B}", "{S} should {have} {p} % less {B}",
    ]
    private static let percentTargetPatterns = [
        "{B} (at|to) {p}( |)%", "(set|put|bring|turn|change) {N} (to|at) {p} (percent|%)", "a {B} (at|of) {p}%",
        "{N} should be at {p} percent", "{B} {p}%", "{p}% {B}",
    ]
    private static let olderPatterns = [
        "{y} older", "make {O} {y} older", "make {O} look {y} older", "{S} should (look|be) {y} older",
        "(be|look) {y} older",
        "(add|put|give) {y} (to|on) {O}", "(add|put) {y} (to|on) {P} (face|age)", "age {O} (by |){y}", "{S} in {y}",
        "(show|draw) {O} in {y}('| time|)", "what (will|would) {S} look like in {y}",
        "{y} (later|from now|into the future)",
        "how (will|would) {S} look {y} from now", "{y} more", "{y} more on {P} face", "advance {P} age (by |){y}",
        "fast forward {y}", "increase {P} age by {y}", "let {O} be {y} older", "I want {O} {y} older", "add {y}",
        "age +{y}",
        "imagine {O} {y} older", "older by {y}", "{C} by {y}", "{y} {C}", "turn the clock forward {y}",
    ]
    private static let youngerPatterns = [
        "{y} younger", "make {O} {y} younger", "make {O} look {y} younger", "{S} should (look|be) {y} younger",
        "(be|look) {y} younger", "(take|knock|shave|cut|remove|drop|lose) {y} (off|from) (of |){O}",
        "(take|knock|shave) {y} off( {P} (face|age)|)", "{S} {y} ago", "(show|draw) {O} {y} ago",
        "what did {S} look like {y} ago", "{y} (earlier|ago|back|before)", "turn back the clock (by |){y}",
        "rejuvenate {O} by {y}", "reduce {P} age by {y}", "let {O} be {y} younger", "I want {O} {y} younger",
        "age -{y}",
        "{y} less", "{y} less on {P} face", "imagine {O} {y} younger", "younger by {y}", "{C} by {y}", "{y} {C}",
    ]
    private static let agePatterns = [
        "(make|turn) {O} {a}", "age {a}", "aged {a}", "{S} should be {a}( years old|)",
        "(a|like a|as a) {a}(-| )year(-| )old",
        "{a} years old", "(make|let) {O} look (like |)(she's |he's |they're |)(about |around |){a}",
        "turn {O} into a {a} year old",
        "in {P} (early |late |mid |){Y}", "(show|picture|put) {O} in {P} (early |late |){Y}",
        "as if {S} (was|were) (in {P} {Y}|{a})", "{S} at {a}", "(a (man|woman|person)|someone) of {a}",
        "set {P} age to {a}",
        "make {O} look {a}", "{P} age should be {a}", "a {Y} look", "change {P} age to {a}", "{a} years of age",
        "a (man|woman|person|lady|guy) in {P} {Y}", "make {O} {a} years old",
        "a (twenty|thirty|forty|fifty|sixty)-something",
    ]
}
