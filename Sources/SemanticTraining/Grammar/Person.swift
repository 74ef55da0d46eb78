import Tensor

/// Who the sentence is about, with the forms that agree.
struct Person: Sendable {
    let subject, object, possessive: String
    /// "she looks" or "they look".
    let isThirdSingular: Bool
    var isSpeaker = false

    /// The text of a person's slot, or nil when `slot` is something else.
    func text(slot: String) -> String? {
        switch slot {
        case "S": subject
        case "O": object
        case "P": possessive
        case "is": isSpeaker ? "am" : isThirdSingular ? "is" : "are"
        case "has": isThirdSingular ? "has" : "have"
        case "does": isThirdSingular ? "does" : "do"
        case "s": isThirdSingular ? "s" : ""
        default: nil
        }
    }

    static func sample(_ random: inout SeededGenerator) -> Person {
        switch random.index(10) {
        case 0, 1, 2: return Person(subject: "she", object: "her", possessive: "her", isThirdSingular: true)
        case 3, 4: return Person(subject: "he", object: "him", possessive: "his", isThirdSingular: true)
        case 5: return Person(subject: "they", object: "them", possessive: "their", isThirdSingular: false)
        case 6:
            return random.pick([
                Person(subject: "it", object: "it", possessive: "its", isThirdSingular: true),
                Person(subject: "you", object: "you", possessive: "your", isThirdSingular: false),
                Person(subject: "I", object: "me", possessive: "my", isThirdSingular: false, isSpeaker: true),
            ])
        case 7: return named(random.chance(0.5) ? random.pick(names) : invented(&random))
        default: return named(random.pick(determiners) + " " + random.pick(nouns))
        }
    }

    private static func named(_ name: String) -> Person {
        Person(subject: name, object: name, possessive: name + "'s", isThirdSingular: true)
    }

    /// A name nobody has heard before, so that the encoder learns to pass over unknown words.
    private static func invented(_ random: inout SeededGenerator) -> String {
        let syllables = (0..<2 + random.index(2)).map { _ in
            random.pick(Array("bcdfghjklmnprstvwz")).description
                + random.pick(["a", "e", "i", "o", "u", "an", "el", "ir"])
        }
        return syllables.joined()
    }

    private static let determiners = ["the", "the", "the", "this", "that", "my", "our"]
    private static let nouns = [
        "person", "person", "man", "woman", "lady", "girl", "boy", "guy", "gentleman", "friend", "sister", "brother",
        "boss", "neighbour", "colleague", "subject", "model", "portrait", "face", "face", "dude", "wife", "husband",
        "mum",
        "mother", "dad", "father", "uncle", "aunt", "astronaut", "actor", "actress", "singer", "character", "human",
        "kid",
        "client", "customer", "patient", "teacher", "photo", "picture", "individual", "fellow", "chap", "bride",
    ]
    private static let names = [
        "Anna", "Peter", "Maria", "John", "Alice", "Bob", "Karen", "Tom", "Sarah", "Mike", "Linda", "James", "Emma",
        "David",
        "Julia", "Chris", "Laura", "Frank", "Nina", "Paul", "Eve", "Sam", "Olga", "Hassan", "Mei", "Raj", "Yuki",
        "Carlos",
    ]
}
