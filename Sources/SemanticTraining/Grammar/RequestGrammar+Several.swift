import SemanticCoding
import Tensor

/// Clauses that say more than one plain request, or ask for nothing, and sentences of several clauses.
extension RequestGrammar {
    /// "older than he is now"
    func compared(_ random: inout SeededGenerator) -> SentencePart {
        let attribute = random.pick(EditRequest.Attribute.allCases)
        let direction: EditRequest.Direction = random.chance(0.5) ? .up : .down
        let request = EditRequest(attribute: attribute, kind: .change(direction: direction, degree: 1))
        let person = Person.sample(&random)
        let than = PhraseTemplate(
            " than (now|before|that|this|{S} {is}( now| right now|)|in the (photo|picture)|{P} own|the (current|"
                + "present) one"
                + "|it is|it was|what {S} {has} now|at the moment)"
        )
        let tail = than.expanded(&random) { slot, _ in person.text(slot: slot) ?? "" }
        return SentencePart(plainText(of: request, &random) + tail, .request(request))
    }

    /// "older, no, younger": what is said last counts.
    func corrected(_ random: inout SeededGenerator) -> SentencePart {
        let meant = sampleRequest(&random)
        let text = plainText(of: meant, &random)
        var wrong = sampleRequest(&random)
        if random.chance(0.6) {
            wrong = EditRequest(attribute: meant.attribute, kind: wrong.kind)
        }
        let said = plainText(of: wrong, &random)
        switch random.index(8) {
        case 0:
            return SentencePart(
                random.pick(["no, ", "no ", "no I said ", "I meant ", "I said ", "wait, "]) + text,
                .request(meant)
            )
        case 1:
            let opposite = comparative(meant.attribute, random.chance(0.5) ? .up : .down, &random)
            return SentencePart(
                "not " + opposite + random.pick([", ", ", but ", " but ", ": "]) + text,
                .request(meant)
            )
        default:
            let join = random.pick([
                ", no, ", ", no wait, ", ", sorry, ", ", I mean ", ", sorry, I meant ", ", or rather ", " - no, ",
                ". wait, ", ", oops, ", ", scratch that, ", ". no, ", ". actually ", " actually no, ", ". I mean ",
                ", correction: ", ". oh no, ", " or better ", " - actually ", "... no, I meant ", ", oops I mean ",
            ])
            return SentencePart(said + join + text, .request(meant))
        }
    }

    /// What asks that an attribute stay.
    func stayingPart(_ random: inout SeededGenerator) -> SentencePart {
        let attribute = random.pick(EditRequest.Attribute.allCases)
        let writer = writer(attribute, &random)
        let text: String
        switch random.index(3) {
        case 0: text = staying.keep(writer, &random)
        case 1:
            let direction: EditRequest.Direction = random.chance(0.6) ? .up : .down
            text = staying.notMore(comparative(attribute, direction, &random), writer, &random)
        default:
            let action = writer.text(random.pick(vocabulary(of: attribute).actions), &random)
            text = staying.forbid(TypingNoise.tidied(action), writer, &random)
        }
        return SentencePart(TypingNoise.tidied(text), .other(.keep, degree: nil))
    }

    func thing(_ attribute: EditRequest.Attribute, _ random: inout SeededGenerator) -> String {
        writer(attribute, &random).text(random.pick(vocabulary(of: attribute).things), &random)
    }

    func questionPart(_ random: inout SeededGenerator) -> SentencePart {
        let attribute = random.pick(EditRequest.Attribute.allCases)
        let (thing, writer) = (thing(attribute, &random), writer(attribute, &random))
        let text = TypingNoise.tidied(staying.question(attribute, thing: thing, writer, &random))
        return SentencePart(text + (random.chance(0.7) ? "?" : ""), .other(.question, degree: nil))
    }

    func praisePart(_ random: inout SeededGenerator) -> SentencePart {
        let attribute = random.pick(EditRequest.Attribute.allCases)
        let (thing, writer) = (thing(attribute, &random), writer(attribute, &random))
        let text = TypingNoise.tidied(staying.praise(attribute, thing: thing, writer, &random))
        return SentencePart(text, .other(.remark, degree: nil))
    }

    private static let joins = [
        " and ", " and ", ", ", " and also ", ", and ", " but ", " while ", ". also ", " plus ", ". ", ". ", "; ",
        "; then ", " as well as ", ", then ", " and then ", ". then ", ". after that ", " & ", " with ", ". now ", "! ",
        ", but ",
    ]

    /// Two or three clauses of any kinds, mostly requests for different attributes.
    func several(_ random: inout SeededGenerator) -> [SentencePart] {
        if random.chance(0.4) {
            let (a, b): (SentencePart, SentencePart)
            switch random.index(8) {
            case 0, 1: (a, b) = (requestPart(&random), talk.remark(&random))
            case 2: (a, b) = (talk.remark(&random), requestPart(&random))
            case 3: (a, b) = (praisePart(&random), requestPart(&random))
            case 4, 5: (a, b) = (requestPart(&random), stayingPart(&random))
            case 6: (a, b) = (talk.conversation(&random), requestPart(&random))
            default:
                let other = SentencePart(unrelated.request(&random), .other(.unrelated, degree: nil))
                (a, b) = random.chance(0.5) ? (other, requestPart(&random)) : (requestPart(&random), other)
            }
            return [a, SentencePart(random.pick(Self.joins)), b]
        }
        var left = EditRequest.Attribute.allCases
        var parts: [SentencePart] = []
        for _ in 0..<(random.chance(0.25) ? 3 : 2) {
            let attribute = left.remove(at: random.index(left.count))
            let request = EditRequest(attribute: attribute, kind: sampleRequest(&random).kind)
            if !parts.isEmpty { parts.append(SentencePart(random.pick(Self.joins))) }
            if random.chance(0.12) {
                var part = requestPart(&random)
                while !part.asks(for: attribute) { part = requestPart(&random) }
                parts.append(part)
            } else {
                parts.append(SentencePart(plainText(of: request, &random), .request(request)))
            }
        }
        return parts
    }

    /// One verb for two nouns: "remove the beard and the glasses".
    func sharedVerb(_ random: inout SeededGenerator) -> [SentencePart] {
        var left: [EditRequest.Attribute] = [.bangs, .eyeglasses, .beard, .smiling]
        let first = left.remove(at: random.index(left.count))
        let second = random.pick(left)
        func noun(_ attribute: EditRequest.Attribute, bare: Bool, _ random: inout SeededGenerator) -> String {
            TypingNoise.tidied(writer(attribute, &random).text(PhraseTemplate(bare ? "{B}" : "{N}"), &random))
        }
        let none: ClauseMeaning = .request(EditRequest(attribute: first, kind: .target(degree: 0)))
        let other: ClauseMeaning = .request(EditRequest(attribute: second, kind: .target(degree: 0)))
        switch random.index(3) {
        case 0:
            let verb = random.pick([
                "remove ", "take away ", "get rid of ", "lose ", "delete ", "erase ", "please remove ",
            ])
            return [
                SentencePart(verb + noun(first, bare: false, &random), none),
                SentencePart(random.pick([" and ", " & ", ", "])),
                SentencePart(noun(second, bare: false, &random), other),
            ]
        case 1:
            let verb = random.pick(["no ", "without ", "I want no ", "there should be no ", "she should have no "])
            return [
                SentencePart(verb + noun(first, bare: true, &random), none),
                SentencePart(random.pick([" or ", " and ", ", "])),
                SentencePart(random.pick(["", "no "]) + noun(second, bare: true, &random), other),
            ]
        default:
            func add(_ attribute: EditRequest.Attribute) -> (String, ClauseMeaning) {
                let thing =
                    switch attribute {
                    case .bangs: random.pick(["bangs", "a fringe"])
                    case .eyeglasses: random.pick(["glasses", "a pair of glasses", "eyeglasses"])
                    case .beard: "a beard"
                    default: "a smile"
                    }
                return (thing, .request(EditRequest(attribute: attribute, kind: .change(direction: .up, degree: 1))))
            }
            let verb = random.pick([
                "add ", "give her ", "give him ", "I want ", "put on ", "please add ", "with ", "both ",
            ])
            let (a, b) = (add(first), add(second))
            return [
                SentencePart(verb + a.0, a.1), SentencePart(random.pick([" and ", " & ", ", ", " and also "])),
                SentencePart(b.0, b.1),
            ]
        }
    }
}
