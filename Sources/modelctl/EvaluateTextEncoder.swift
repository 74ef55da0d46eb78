import ArgumentParser
import Basics
import Foundation
import Networks
import SemanticCoding
import SemanticTraining

struct EvaluateTextEncoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text-encoder",
        abstract: "Scores the text encoder on labelled requests.",
        discussion: """
            A file is a JSON array of {"text", "attribute", "kind", "direction", "degree"}, or of {"text", "group", \
            "readings"}, each reading of which is {"edits": […]}, {"conversation": "undo"} or {"refused": "why"}. Prints \
            one JSON line: the shares with attribute and kind right and with the degree right too, and every mistake.

            --by-effect compares what the edits come to on photos of the degrees 0 to 5, with any of a sentence's labels; \
            "remove" without a degree is none in any labelling, and where a sentence is to be refused any refusal is right. \
            It prints a line a group.
            Example: modelctl evaluate text-encoder requests.json
                     modelctl evaluate text-encoder --by-effect Models/requests/held-out.json --misses
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "JSON files.") var files: [String]
    @Flag(help: "Score what the edits come to.") var byEffect = false
    @Flag(help: "Print what was read wrongly, too. Needs --by-effect.") var misses = false
    @Option(help: "Where the whole score goes, as JSON. Needs --by-effect.") var record: String?

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("name a file") }
        if misses || record != nil, !byEffect { throw ValidationError("--misses and --record need --by-effect") }
    }

    func run() throws {
        if let record { try AtomicFile.checkWritable(record) }
        let encoder = try TextSemanticEncoder(models: options.store)
        let files = try files.map { (path: $0, sentences: try LabelledSentence.read(path: $0)) }
        guard byEffect else {
            for file in files { try printJSON(TextEncoderEvaluation.score(encoder, on: file.sentences)) }
            return
        }
        var scores: [String: TextEncoderEvaluation.EffectScore] = [:]
        for (path, sentences) in files {
            let score = TextEncoderEvaluation.effect(encoder, on: sentences)
            scores[path] = score
            print("\(path): \(Self.line(score.all))")
            for (group, tally) in score.groups.sorted(by: { $0.key < $1.key }) {
                print(
                    "  \(group.padding(toLength: max(14, group.count), withPad: " ", startingAt: 0)) \(Self.line(tally))"
                )
            }
            guard misses else { continue }
            for miss in score.mistakes {
                print("  \(miss.group): \"\(miss.text)\" is \(miss.expected), read as \(miss.found)")
            }
        }
        guard let record else { return }
        let json = JSONEncoder()
        json.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try AtomicFile.write([UInt8](try json.encode(scores)), to: record, mode: 0o666)
    }

    private static func line(_ tally: TextEncoderEvaluation.Tally) -> String {
        String(format: "%d of %d right (%.1f %%), ", tally.right, tally.sentences, 100 * tally.share)
            + String(format: "%.1f %% of photos, %d to refuse taken for edits", 100 * tally.photos, tally.takenForEdits)
    }
}
