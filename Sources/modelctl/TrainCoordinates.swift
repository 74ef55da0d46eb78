import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainCoordinates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinates",
        abstract: "Finds the coordinates in which inversions go downhill fastest.",
        discussion: """
            Samples how the inversion's loss bends at codes of photos, or at codes drawn as photos' are distributed. Run it \
            again with the same --checkpoint and it goes on where it was. With weight on likeness alone it finds the \
            directions that say who it is, for `modelctl train statistics --identity`.
            Example: modelctl train coordinates --photos codes.safetensors --checkpoint checkpoints/coordinates.safetensors
            Example: modelctl train coordinates --pixel-weight 0 --lpips-weight 0 --identity-weight 1 --ridge 0.02 \
            --output identity-coordinates.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Codes of photos, expanded ones, from `modelctl codes`; drawn from code-statistics by default.")
    var photos: String?
    @Option(help: "Weight of the pictures' mean squared error.") var pixelWeight = InversionCoordinatesSettings()
        .pixelWeight
    @Option(help: "Weight of LPIPS.") var lpipsWeight = InversionCoordinatesSettings().lpipsWeight
    @Option(help: "Weight of 1 - cosine of the SFace embeddings.")
    var identityWeight = InversionCoordinatesSettings().identityWeight
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
        let weights = [pixelWeight, lpipsWeight, identityWeight]
        guard weights.allSatisfy({ (0...1000).contains($0) }), weights.contains(where: { $0 > 0 }) else {
            throw ValidationError("weights must be 0 to 1000, and one of them above zero")
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
        (settings.pixelWeight, settings.lpipsWeight) = (pixelWeight, lpipsWeight)
        settings.identityWeight = identityWeight
        let path = output ?? models.url(trained: "inversion-coordinates").path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        var bar = ProgressBar("sampling")
        let codes =
            try photos.map { try FaceCodes(path: $0).of(space) } ?? space.photos.drawn(samples, seed: seed)
        try trainer.train(settings, codes: codes, output: path) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}
