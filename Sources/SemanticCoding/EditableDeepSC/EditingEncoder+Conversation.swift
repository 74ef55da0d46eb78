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
        let turn = try turn(order.instruction, latest, conversation)
        do throws(EditError) {
            for requested in turn.requests { try editor.check(requested.request) }
        } catch {
            throw EncodingRefusal(code: "no_codec", "\(error)")
        }
        var artifacts: [EncodingArtifact: [UInt8]] = [.request: try ChecksummedJSON.encode(turn.requests)]
        for artifact in Self.shared { artifacts[artifact] = try? conversation.latest.read(artifact) }
        if let start = turn.start { artifacts[.start] = try ChecksummedJSON.encode(start) }
        let words = [turn.words].compactMap(\.self) + turn.requests.map { "\($0.request)" }
        let accepted = AcceptedOrder(
            request: words.joined(separator: ", "),
            edits: turn.requests.map { UnderstoodEdit(request: "\($0.request)", span: $0.span) },
            turned: 0,
            artifacts: artifacts
        )
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

    private func turn(_ sentence: String, _ latest: EditedCode, _ conversation: EarlierOrders) throws -> Turn {
        let here = latest.isPhoto ? nil : latest
        let plain = sentence.lowercased().trimmingCharacters(in: .whitespacesAndNewlines.union(.punctuationCharacters))
        if plain == "redo" {
            guard let undone = conversation.undone else {
                throw EncodingRefusal(code: "nothing_to_redo", "nothing was taken back last: there is nothing to redo")
            }
            let again = try edited(in: undone)
            return Turn(start: again.isPhoto ? nil : again, effect: .redoes, words: "redo")
        }
        let reading: SentenceReading
        do throws(RequestRefusal) {
            reading = try usual.reading(of: sentence)
        } catch {
            throw EncodingRefusal(code: "not_understood", "\(error)")
        }
        var turn = Turn(start: here, requests: reading.edits)
        guard let act = reading.act else { return turn }
        switch act {
        case .undo:
            guard here != nil || conversation.before != nil else {
                throw EncodingRefusal(code: "nothing_to_undo", "there is nothing to undo: this is the photo as it is")
            }
            let before = try conversation.before.map { try edited(in: $0) }
            turn.start = before.flatMap { $0.isPhoto ? nil : $0 }
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
    /// Whether it is the photo's own code.
    fileprivate var isPhoto: Bool { follows != true && edits.isEmpty }
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
