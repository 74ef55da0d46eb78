import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainTextEncoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text-encoder",
        abstract: "Trains the text encoder on sentences of the built-in grammar.",
        discussion: """
            Needs no data. The word vectors stay as they are: those of the installed encoder, or, with --vectors, those that
            Scripts/word_vectors.py made.
            Example: modelctl train text-encoder --seed 1 --checkpoint checkpoints/text-encoder.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Adam steps.") var steps = TextEncoderTrainingSettings().steps
    @Option(help: "Sentences a step.") var batch = TextEncoderTrainingSettings().batch
    @Option(help: "Peak learning rate.") var rate = TextEncoderTrainingSettings().learningRate
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "File of the word vectors; the installed encoder by default.") var vectors: String?
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Result; Models/trained/text-encoder.safetensors by default.") var output: String?

    func validate() throws {
        guard steps > 0, batch > 0, rate > 0, rate.isFinite else {
            throw ValidationError("counts and rate must be above zero")
        }
    }

    func run() throws {
        var settings = TextEncoderTrainingSettings()
        settings.seed = seed
        settings.steps = steps
        settings.batch = batch
        settings.learningRate = rate
        settings.checkpoint = checkpoint
        let path = output ?? options.store.url(trained: "text-encoder").path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        let trainer = try TextEncoderTrainer(
            vectors: vectors.map { try SafetensorsFile(path: $0) } ?? options.store.textEncoder()
        )
        var bar = ProgressBar("training")
        try trainer.train(settings, output: path) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}
