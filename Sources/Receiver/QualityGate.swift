import SemanticCoding
import ServiceKit

/// `[quality]`: what a picture must be like to be delivered unmarked.
package struct QualityGate: Decodable, Sendable {
    /// Least probability that the picture shows the same person.
    package var leastLikeness = ExpectedLikeness.leastSamePerson
    /// Copies of a transfer that are asked for, the first included, before a picture is delivered with its doubts.
    package var maxCopies = 4
    /// Whether a doubtful picture is kept from people instead.
    package var withhold = false

    private enum CodingKeys: String, CodingKey {
        case leastLikeness = "least_likeness"
        case maxCopies = "max_copies"
        case withhold
    }

    package init() {}

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        leastLikeness = try keys.number(.leastLikeness, default: leastLikeness)
        maxCopies = try keys.value(.maxCopies, default: maxCopies)
        withhold = try keys.value(.withhold, default: withhold)
    }

    var complaint: String? {
        if !(0...1).contains(leastLikeness) { return "least_likeness must be 0 to 1, not \(leastLikeness)" }
        let most = IncompleteTransfers.mostTransmissions
        if !(1...most).contains(maxCopies) { return "max_copies must be 1 to \(most), not \(maxCopies)" }
        return nil
    }

    /// What there is to doubt in a picture; nil for nothing.
    ///
    /// - Parameter edit: what it is to show.
    func doubts(of drawn: DecodedPicture, edit: ExpectedEdit?) -> ReceivedTransfer.Doubts? {
        var words: [String] = []
        let isDoubtful = drawn.likeness.map { $0.samePerson < leastLikeness } ?? false
        if isDoubtful, let likeness = drawn.likeness {
            words.append("the same person with \(Int((likeness.samePerson * 100).rounded())) % only")
        }
        let lacksEdit = edit.flatMap { $0.isShown(by: drawn.degrees) } == false
        if lacksEdit, let edit {
            words.append("\(edit.attribute) \(drawn.degrees[edit.attribute] ?? 0) instead of \(edit.degree)")
        }
        guard !words.isEmpty else { return nil }
        return .init(
            isDoubtful: isDoubtful,
            lacksEdit: lacksEdit,
            words: words.joined(separator: ", "),
            isWithheld: withhold
        )
    }
}
