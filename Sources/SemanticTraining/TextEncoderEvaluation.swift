import Basics
import Foundation
import Imaging
import SemanticCoding

/// A sentence and what it asks for, as test files hold them: the members of `EditRequest`'s JSON and `text`.
package struct LabelledSentence: Decodable, Sendable {
    package let text: String
    package let request: EditRequest

    package init(text: String, request: EditRequest) {
        (self.text, self.request) = (text, request)
    }

    private enum Key: CodingKey {
        case text
    }

    package init(from decoder: any Decoder) throws {
        text = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .text)
        request = try EditRequest(from: decoder)
    }

    /// Reads a JSON array of them.
    package static func read(path: String) throws -> [LabelledSentence] {
        try JSONDecoder().decode([LabelledSentence].self, from: Data(AtomicFile.read(path)))
    }
}

/// Scores the text encoder on labelled requests.
package enum TextEncoderEvaluation {
    /// The result; refused sentences count as wrong.
    package struct Score: Encodable, Sendable {
        package let sentences: Int
        /// Share with the right attribute, and the right direction or rightly a target.
        package let attributeAndKind: Double
        /// Share with the right degree as well.
        package let degreeToo: Double
        package let refused: Int
        package let mistakes: [Mistake]
    }

    /// A sentence read otherwise than labelled.
    package struct Mistake: Encodable, Sendable {
        package let text, expected, found: String
    }

    /// Reads every sentence and compares.
    package static func score(_ encoder: TextSemanticEncoder, on sentences: [LabelledSentence]) -> Score {
        var (kinds, degrees, refused) = (0, 0, 0)
        var mistakes: [Mistake] = []
        for sentence in sentences {
            let found: String
            do throws(RequestRefusal) {
                let request = try encoder.read(sentence.text)
                if agreeInKind(request, sentence.request) { kinds += 1 }
                if request == sentence.request {
                    degrees += 1
                    continue
                }
                found = request.description
            } catch {
                refused += 1
                found = error.description
            }
            mistakes.append(Mistake(text: sentence.text, expected: sentence.request.description, found: found))
        }
        let count = Double(max(1, sentences.count))
        return Score(
            sentences: sentences.count,
            attributeAndKind: Double(kinds) / count,
            degreeToo: Double(degrees) / count,
            refused: refused,
            mistakes: mistakes
        )
    }

    private static func agreeInKind(_ a: EditRequest, _ b: EditRequest) -> Bool {
        guard a.attribute == b.attribute else { return false }
        switch (a.kind, b.kind) {
        case (.target, .target): return true
        case (.change(let up, _), .change(let other, _)): return up == other
        default: return false
        }
    }
}
