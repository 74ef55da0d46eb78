import Tensor

/// A pattern of text: `(a|b|)` picks one of the alternatives, `{name}` is filled in by the caller; both may nest.
struct PhraseTemplate: Sendable {
    private indirect enum Part: Sendable {
        case text(String)
        case slot(String)
        case choice([[Part]])
    }

    private let parts: [Part]

    /// The slots that occur anywhere in the pattern.
    let slots: Set<String>

    /// Patterns are part of the program: an unbalanced one is a programmer's error.
    init(_ pattern: String) {
        var rest = Substring(pattern)
        var slots: Set<String> = []
        parts = Self.sequence(&rest, &slots)
        precondition(rest.isEmpty, "unbalanced pattern \"\(pattern)\"")
        self.slots = slots
    }

    private static func sequence(_ rest: inout Substring, _ slots: inout Set<String>) -> [Part] {
        var parts: [Part] = []
        var text = ""
        func flush(_ parts: inout [Part]) {
            if !text.isEmpty { parts.append(.text(text)) }
            text = ""
        }
        while let next = rest.first, next != "|", next != ")" {
            rest.removeFirst()
            switch next {
            case "(":
                flush(&parts)
                var alternatives = [sequence(&rest, &slots)]
                while rest.first == "|" {
                    rest.removeFirst()
                    alternatives.append(sequence(&rest, &slots))
                }
                precondition(rest.first == ")", "a bracket is not closed")
                rest.removeFirst()
                parts.append(.choice(alternatives))
            case "{":
                flush(&parts)
                let name = String(rest.prefix { $0 != "}" })
                rest.removeFirst(min(rest.count, name.count + 1))
                slots.insert(name)
                parts.append(.slot(name))
            default: text.append(next)
            }
        }
        flush(&parts)
        return parts
    }

    /// One reading of the pattern, drawn with `random`; `fill` gives the text of a slot.
    func expanded(
        _ random: inout SeededGenerator,
        fill: (String, inout SeededGenerator) -> String
    ) -> String {
        var result = ""
        append(parts, to: &result, &random, fill)
        return result
    }

    private func append(
        _ parts: [Part],
        to result: inout String,
        _ random: inout SeededGenerator,
        _ fill: (String, inout SeededGenerator) -> String
    ) {
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .slot(let name): result += fill(name, &random)
            case .choice(let alternatives):
                append(alternatives[random.index(alternatives.count)], to: &result, &random, fill)
            }
        }
    }
}

extension SeededGenerator {
    /// Uniform in 0..<count, with one draw.
    mutating func index(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

    /// One of the elements, which must not be none.
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[index(elements.count)] }

    /// True with the probability given.
    mutating func chance(_ probability: Float) -> Bool { uniform() < probability }
}
