import ArgumentParser
import Networks
import SemanticCoding

struct TrainEncoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encoder",
        abstract: "Trains the inversion encoder: where the inversion of a photo begins.",
        discussion: """
            First on faces drawn from the codes' prior, for which no data are needed; then, with --pictures, on 128 x 128 \
            photos in the FFHQ frame.
            Example: modelctl train encoder --pictures celeba --labels attributes.csv --photo-steps 1000 \\
                       --checkpoint checkpoints/encoder.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Rounds of drawn faces.") var rounds = InversionEncoderTrainingSettings().rounds
    @Option(help: "Faces drawn in a round.") var faces = InversionEncoderTrainingSettings().faces
    @Option(help: "Passes over a round's faces.") var epochs = InversionEncoderTrainingSettings().epochs
    @Option(help: "Peak learning rate with drawn faces.") var rate = InversionEncoderTrainingSettings().learningRate
    @Option(help: "Folder with photos.") var pictures: String?
    @Option(help: "Label table, which says what photos are for training.") var labels: String?
    @Option(help: "Use only the first so many photos; for trials.") var limit = Int.max
    @Option(help: "Steps with photos.") var photoSteps = InversionEncoderTrainingSettings().photoSteps
    @Option(help: "Photos a step.") var photoBatch = InversionEncoderTrainingSettings().photoBatch
    @Option(help: "Peak learning rate with photos.") var photoRate = InversionEncoderTrainingSettings().photoRate
    @Flag(help: "Draw with the generator itself, not its 128-pixel student: four times as slow.") var teacher = false
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Result; Models/trained/inversion-encoder.safetensors by default.") var output: String?

    func validate() throws {
        guard rounds >= 0, faces > 7, epochs > 0, photoSteps > 0, photoBatch > 0, limit > 0 else {
            throw ValidationError("counts must be above zero, --faces at least 8")
        }
        guard (pictures == nil) == (labels == nil) else {
            throw ValidationError("--pictures and --labels go together")
        }
    }

    func run() throws {
        let models = options.store
        let space = try models.latentSpace(.expanded, network: models.generator())
        let trainer = InversionEncoderTrainer(
            generator: teacher ? space.generator : space.drawn(by: try models.student()),
            statistics: space.statistics,
            lpips: try models.lpips(.vgg16),
            identity: try models.identityNet()
        )
        var settings = InversionEncoderTrainingSettings()
        settings.seed = seed
        settings.rounds = rounds
        settings.faces = faces
        settings.epochs = epochs
        settings.learningRate = rate
        settings.photoSteps = photoSteps
        settings.photoBatch = photoBatch
        settings.photoRate = photoRate
        settings.checkpoint = checkpoint
        var photos: FaceDataset?
        if let pictures, let labels {
            photos = try FaceDataset(folder: pictures, labels: labels, split: "train", limit: limit)
        }
        let path = output ?? models.url(trained: "inversion-encoder").path
        var bar = ProgressBar("training")
        try trainer.train(settings, photos: photos, output: path) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}
