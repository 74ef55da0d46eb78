import ArgumentParser
import Evaluation
import Foundation
import Networks
import SemanticCoding

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Scores our own networks on test data.",
        subcommands: [EvaluateAttributePredictor.self, EvaluateTextEncoder.self]
    )
}

struct EvaluateAttributePredictor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attribute-predictor",
        abstract: "Scores the predictor against CelebA's binary labels.",
        discussion: """
            Prints one JSON line an attribute.
            Example: modelctl evaluate attribute-predictor --pictures celeba --labels attributes.csv
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Folder with the 128 x 128 FFHQ-aligned pictures.") var pictures: String
    @Option(help: "Label table: file, split, source, identity, attributes.") var labels: String
    @Option(help: "Which split.") var split = "test"

    func run() throws {
        let data = try FaceDataset(folder: pictures, labels: labels, split: split)
        let predictor = try options.store.attributePredictor()
        var bar = ProgressBar("scoring")
        let scores = AttributePredictorEvaluation.scores(predictor: predictor, data: data) { row in
            bar.update(Double(row) / Double(data.count), "\(row) of \(data.count)")
        }
        bar.finish()
        for score in scores { try printJSON(score) }
    }
}
