import ArgumentParser
import Networks
import SemanticTraining

struct TrainDeepSC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deepsc",
        abstract: "Trains the baseline DeepSC: an autoencoder whose reals go on the air as they are.",
        discussion: """
            The photos are 128 x 128 in the FFHQ frame. Both halves learn together from squares of them, through \
            noise, by the mean squared error. A step takes about half a second on two cores.
            Example: modelctl train deepsc --pictures celeba --labels attributes.csv \\
                       --checkpoint checkpoints/deepsc.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Gradient steps.") var steps = DeepSCTrainingSettings().steps
    @Option(help: "Squares a step, each of another photo.") var batch = DeepSCTrainingSettings().batch
    @Option(help: "Edge of the squares in pixels, a multiple of 8 up to 128.") var crop = DeepSCTrainingSettings().crop
    @Option(help: "Peak learning rate.") var rate = DeepSCTrainingSettings().learningRate
    @Option(help: "Es/N0 in dB of the channel it is trained through.") var snr = DeepSCTrainingSettings().snr
    @Option(help: "Folder with photos.") var pictures: String
    @Option(help: "Label table, which says what photos are for training.") var labels: String
    @Option(help: "Use only the first so many photos; for trials.") var limit = Int.max
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Folder of both results; Models/trained by default.") var output: String?

    func validate() throws {
        guard steps > 0, batch > 0, limit > 0 else { throw ValidationError("counts must be above zero") }
        guard crop % DeepSCAutoencoder.factor == 0, 8...DeepSCAutoencoder.edge ~= crop else {
            throw ValidationError(
                "--crop must be a multiple of \(DeepSCAutoencoder.factor) up to \(DeepSCAutoencoder.edge)"
            )
        }
        guard snr.isFinite else { throw ValidationError("--snr must be a number of dB") }
    }

    func run() throws {
        let models = options.store
        var settings = DeepSCTrainingSettings()
        (settings.seed, settings.steps, settings.batch) = (seed, steps, batch)
        settings.crop = crop
        (settings.learningRate, settings.snr, settings.checkpoint) = (rate, snr, checkpoint)
        let paths = ["deepsc-encoder", "deepsc-decoder"].map { name in
            output.map { "\($0)/\(name).safetensors" } ?? models.url(trained: name).path
        }
        for file in paths + [checkpoint].compactMap(\.self) { try checkOutput(file, makingFolder: true) }
        let photos = try FaceDataset(folder: pictures, labels: labels, split: "train", limit: limit)
        var bar = ProgressBar("training")
        try DeepSCTrainer().train(settings, photos: photos, outputs: (paths[0], paths[1])) { bar.report($0) }
        bar.finish()
        for path in paths { print("wrote \(path)") }
    }
}
