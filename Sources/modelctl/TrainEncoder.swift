import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainEncoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encoder",
        abstract: "Trains the inversion encoder: where the inversion of a photo begins.",
        discussion: """
            Half of the faces, later a tenth, are drawn from the codes' prior; the others, with --pictures, are 128 x 128 \
            photos in the FFHQ frame. Scripts/train_encoder.py does the same in PyTorch, several times as fast on a GPU or a \
            processor with bfloat16 products.
            Example: modelctl train encoder --pictures celeba --labels attributes.csv \\
                       --checkpoint checkpoints/encoder.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Gradient steps.") var steps = InversionEncoderTrainingSettings().steps
    @Option(help: "Faces a step.") var batch = InversionEncoderTrainingSettings().batch
    @Option(help: "Peak learning rate.") var rate = InversionEncoderTrainingSettings().learningRate
    @Option(help: "Folder with photos.") var pictures: String?
    @Option(help: "Label table, which says what photos are for training.") var labels: String?
    @Option(help: "Use only the first so many photos; for trials.") var limit = Int.max
    @Flag(help: "Draw with the generator itself, not its 128-pixel student: four times as slow.") var teacher = false
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Result; Models/trained/inversion-encoder.safetensors by default.") var output: String?

    func validate() throws {
        guard steps > 0, batch > 0, limit > 0 else { throw ValidationError("counts must be above zero") }
        guard (pictures == nil) == (labels == nil) else {
            throw ValidationError("--pictures and --labels go together")
        }
    }

    func run() throws {
        let models = options.store
        let space = try models.latentSpace(.expanded, network: models.generator())
        let trainer = InversionEncoderTrainer(
            generator: teacher ? space.generator : space.generator(by: try models.student()),
            statistics: space.statistics,
            lpips: try models.lpips(.vgg16),
            identity: try models.identityNet()
        )
        var settings = InversionEncoderTrainingSettings()
        settings.seed = seed
        settings.steps = steps
        settings.batch = batch
        settings.learningRate = rate
        settings.checkpoint = checkpoint
        var photos: FaceDataset?
        if let pictures, let labels {
            photos = try FaceDataset(folder: pictures, labels: labels, split: "train", limit: limit)
        }
        let path = output ?? models.url(trained: "inversion-encoder").path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        var bar = ProgressBar("training")
        try trainer.train(settings, photos: photos, output: path) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}
