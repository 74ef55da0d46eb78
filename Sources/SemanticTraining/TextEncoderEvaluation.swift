import SemanticCoding

/// Scores the text encoder on labelled sentences.
package enum TextEncoderEvaluation {
    /// The result; refused sentences count as wrong. A change by five and the degree at its end are one.
    package struct Score: Encodable, Sendable {
        package let sentences: Int
        /// Share with the right attribute, and the right direction or rightly a target.
        package let attributeAndKind: Double
        /// Share with the right degree as well.
        package let degreeToo: Double
        package let refused: Int
        package let mistakes: [Mistake]
    }

    /// A sentence read otherwise than labelled.
    package struct Mistake: Encodable, Sendable {
        package let group, text, expected, found: String
    }

    /// Reads every sentence that is labelled with one request and compares.
    package static func score(_ encoder: TextSemanticEncoder, on sentences: [LabelledSentence]) -> Score {
        var (count, kinds, degrees, refused) = (0, 0, 0, 0)
        var mistakes: [Mistake] = []
        for sentence in sentences {
            guard let request = sentence.request else { continue }
            count += 1
            let found = outcome(encoder, sentence.text)
            if case .refused = found { refused += 1 }
            if case .edits(let edits) = found, edits.count == 1 {
                if agreeInKind(edits[0], request) { kinds += 1 }
                if edits[0].canonical == request.canonical {
                    degrees += 1
                    continue
                }
            }
            mistakes.append(mistake(sentence, found))
        }
        let total = Double(max(1, count))
        return Score(
            sentences: count,
            attributeAndKind: Double(kinds) / total,
            degreeToo: Double(degrees) / total,
            refused: refused,
            mistakes: mistakes
        )
    }

    /// The score by what the edits come to.
    package struct EffectScore: Encodable, Sendable {
        package let all: Tally
        package let groups: [String: Tally]
        package var mistakes: [Mistake]
    }

    /// How many sentences there are and how they were read.
    package struct Tally: Encodable, Sendable {
        package var sentences = 0
        /// Whose effect is right on photos of every degree, or that were refused where they should be.
        package var right = 0
        /// Share of sentences and photos with the right effect: a photo of each degree 0…5 for each sentence.
        package var photos = 0.0
        /// Should be refused, and were read as an edit.
        package var takenForEdits = 0

        package var share: Double { Double(right) / Double(max(1, sentences)) }
    }

    /// Compares, over photos of the degrees 0…5, the degree that a sentence's edits come to with what its labels come to.
    /// Entries of the same text share their labels; any of them will do. Where a sentence is to be refused, every refusal
    /// is right.
    package static func effect(_ encoder: TextSemanticEncoder, on sentences: [LabelledSentence]) -> EffectScore {
        let labels = Dictionary(grouping: sentences) { plain($0.text) }.mapValues { $0.flatMap(\.readings) }
        var all = Tally()
        var groups: [String: Tally] = [:]
        var mistakes: [Mistake] = []
        for sentence in sentences {
            let found = outcome(encoder, sentence.text)
            let allowed = labels[plain(sentence.text)] ?? []
            let right = (0...5).count { degree in allowed.contains { agree($0, found, at: degree) } }
            let toRefuse = allowed.allSatisfy { if case .refused = $0 { true } else { false } }
            let isTaken = toRefuse && { if case .edits = found { true } else { false } }()
            func count(_ tally: inout Tally) {
                let before = tally.photos * Double(tally.sentences)
                tally.sentences += 1
                tally.photos = (before + Double(right) / 6) / Double(tally.sentences)
                if right == 6 { tally.right += 1 }
                if isTaken { tally.takenForEdits += 1 }
            }
            count(&all)
            count(&groups[sentence.group, default: Tally()])
            if right < 6 { mistakes.append(mistake(sentence, found)) }
        }
        return EffectScore(all: all, groups: groups, mistakes: mistakes)
    }

    private static func outcome(_ encoder: TextSemanticEncoder, _ text: String) -> LabelledSentence.Reading {
        do throws(RequestRefusal) {
            let reading = try encoder.reading(of: text)
            if let act = reading.act, reading.edits.isEmpty { return .conversation(act) }
            return .edits(reading.edits.map(\.request))
        } catch {
            return .refused(error.description)
        }
    }

    private static func agree(_ a: LabelledSentence.Reading, _ b: LabelledSentence.Reading, at degree: Int) -> Bool {
        switch (a, b) {
        case (.refused, .refused): true
        case (.conversation(let one), .conversation(let other)): one == other
        case (.edits(let one), .edits(let other)): goals(one, degree) == goals(other, degree)
        default: false
        }
    }

    private static func goals(_ edits: [EditRequest], _ degree: Int) -> [EditRequest.Attribute: Int] {
        edits.reduce(into: [:]) { $0[$1.attribute] = $1.expectedDegree(current: degree) }
    }

    /// Letters and digits alone.
    private static func plain(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    }

    private static func mistake(_ sentence: LabelledSentence, _ found: LabelledSentence.Reading) -> Mistake {
        Mistake(
            group: sentence.group,
            text: sentence.text,
            expected: sentence.readings.map(describe).joined(separator: " or "),
            found: describe(found)
        )
    }

    private static func describe(_ reading: LabelledSentence.Reading) -> String {
        switch reading {
        case .edits(let edits): edits.map(\.description).joined(separator: ", ")
        case .conversation(let act): act.rawValue
        case .refused(let why): "refused: \(why)"
        }
    }

    private static func agreeInKind(_ a: EditRequest, _ b: EditRequest) -> Bool {
        guard a.attribute == b.attribute else { return false }
        switch (a.canonical.kind, b.canonical.kind) {
        case (.target, .target): return true
        case (.change(let up, _), .change(let other, _)): return up == other
        default: return false
        }
    }
}
