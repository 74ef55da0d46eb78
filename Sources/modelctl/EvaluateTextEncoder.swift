import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct EvaluateTextEncoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text-encoder",
        abstract: "Scores the text encoder on labelled requests.",
        discussion: """
            The file is a JSON array of {"text", "attribute", "kind", "direction", "degree"}. Prints one JSON line: the
            shares with attribute and kind right and with the degree right too, and every mistake.
            Example: modelctl evaluate text-encoder requests.json
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "The JSON file.") var file: String

    func run() throws {
        let encoder = try TextSemanticEncoder(models: options.store)
        try printJSON(TextEncoderEvaluation.score(encoder, on: LabelledSentence.read(path: file)))
    }
}
