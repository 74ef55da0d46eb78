import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainAttributePredictor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attribute-predictor",
        abstract: "Trains the attribute predictor on labelled faces.",
        discussion: """
            Needs 128 x 128 faces in the FFHQ frame and CelebA's attribute table. The trunk learns the table's attributes; \
            then heads of ordered degrees are fitted to it, on photos and on drawn faces with and without a channel's noise. \
            With --trunk the trunk of a trained predictor is kept and the heads are fitted anew, in some minutes.
            Example: modelctl train attribute-predictor --pictures celeba --labels attributes.csv \\
                       --checkpoint checkpoints/predictor.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Folder with the pictures.") var pictures: String
    @Option(help: "Label table: file, split, source, identity, attributes.") var labels: String
    @Option(help: "Passes over the data.") var epochs = AttributePredictorTrainingSettings().epochs
    @Option(help: "Pictures a step.") var batch = AttributePredictorTrainingSettings().batch
    @Option(help: "Use only the first so many pictures; for trials.") var limit = Int.max
    @Option(help: "A predictor whose trunk is kept: only its heads are fitted.") var trunk: String?
    @Option(help: "Drawn faces that the heads are fitted to besides.") var drawn = AttributePredictorTrainingSettings()
        .drawn
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Result; Models/trained/attribute-predictor.safetensors by default.") var output: String?

    func validate() throws {
        guard epochs > 0, batch > 0, limit > 0, drawn >= 0 else { throw ValidationError("counts must be above zero") }
        if trunk != nil, checkpoint != nil { throw ValidationError("--trunk and --checkpoint do not go together") }
    }

    func run() throws {
        let data = try FaceDataset(folder: pictures, labels: labels, split: "train", limit: limit)
        var settings = AttributePredictorTrainingSettings()
        settings.seed = seed
        settings.epochs = epochs
        settings.batch = batch
        settings.checkpoint = checkpoint
        settings.drawn = drawn
        let path = output ?? options.store.url(trained: "attribute-predictor").path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        let kept = try trunk.map(SafetensorsFile.init(path:))
        if let kept { _ = try AttributePredictor(weights: kept) }
        var bar = ProgressBar("training")
        try AttributePredictorTrainer().train(
            settings,
            data: data,
            trunk: kept,
            drawn: drawn > 0 ? DrawnFaces(models: options.store) : nil,
            output: path
        ) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}
