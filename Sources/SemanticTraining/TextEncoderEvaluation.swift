import Basics
import Foundation
import Imaging

/// A sentence and what it asks for, as test files hold them: the members of `EditRequest`'s JSON and `text`.
public struct LabelledSentence: Decodable, Sendable {
    public let text: String
    public let request: EditRequest

    public init(text: String, request: EditRequest) {
        (self.text, self.request) = (text, request)
    }

    private enum Key: CodingKey {
        case text
    }

    public init(from decoder: any Decoder) throws {
        text = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .text)
        request = try EditRequest(from: decoder)
    }

    /// Reads a JSON array of them.
    public static func read(path: String) throws -> [LabelledSentence] {
        try JSONDecoder().decode([LabelledSentence].self, from: Data(AtomicFile.read(path)))
    }
}

/// Scores the text encoder on labelled requests.
public enum TextEncoderEvaluation {
    /// The result; refused sentences count as wrong.
    public struct Score: Encodable, Sendable {
        public let sentences: Int
        /// Share with the right attribute, and the right direction or rightly a target.
        public let attributeAndKind: Double
        /// Share with the right degree as well.
        public let degreeToo: Double
        public let refused: Int
        public let mistakes: [Mistake]
    }

    /// A sentence read otherwise than labelled.
    public struct Mistake: Encodable, Sendable {
        public let text, expected, found: String
    }

    /// Reads every sentence and compares.
    public static func score(_ encoder: TextSemanticEncoder, on sentences: [LabelledSentence]) -> Score {
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
