import Basics
import Foundation
import Networks

/// Sentences that follow others: the work goes on from the code that was edited last, and takes nothing from the photo anew.
extension EditingEncoder {
    /// What was made of the photo, and is the same for all of a conversation.
    private static let shared: [EncodingArtifact] = [.aligned, .inversion, .invertedPicture]

    /// An order accepted in one mode cannot go on in another.
    static let otherKind = EncodingRefusal(
        code: "other_mode",
        "the conversation began in another mode, whose codes are others: begin a new one"
    )

    package func follow(_ order: EncodingOrder, _ conversation: EarlierOrders) throws -> FollowingOrder {
        let editor = editor(for: order)
        let latest = try edited(in: conversation.latest)
        guard latest.kind == editor.kind else { throw Self.otherKind }
        let turn = try turn(order, latest, conversation)
        try check(turn.requests, of: editor)
        var artifacts: [EncodingArtifact: [UInt8]] = [:]
        for artifact in Self.shared { artifacts[artifact] = try? conversation.latest.read(artifact) }
        artifacts[.base] = try ChecksummedJSON.encode(latest)
        if let start = turn.start { artifacts[.start] = try ChecksummedJSON.encode(start) }
        let accepted = try AcceptedOrder(turn.requests, act: turn.words, turned: 0, artifacts: artifacts)
        return FollowingOrder(accepted: accepted, effect: turn.effect)
    }

    /// What a sentence comes to.
    private struct Turn {
        /// The code that the edits begin at; the photo's own when nil.
        var start: EditedCode?
        var requests: [RequestedEdit] = []
        var effect = FollowingOrder.Effect.goesOn
        /// What becomes of the edits before, in words.
        var words: String?
    }

    private func turn(_ order: EncodingOrder, _ latest: EditedCode, _ conversation: EarlierOrders) throws -> Turn {
        let (sentence, here) = (order.instruction, latest.ifEdited)
        let plain = sentence.lowercased().trimmingCharacters(in: .whitespacesAndNewlines.union(.punctuationCharacters))
        if plain == "redo" {
            guard let undone = conversation.undone else {
                throw EncodingRefusal(code: "nothing_to_redo", "nothing was taken back last: there is nothing to redo")
            }
            return Turn(start: try edited(in: undone).ifEdited, effect: .redoes, words: "redo")
        }
        let reading = try reading(order) { $0 }
        var turn = Turn(start: here, requests: reading.edits)
        guard let act = reading.act else { return turn }
        switch act {
        case .undo:
            guard here != nil || conversation.before != nil else {
                throw EncodingRefusal(code: "nothing_to_undo", "there is nothing to undo: this is the photo as it is")
            }
            turn.start = try conversation.before.flatMap { try edited(in: $0).ifEdited }
            (turn.effect, turn.words) = (.undoes, "undo")
        case .back:
            guard here != nil else {
                throw EncodingRefusal(code: "nothing_to_undo", "there is nothing to go back from: this is the photo")
            }
            (turn.start, turn.words) = (nil, "back to the photo")
        case .more, .less, .again:
            let repeated = latest.edits.compactMap { $0.repeated(act, steps: reading.steps) }
            guard !repeated.isEmpty else {
                throw EncodingRefusal(code: "nothing_to_repeat", "there is no edit before this one: say what to change")
            }
            turn.requests = repeated.map { RequestedEdit($0, from: sentence) } + reading.edits
        }
        return turn
    }

    private func edited(in artifacts: any EncodingArtifacts) throws -> EditedCode {
        guard let edited: EditedCode = stored(.edited, in: artifacts) else {
            throw EncodingRefusal(
                code: "gone",
                "what was edited before is not there any more: begin a new conversation"
            )
        }
        return edited
    }
}

extension EditedCode {
    /// Nil for the photo's own code.
    fileprivate var ifEdited: EditedCode? { follows == true || !edits.isEmpty ? self : nil }
}

extension AttributeEdit {
    /// The same edit once more, or some degrees further or back.
    fileprivate func repeated(_ act: ConversationAct, steps: Int) -> EditRequest? {
        guard let attribute = EditRequest.Attribute(rawValue: attribute) else { return nil }
        let change = degreeExpected == degreeBefore ? degreeAfter - degreeBefore : degreeExpected - degreeBefore
        let isUp = change >= 0
        let size = act == .again ? min(5, max(1, abs(change))) : steps
        let direction: EditRequest.Direction = isUp == (act != .less) ? .up : .down
        return EditRequest(attribute: attribute, kind: .change(direction: direction, degree: size))
    }
}
