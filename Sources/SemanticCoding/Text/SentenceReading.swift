/// An edit that a sentence asks for, and the words that do.
///
/// As JSON it is the request's members and `"span"`.
package struct RequestedEdit: Codable, Sendable, Equatable, CustomStringConvertible {
    package let request: EditRequest
    /// The part of the sentence that it came from.
    package let span: String

    package init(_ request: EditRequest, from span: String) {
        (self.request, self.span) = (request, span)
    }

    /// For people: "age +1, from 'a bit older'".
    package var description: String { "\(request), from '\(span)'" }

    private enum Key: CodingKey {
        case span
    }

    package init(from decoder: any Decoder) throws {
        request = try EditRequest(from: decoder)
        span = try decoder.container(keyedBy: Key.self).decodeIfPresent(String.self, forKey: .span) ?? ""
    }

    package func encode(to encoder: any Encoder) throws {
        try request.encode(to: encoder)
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(span, forKey: .span)
    }
}

/// What a sentence says of the edits before it.
package enum ConversationAct: String, Codable, Sendable, CaseIterable {
    /// "undo": the last edit is taken back.
    case undo
    /// "a bit more": the last edit goes further.
    case more
    /// "not that much": some of the last edit is taken back.
    case less
    /// "the same again": the last edit is made once more.
    case again
    /// "back to the photo": all edits are taken back.
    case back

    /// Why it cannot be done outside a conversation.
    var missing: String {
        switch self {
        case .undo: "there is nothing to undo: each transfer begins at its photo"
        case .more: "there is no edit before this one that could go further: each transfer begins at its photo"
        case .less: "there is no edit before this one to make less of: each transfer begins at its photo"
        case .again: "there is no edit before this one to repeat: each transfer begins at its photo"
        case .back: "there is nothing to go back from: each transfer begins at its photo"
        }
    }
}

/// What a sentence asks for: what is to become of the edits before it, and then edits, in the sentence's order.
package struct SentenceReading: Sendable, Equatable {
    /// Nil where the sentence stands on its own.
    package var act: ConversationAct?
    /// How many degrees `more` and `less` are, 1…5.
    package var steps = 1
    /// At most one of each attribute.
    package var edits: [RequestedEdit]

    package init(act: ConversationAct? = nil, steps: Int = 1, edits: [RequestedEdit]) {
        (self.act, self.steps, self.edits) = (act, steps, edits)
    }

    /// The edits of a sentence that stands on its own.
    ///
    /// - Throws: `.conversation` when it does not.
    package func editsAlone() throws(RequestRefusal) -> [RequestedEdit] {
        if let act { throw .conversation(act) }
        return edits
    }
}
