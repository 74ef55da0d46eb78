import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainDirection: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "direction",
        abstract: "Finds the editing codec of one attribute as a direction: the mean slope of its degree.",
        discussion: """
            Looks at codes of photos, which `modelctl codes` finds; without --photos at faces drawn from the codes' prior.
            Example: modelctl train direction --attribute bangs --photos codes.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @OptionGroup var own: GeneratorOption
    @Option(help: "bangs, eyeglasses, beard, smiling or age.") var attribute = EditingDirectionSettings().attribute
    @Option(help: "Codes of photos, from `modelctl codes`.") var photos: String?
    @Option(help: "Faces to look at.") var faces = EditingDirectionSettings().faces
    @Option(
        help:
            "Faces drawn for each of these, where they are drawn; those kept have all degrees as evenly as can be had."
    )
    var candidates = EditingDirectionSettings().candidates
    @Flag(help: "Draw with the generator itself, not its 128-pixel student: five times as slow.") var teacher = false
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Codes that it edits: expanded or w.") var space = LatentKind.expanded
    @Option(
        help:
            "Result; Models/trained/jecc-ATTRIBUTE.safetensors, for W jecc-ATTRIBUTE-w, by default; -w-GENERATOR for one's own."
    )
    var output: String?

    func validate() throws {
        try own.check(space)
        guard faces > 0, candidates > 0 else { throw ValidationError("counts must be above zero") }
    }

    func run() throws {
        let models = options.store(own)
        let codes = try models.latentSpace(space, network: models.generator())
        let trainer = EditingDirectionTrainer(
            space: codes,
            generator: teacher ? codes.generator : codes.generator(by: try models.student()),
            predictor: try models.attributePredictor()
        )
        var settings = EditingDirectionSettings()
        settings.attribute = attribute
        (settings.faces, settings.candidates) = (faces, candidates)
        (settings.seed, settings.checkpoint) = (seed, checkpoint)
        let path = output ?? models.url(codec: attribute, for: space).path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        var bar = ProgressBar("looking at faces")
        try trainer.train(settings, photos: photos.map(FaceCodes.init(path:)), output: path) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}
