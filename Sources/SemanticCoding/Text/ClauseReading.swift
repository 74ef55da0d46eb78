/// What a clause does.
package enum ClauseAct: Int, Sendable, CaseIterable {
    /// Asks for a step up or down, or for a degree.
    case up, down, target
    /// Asks that something stay, asks a question, says something.
    case keep, question, remark
    /// Speaks of the edits before it.
    case undo, more, less, again, back
    /// Asks for something else.
    case unrelated

    var isEdit: Bool { self == .up || self == .down || self == .target }

    package var conversation: ConversationAct? {
        switch self {
        case .undo: .undo
        case .more: .more
        case .less: .less
        case .again: .again
        case .back: .back
        default: nil
        }
    }
}

/// A clause as the network reads it.
struct ClauseReading {
    let act: ClauseAct
    let attribute: EditRequest.Attribute
    /// As the words say; numbers say it themselves.
    let degree: Int
    /// Of act and attribute.
    let confidence: Float
    let tokens: [RequestToken]

    /// The edit that it asks for.
    ///
    /// - Throws: `.outOfRange` for a degree that is none.
    func request() throws(RequestRefusal) -> EditRequest {
        let direction: EditRequest.Direction = act == .down ? .down : .up
        guard let quantity = quantity() else {
            if act == .target || degree == 5 {
                return EditRequest(attribute: attribute, kind: .target(degree: act == .down ? 0 : degree))
            }
            return EditRequest(attribute: attribute, kind: .change(direction: direction, degree: max(1, degree)))
        }
        switch quantity {
        case .years(let years): return change(direction, Quantity.degrees(ofYears: years))
        case .percent(let percent):
            if act == .target { return try target(Double(Quantity.degrees(ofPercent: percent, from: 0))) }
            return change(direction, Quantity.degrees(ofPercent: percent, from: 1))
        case .signed(let steps): return try step(steps < 0 ? .down : .up, abs(steps))
        case .steps(let steps): return act == .target ? try target(Double(steps)) : try step(direction, steps)
        case .level(let level): return try target(Double(level))
        case .age(let age): return try target(Double(Quantity.degree(ofAge: age)))
        case .number(let value):
            if attribute == .age, value > 5 { return try target(Double(Quantity.degree(ofAge: value))) }
            return act == .target ? try target(value) : try step(direction, Int(value))
        }
    }

    /// The last quantity, but for one that is only where the way begins ("from 4 to 2"); ages are of faces alone.
    private func quantity() -> Quantity? {
        let found = tokens.indices.filter { tokens[$0].quantity != nil }
        let goals = found.filter { $0 == 0 || tokens[$0 - 1].word != "from" }
        guard let quantity = (goals.last ?? found.last).flatMap({ tokens[$0].quantity }) else { return nil }
        switch quantity {
        case .age where attribute != .age: return nil
        default: return quantity
        }
    }

    private func change(_ direction: EditRequest.Direction, _ degree: Int) -> EditRequest {
        EditRequest(attribute: attribute, kind: .change(direction: direction, degree: degree))
    }

    private func step(_ direction: EditRequest.Direction, _ steps: Int) throws(RequestRefusal) -> EditRequest {
        guard (1...5).contains(steps) else { throw .outOfRange }
        return change(direction, steps)
    }

    private func target(_ degree: Double) throws(RequestRefusal) -> EditRequest {
        guard (0...5).contains(degree) else { throw .outOfRange }
        return EditRequest(attribute: attribute, kind: .target(degree: Int(degree.rounded())))
    }
}

extension [RequestedEdit] {
    /// Adds an edit. What is said last of an attribute counts; said twice in one direction, the greater step.
    mutating func add(_ edit: RequestedEdit) {
        guard let index = firstIndex(where: { $0.request.attribute == edit.request.attribute }) else {
            return append(edit)
        }
        let before = self[index].request.kind
        let now = edit.request.kind
        if case .change(let way, let degree) = now {
            if case .change(way, let other) = before, other > degree { return }
            // A degree, and the way to it.
            if case .target(let goal) = before, goal > 2 && way == .up || goal < 3 && way == .down { return }
        }
        self[index] = edit
    }
}
