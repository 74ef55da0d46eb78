/// How people speak of one attribute. All strings are `PhraseTemplate` patterns.
///
/// Slots: `{S}` `{O}` `{P}` subject, object and possessive of the person, `{is}` `{has}` `{does}` `{s}` agreeing with
/// it; `{N}` the attribute's noun with its article; `{more}` an intensity before a comparative, `{very}` the same
/// inside a noun phrase, `{by}` after a verb, `{too}` before an adjective complained of.
struct AttributeLexicon: Sendable {
    /// The noun with an article or possessive: "the beard".
    let noun: String
    /// The noun alone: "beard".
    let bareNoun: String
    /// "a X beard": a noun phrase with a comparative at `{X}`.
    let qualifiedNoun: String
    /// What the person does with it: "have", "wear".
    let have: String
    let up, down: Wording
    /// The change by five: away with it, or as much of it as can be.
    let most, none: Wording
    /// Change down by four: hardly any left.
    let hardly: Wording
    /// Wordings of the degrees 0…5 as targets.
    let targets: [Wording]
    /// Sentences that are true at each of the degrees 0…5 and do not decide which one it is.
    let implied: [[String]]
}

/// Phrases that all mean the same, sorted by their place in a sentence. Patterns with an intensity slot can state how
/// much; the others cannot.
struct Wording: Sendable {
    /// Said of the attribute's noun: "longer".
    var qualities: [String] = []
    /// Noun phrases: "a longer beard".
    var things: [String] = []
    /// What the person should do or be, in the base form: "smile more".
    var states: [String] = []
    /// Imperatives to the editor: "trim {N}".
    var actions: [String] = []
    /// Whole sentences.
    var remarks: [String] = []
}
