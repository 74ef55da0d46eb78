/// Why a sentence was not taken as an edit request. The encoder refuses rather than guesses.
package enum RequestRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is nothing in it.
    case empty
    /// There are signs in it, such as an emoji, and no word.
    case wordless
    /// More than the encoder reads: see `RequestTokenizer.longestText` and `RequestTokenizer.mostTokens`.
    case tooLong
    /// Control characters, or letters of which most are not of the Latin alphabet.
    case unreadable
    /// It, or the part of it that is named, asks for something else than a change of the five attributes.
    case unrelated(String?)
    /// It asks that something stay as it is.
    case keeps
    /// It is a question.
    case question
    /// It says something, such as praise or thanks, and asks for nothing.
    case remark
    /// A degree is asked for that is none.
    case outOfRange
    /// It speaks of edits before it, and there are none.
    case conversation(ConversationAct)
    /// It may be a request, but the encoder is not sure of which.
    case unsure

    package var description: String {
        switch self {
        case .empty: "the sentence is empty; say what to change, \(Self.hint)"
        case .wordless: "there are no words in the sentence; say in English what to change, \(Self.hint)"
        case .tooLong: "the sentence is too long; say in one short sentence what to change"
        case .unreadable: "the sentence is not readable English text; \(Self.hint)"
        case .unrelated(let part?):
            "\"\(part)\" asks for none of bangs, eyeglasses, beard, smile and age; leave it out, or say what to change of "
                + "these, \(Self.hint)"
        case .unrelated(nil): "the sentence asks for none of bangs, eyeglasses, beard, smile and age; \(Self.hint)"
        case .keeps: "the sentence asks that something stay as it is, so there is nothing to do; \(Self.wish)"
        case .question: "the sentence is a question and asks for no change; \(Self.wish)"
        case .remark: "the sentence asks for no change; \(Self.wish)"
        case .outOfRange: "degrees go from 0 to 5, and steps from 1 to 5; for example \"smile to 4\" or \"beard +2\""
        case .conversation(let act): "\(act.missing); \(Self.wish)"
        case .unsure: "the sentence could not be understood with certainty; say it more plainly, \(Self.hint)"
        }
    }

    private static let hint = "for example \"make her smile a little more\""
    private static let wish = "say what to change, \(hint)"
}
