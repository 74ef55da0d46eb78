/// Why a sentence was not taken as an edit request. The encoder refuses rather than guesses.
package enum RequestRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no word in it.
    case empty
    /// More than the encoder reads: see `RequestTokenizer.longestText` and `RequestTokenizer.mostWords`.
    case tooLong
    /// Control characters, or letters of which most are not of the Latin alphabet.
    case unreadable
    /// It asks for something else than a change of the five attributes.
    case unrelated
    /// It asks for more than one attribute.
    case several
    /// It may be a request, but the encoder is not sure of which.
    case unsure

    package var description: String {
        switch self {
        case .empty: "the sentence is empty; \(Self.hint)"
        case .tooLong: "the sentence is too long; say in one short sentence what to change"
        case .unreadable: "the sentence is not readable English text; \(Self.hint)"
        case .unrelated:
            "the sentence asks for none of bangs, eyeglasses, beard, smile and age; \(Self.hint)"
        case .several: "the sentence seems to ask for more than one change; ask for one at a time"
        case .unsure: "the sentence could not be understood with certainty; say it more plainly, \(Self.hint)"
        }
    }

    private static let hint = "for example \"make her smile a little more\""
}
