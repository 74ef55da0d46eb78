import ArgumentParser
import Evaluation
import Foundation
import Networks
import SemanticCoding
import SemanticTraining

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Scores our own networks on test data, and makes the paper's experiments.",
        subcommands: [
            EvaluateAttributePredictor.self, EvaluateTextEncoder.self, EvaluateStudent.self, EvaluateInversion.self,
            EvaluateEditing.self, EvaluateReception.self, EvaluateConversation.self, EvaluateStream.self,
            EvaluateSNR.self,
            EvaluateSeparate.self, EvaluateMain.self, EvaluateHighResolution.self, EvaluateOutOfDistribution.self,
            EvaluateInversionSteps.self, EvaluateAblateMatching.self, EvaluateAblateAdapters.self,
            EvaluateFineTuneSteps.self,
            EvaluateAblateJoint.self, EvaluateCost.self, EvaluateParameters.self, EvaluateAll.self, EvaluateMerge.self,
            EvaluateReport.self,
        ]
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

struct EvaluateStudent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "student",
        abstract: "Compares the 128-pixel student with the 1024-pixel generator on latents it has not seen.",
        discussion: """
            Prints one JSON line: LPIPS (VGG16) and PSNR to the area-downsampled picture, seconds of both.
            Example: modelctl evaluate student --count 500 --truncation 0.7
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "The student's weights; Models/trained/faces-128.safetensors by default.") var student: String?
    @Option(help: "How many latents.") var count = 500
    @Option(help: "Truncation: 1 draws from W as it is, 0 is its mean.") var truncation: Float = 0.7
    @Option(help: "Seed of the latents.") var seed: UInt64 = 1

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count must be 1 to 100000") }
        guard (0...2).contains(truncation) else { throw ValidationError("--truncation must be 0 to 2") }
    }

    func run() throws {
        let models = options.store
        let teacher = try models.generator()
        let student =
            try student.map { try StudentGenerator(weights: SafetensorsFile(path: $0)) } ?? models.student()
        var bar = ProgressBar("comparing")
        let score = StudentEvaluation.score(
            student: student,
            teacher: teacher,
            lpips: try models.lpips(.vgg16),
            statistics: try models.latentStatistics(),
            count: count,
            truncation: truncation,
            seed: seed
        ) { bar.update(Double($0) / Double(count), "\($0) of \(count)") }
        bar.finish()
        try printJSON(score)
    }
}
