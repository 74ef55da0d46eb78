import ArgumentParser
import Foundation
import SemanticCoding

struct ParseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Reads editing requests, one a line, from standard input.",
        discussion: """
            Prints one JSON line for each: "edits", a list of attribute, kind (change or target), direction (1, -1 or \
            null), degree and span, the words it came from; of a single edit the same members stand beside the list. Or \
            else {"refused": "why, and what could be said instead"}. What only means something after other edits \
            ("undo", "a bit more", "the same again") has "conversation" too.
            Example: echo "give him a short beard and take off the glasses" | modelctl parse
            """
    )

    @OptionGroup var options: ModelOptions

    func run() throws {
        let encoder = try TextSemanticEncoder(models: options.store)
        while let line = readLine() {
            try printJSON(Line(encoder, line))
            // Whoever reads the answers through a pipe gets each one at once.
            fflush(nil)
        }
    }

    /// A sentence's answer.
    private struct Line: Encodable {
        private var edits: [RequestedEdit] = []
        private var conversation: ConversationAct?
        private var steps: Int?
        private var refused: String?

        init(_ encoder: TextSemanticEncoder, _ sentence: String) {
            do throws(RequestRefusal) {
                let reading = try encoder.reading(of: sentence)
                (edits, conversation) = (reading.edits, reading.act)
                if conversation == .more || conversation == .less { steps = reading.steps }
                _ = try reading.editsAlone()
            } catch {
                refused = error.description
            }
        }

        private enum Key: CodingKey {
            case edits, conversation, steps, refused
        }

        func encode(to encoder: any Encoder) throws {
            if edits.count == 1 { try edits[0].encode(to: encoder) }
            var fields = encoder.container(keyedBy: Key.self)
            if !edits.isEmpty { try fields.encode(edits, forKey: .edits) }
            try fields.encodeIfPresent(conversation, forKey: .conversation)
            try fields.encodeIfPresent(steps, forKey: .steps)
            try fields.encodeIfPresent(refused, forKey: .refused)
        }
    }
}
