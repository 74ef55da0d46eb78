import Basics
import Foundation
import SemanticCoding

/// A sentence and what it may be read as, as test files hold them.
///
/// A file is a JSON array. Its entries have `text` and, as a sentence may be labelled in more ways than one, `readings`,
/// each of them `{"edits": […]}` of `EditRequest`s, `{"conversation": "undo"}` or `{"refused": "why"}`; or else the
/// members of one `EditRequest`. `group` says what kind of sentence it is.
package struct LabelledSentence: Decodable, Sendable {
    /// One way to read it.
    package enum Reading: Sendable, Equatable {
        case edits([EditRequest])
        case conversation(ConversationAct)
        case refused(String)
    }

    package let text: String
    package let group: String
    package let readings: [Reading]

    package init(text: String, group: String = "", readings: [Reading]) {
        (self.text, self.group, self.readings) = (text, group, readings)
    }

    package init(text: String, request: EditRequest) {
        self.init(text: text, readings: [.edits([request])])
    }

    /// The request of a sentence that is labelled with one.
    var request: EditRequest? {
        if case .edits(let edits)? = readings.first, edits.count == 1 { edits[0] } else { nil }
    }

    private enum Key: CodingKey {
        case text, group, readings, attribute, kind, direction, degree
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        text = try fields.decode(String.self, forKey: .text)
        let attribute = try fields.decodeIfPresent(String.self, forKey: .attribute)
        group = try fields.decodeIfPresent(String.self, forKey: .group) ?? attribute ?? ""
        guard attribute != nil else {
            readings = try fields.decode([Reading].self, forKey: .readings)
            return
        }
        let request = try EditRequest(from: decoder)
        var readings: [Reading] = [.edits([request])]
        // "Remove the beard" is no step, however it was labelled, unless the label says how far.
        let isStated = try fields.decodeIfPresent(Int.self, forKey: .degree) != nil
        if !isStated, case .change(.down, _) = request.kind, Self.removes(text) {
            readings = [.edits([EditRequest(attribute: request.attribute, kind: .target(degree: 0))])]
        }
        self.readings = readings
    }

    private static func removes(_ text: String) -> Bool {
        !Set(text.lowercased().split { !$0.isLetter }).isDisjoint(with: ["remove", "removing", "off"])
    }

    /// Reads a JSON array of them.
    package static func read(path: String) throws -> [LabelledSentence] {
        try JSONDecoder().decode([LabelledSentence].self, from: Data(AtomicFile.read(path)))
    }
}

extension LabelledSentence.Reading: Decodable {
    private enum Key: CodingKey {
        case edits, conversation, refused
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        if let edits = try fields.decodeIfPresent([EditRequest].self, forKey: .edits) {
            self = .edits(edits)
        } else if let act = try fields.decodeIfPresent(ConversationAct.self, forKey: .conversation) {
            self = .conversation(act)
        } else {
            self = .refused(try fields.decode(String.self, forKey: .refused))
        }
    }
}
