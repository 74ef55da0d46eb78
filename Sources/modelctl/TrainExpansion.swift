import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainExpansion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expansion",
        abstract: "Finds the directions of W+ that 512 numbers say most with.",
        discussion: """
            Needs no data: it samples how the generator's picture answers to its codes. With --fine it keeps the installed \
            directions and finds those of the numbers that come after the 512th, for codes of up to 2048.
            Example: modelctl train expansion --samples 2000 --checkpoint checkpoints/expansion.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Pictures at which the generator's sensitivity is sampled.")
    var samples = ExpansionTrainingSettings().samples
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Flag(help: "Find the directions of the numbers after the usual ones.") var fine = false
    @Option(help: "Length of the usual code.") var directions = ExpansionTrainingSettings().directions
    @Option(help: "Correlation of the rows of W+ over faces, 0 to below 1.")
    var rowCorrelation = ExpansionTrainingSettings().rowCorrelation
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Result; Models/trained/expansion.safetensors, or expansion-fine.safetensors, by default.")
    var output: String?

    func validate() throws {
        guard directions > 0, samples >= directions else {
            throw ValidationError("--directions must be above zero, --samples at least as many")
        }
        guard (0..<1).contains(rowCorrelation) else { throw ValidationError("--row-correlation must be 0 to below 1") }
    }

    func run() throws {
        let models = options.store
        let trainer = ExpansionTrainer(
            generator: try models.generator(),
            lpips: try models.lpips(.vgg16),
            statistics: try models.latentStatistics()
        )
        var settings = ExpansionTrainingSettings()
        settings.samples = samples
        settings.seed = seed
        settings.directions = directions
        settings.rowCorrelation = rowCorrelation
        settings.checkpoint = checkpoint
        let path = output ?? models.url(trained: fine ? "expansion-fine" : "expansion").path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        var bar = ProgressBar("sampling")
        if fine {
            let usual = try SafetensorsFile(path: models.url(trained: "expansion").path)
            try FineExpansionTrainer(trainer).train(settings, expansion: usual, each: 256, output: path) {
                bar.report($0)
            }
        } else {
            try trainer.train(settings, output: path) { bar.report($0) }
        }
        bar.finish()
        print("wrote \(path)")
    }
}
