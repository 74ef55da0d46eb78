import ArgumentParser
import Evaluation
import Foundation
import Imaging
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
        abstract: "Scores the predictor against CelebA's binary labels, or along the editing codecs' fields.",
        discussion: """
            Prints one JSON line an attribute. With --pictures: accuracies, and the calibration error of the probability of \
            the upper side. With --drawn: on drawn faces, the share whose expected degree never falls on the way up the \
            attribute's field, and how many steps of the field each of the degrees 1 to 4 is wide.
            Examples: modelctl evaluate attribute-predictor --pictures celeba --labels attributes.csv
                      modelctl evaluate attribute-predictor --drawn 200 --sheet degrees.png
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Folder with the 128 x 128 FFHQ-aligned pictures.") var pictures: String?
    @Option(help: "Label table: file, split, source, identity, attributes.") var labels: String?
    @Option(help: "Which split.") var split = "test"
    @Option(help: "How many drawn faces to walk from, instead of pictures.") var drawn: Int?
    @Option(help: "With --drawn: where the clearest face of each degree goes, a row an attribute, as PNG.") var sheet:
        String?
    @Option(help: "With --drawn: seed of the faces.") var seed: UInt64 = 1

    func validate() throws {
        guard (pictures == nil) == (labels == nil), (pictures == nil) != (drawn == nil) else {
            throw ValidationError("either --pictures and --labels are needed, or --drawn")
        }
        guard (1...100_000).contains(drawn ?? 1) else { throw ValidationError("--drawn must be 1 to 100000") }
        if sheet != nil, drawn == nil { throw ValidationError("--sheet goes with --drawn") }
    }

    func run() throws {
        if let drawn { return try walk(from: drawn) }
        guard let pictures, let labels else { return }
        let data = try FaceDataset(folder: pictures, labels: labels, split: split)
        let predictor = try options.store.attributePredictor()
        var bar = ProgressBar("scoring")
        let scores = AttributePredictorEvaluation.scores(predictor: predictor, data: data) { row in
            bar.update(Double(row) / Double(data.count), "\(row) of \(data.count)")
        }
        bar.finish()
        for score in scores { try printJSON(score) }
    }

    private func walk(from faces: Int) throws {
        if let sheet { try checkOutput(sheet) }
        let models = options.store
        let space = try models.latentSpace(.expanded, network: models.generator())
        var walks = DegreeWalks(
            space: space,
            student: space.generator(by: try models.student()),
            predictor: try models.attributePredictor()
        )
        var bar = ProgressBar("walking")
        let fields = try EditingField.installed(in: models, for: space)
        let scores = try walks.scores(faces: faces, fields: fields, seed: seed) { bar.update($0, $1) }
        bar.finish()
        for score in scores { try printJSON(score) }
        if let sheet { try PictureFile.writePNG(walks.sheet, to: sheet) }
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
