import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainCoordinates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinates",
        abstract: "Finds the coordinates in which inversions go downhill fastest.",
        discussion: """
            Samples how the inversion's loss bends at codes of photos. Run it again with the same --checkpoint and it goes on \
            where it was.
            Example: modelctl train coordinates --photos codes.safetensors --checkpoint checkpoints/coordinates.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Codes of photos, expanded ones, from `modelctl codes`.") var photos: String
    @Option(help: "Random answers of the generator to look at.") var samples = InversionCoordinatesSettings().samples
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "What is added to the curvature along every direction, in mean curvatures.")
    var ridge = InversionCoordinatesSettings().ridge
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Result; Models/trained/inversion-coordinates.safetensors by default.") var output: String?

    func validate() throws {
        guard samples > 0, ridge > 0, ridge <= 1e6 else {
            throw ValidationError("--samples and --ridge must be above zero")
        }
    }

    func run() throws {
        let models = options.store
        let space = try models.latentSpace(.expanded, network: models.generator())
        let trainer = InversionCoordinatesTrainer(
            space: space,
            lpips: try models.lpips(.vgg16),
            identity: try models.identityNet()
        )
        var settings = InversionCoordinatesSettings()
        (settings.samples, settings.seed, settings.ridge, settings.checkpoint) = (samples, seed, ridge, checkpoint)
        let path = output ?? models.url(trained: "inversion-coordinates").path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        var bar = ProgressBar("sampling")
        try trainer.train(settings, codes: FaceCodes(path: photos).of(space), output: path) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}
