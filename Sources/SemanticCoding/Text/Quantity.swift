/// A number in a sentence, with what it counts. Numbers are arithmetic: the network sees only their kind.
package enum Quantity: Sendable, Equatable {
    /// "ten years": about ten of them are a degree.
    case years(Double)
    /// "65 years old", "in her sixties".
    case age(Double)
    /// "30 %": of the five degrees.
    case percent(Double)
    /// "+2", "minus one".
    case signed(Int)
    /// "two notches".
    case steps(Int)
    /// "level 3", "3 out of 5".
    case level(Int)
    /// A number alone.
    case number(Double)

    /// What the network reads in its place.
    var word: String {
        switch self {
        case .years: "#years"
        case .age: "#age"
        case .percent: "#percent"
        case .signed(let steps): steps < 0 ? "#minus" : "#plus"
        case .steps: "#steps"
        case .level: "#level"
        case .number(let value): value > 5 ? "#big" : "#number"
        }
    }

    /// The degree of an age in years: child, teenager, young adult, forties, senior, seventies.
    package static func degree(ofAge years: Double) -> Int {
        switch years {
        case ..<13: 0
        case ..<20: 1
        case ..<40: 2
        case ..<50: 3
        case ..<70: 4
        default: 5
        }
    }

    /// The degrees that years are, at least one.
    package static func degrees(ofYears years: Double) -> Int { bounded(years / 10, from: 1) }

    /// The degrees that a share of all five is, at least `least`.
    package static func degrees(ofPercent percent: Double, from least: Int) -> Int {
        bounded(percent / 20, from: least)
    }

    /// Rounded half up, and no more than five.
    private static func bounded(_ degrees: Double, from least: Int) -> Int {
        Int(max(Double(least), min(5, degrees.rounded())))
    }
}

/// The second pass: numbers and their units become quantities.
enum QuantityReader {
    static func merged(_ tokens: [RequestToken]) -> [RequestToken] {
        var result: [RequestToken] = []
        var index = 0
        while index < tokens.count {
            if let (quantity, length) = quantity(in: tokens, at: index) {
                let range = tokens[index].range.lowerBound..<tokens[index + length - 1].range.upperBound
                result.append(RequestToken(word: quantity.word, range: range, quantity: quantity))
                index += length
            } else {
                let token = tokens[index]
                // Marks of arithmetic that no number followed.
                switch token.word {
                case "+", "-", "/", "%": break
                default: result.append(token)
                }
                index += 1
            }
        }
        return result
    }

    private static let signs: [String: Int] = ["+": 1, "-": -1, "plus": 1, "minus": -1]
    private static let years: Set = ["year", "years", "yr", "yrs", "y", "yaers", "yers", "yeras"]
    private static let steps: Set = [
        "step", "steps", "degree", "degrees", "notch", "notches", "level", "levels", "point", "points", "grade",
        "grades", "stage", "stages",
    ]
    private static let levels: Set = ["level", "degree", "stage", "grade"]
    /// After these a number counts something else.
    private static let otherUnits: Set = [
        "oclock", "o", "clock", "day", "days", "hour", "hours", "minute", "minutes", "teeth", "people", "men", "women",
        "photos", "pictures", "pixels", "pizzas", "times", "week", "weeks", "month", "months", "dollars", "euros",
        "dogs", "cats", "eyes", "ears", "pm", "am", "k", "x", "more", "other", "of",
    ]
    /// Before "one" these make a number of it.
    private static let beforeOne: Set = ["to", "at", "by", "up", "down", "level", "degree", "plus", "minus"]

    private static func quantity(in tokens: [RequestToken], at index: Int) -> (Quantity, Int)? {
        func word(_ offset: Int) -> String { index + offset < tokens.count ? tokens[index + offset].word : "" }
        if let found = loose(word) { return found }
        if let sign = signs[word(0)] {
            guard let (value, length) = number(word, from: 1), value < 1000 else { return nil }
            if let (kind, unit) = unit(after: value, word, 1 + length) {
                switch kind {
                case .percent: return (.signed(sign * Quantity.degrees(ofPercent: value, from: 1)), 1 + length + unit)
                case .years(let years): return (.signed(sign * Quantity.degrees(ofYears: years)), 1 + length + unit)
                case .steps: return (.signed(sign * Int(value)), 1 + length + unit)
                default: break
                }
            }
            return (.signed(sign * Int(value)), 1 + length)
        }
        if levels.contains(word(0)), let (value, length) = number(word, from: 1), value < 1000 {
            return (.level(Int(value)), 1 + length)
        }
        if let decade = decade(word(0)) { return (.age(decade), 1) }
        guard let (value, length) = number(word, from: 0), value < 1000 else { return nil }
        if let (kind, unit) = unit(after: value, word, length) { return (kind, length + unit) }
        let after = word(length)
        guard !otherUnits.contains(after) else { return nil }
        if word(0) == "one" || word(0) == "zero" && after == "" && index == 0 {
            guard index > 0, beforeOne.contains(tokens[index - 1].word) else { return nil }
        }
        return (.number(value), length)
    }

    /// What the words behind a number make of it, and how many they are.
    private static func unit(after value: Double, _ word: (Int) -> String, _ at: Int) -> (Quantity, Int)? {
        let next = word(at)
        if next == "%" || next == "percent" || next == "pct" { return (.percent(value), 1) }
        if next == "per", word(at + 1) == "cent" { return (.percent(value), 2) }
        if next == "yo" { return (.age(value), 1) }
        if years.contains(next) {
            if word(at + 1) == "old" || word(at + 1) == "olds" { return (.age(value), 2) }
            if word(at + 1) == "of", word(at + 2) == "age" { return (.age(value), 3) }
            return (.years(value), 1)
        }
        if next == "decades" || next == "decade" { return (.years(10 * value), 1) }
        if next == "something" || next == "ish" { return (.age(value + 5), 1) }
        if steps.contains(next) { return (.steps(Int(value)), 1) }
        if next == "/", let (_, length) = number(word, from: at + 1) { return (.level(Int(value)), 1 + length) }
        if next == "out", word(at + 1) == "of", let (_, length) = number(word, from: at + 2) {
            return (.level(Int(value)), 2 + length)
        }
        if next == "of", let (whole, length) = number(word, from: at + 1), whole == 5 {
            return (.level(Int(value)), 1 + length)
        }
        return nil
    }

    /// "a decade", "a few years", "half a century", "a couple of notches".
    private static func loose(_ word: (Int) -> String) -> (Quantity, Int)? {
        if word(0) == "half", word(1) == "a" {
            if word(2) == "century" { return (.years(50), 3) }
            if word(2) == "decade" { return (.years(5), 3) }
        }
        if word(0) == "a" || word(0) == "one" {
            if word(1) == "decade" { return (.years(10), 2) }
            if word(1) == "century" { return (.years(100), 2) }
            if word(1) == "couple", word(2) == "of" { return loose(2, word, 3) }
            if word(1) == "couple" { return loose(2, word, 2) }
            if word(1) == "few" { return loose(3, word, 2) }
            if word(0) == "a", years.contains(word(1)), word(1) != "y" { return (.years(1), 2) }
        }
        if word(0) == "few" { return loose(3, word, 1) }
        if word(0) == "some" || word(0) == "several" || word(0) == "many" {
            guard years.contains(word(1)) || word(1) == "decades" else { return nil }
            return loose(word(0) == "many" ? 20 : 5, word, 1)
        }
        return nil
    }

    private static func loose(_ count: Double, _ word: (Int) -> String, _ at: Int) -> (Quantity, Int)? {
        if years.contains(word(at)) { return (.years(count), at + 1) }
        if word(at) == "decades" { return (.years(10 * min(count, 3)), at + 1) }
        if steps.contains(word(at)) { return (.steps(Int(min(count, 3))), at + 1) }
        return nil
    }

    /// The middle of "forties" or "40s".
    private static func decade(_ word: String) -> Double? {
        let names = [
            "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties",
        ]
        if let index = names.firstIndex(of: word) { return Double(25 + 10 * index) }
        if word == "teens" { return 15 }
        guard word.hasSuffix("s"), let value = Double(word.dropLast()), value >= 20, value <= 100 else { return nil }
        return value + 5
    }

    private static let units = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    private static let tens = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ]

    /// A number in digits or words, and how many tokens it takes.
    private static func number(_ word: (Int) -> String, from start: Int) -> (Double, Int)? {
        let first = word(start)
        if first.first?.isNumber == true, let value = Double(first) { return (value, 1) }
        if first == "hundred" || first == "a" && word(start + 1) == "hundred" {
            return (100, first == "a" ? 2 : 1)
        }
        if let index = tens.firstIndex(of: first) {
            let ten = Double(20 + 10 * index)
            if let unit = units.firstIndex(of: word(start + 1)), (1...9).contains(unit) {
                return (ten + Double(unit), 2)
            }
            return (ten, 1)
        }
        return units.firstIndex(of: first).map { (Double($0), 1) }
    }
}
