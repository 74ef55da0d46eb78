import SemanticCoding

/// What a clause of a training sentence means.
package enum ClauseMeaning: Sendable, Equatable {
    case request(EditRequest)
    /// Something else than an edit. The degree is that of "more" and "less".
    case other(ClauseAct, degree: Int?)

    /// Whether it is about the edits before.
    var speaksOfEdits: Bool {
        if case .other(let act, _) = self { act.conversation != nil } else { false }
    }

    /// The class of each head; nil where it has none.
    var classes: (act: ClauseAct, attribute: Int?, degree: Int?) {
        switch self {
        case .other(let act, let degree): return (act, nil, degree)
        case .request(let request):
            let attribute = EditRequest.Attribute.allCases.firstIndex(of: request.attribute)
            switch request.canonical.kind {
            case .target(let degree): return (.target, attribute, degree)
            case .change(let direction, let degree): return (direction == .up ? .up : .down, attribute, degree)
            }
        }
    }
}

extension EditRequest {
    /// The same edit; a change by five and the degree at its end are one.
    var canonical: EditRequest {
        guard case .change(let direction, 5) = kind else { return self }
        return EditRequest(attribute: attribute, kind: .target(degree: direction == .up ? 5 : 0))
    }
}

/// A part of a training sentence: a clause, or words between clauses.
package struct SentencePart: Sendable, Equatable {
    package var text: String
    /// Nil between clauses.
    package let meaning: ClauseMeaning?

    package init(_ text: String, _ meaning: ClauseMeaning? = nil) {
        (self.text, self.meaning) = (text, meaning)
    }

    /// Whether it asks for an edit of the attribute.
    func asks(for attribute: EditRequest.Attribute) -> Bool {
        if case .request(let request) = meaning { request.attribute == attribute } else { false }
    }
}
