import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainDifferences: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "differences",
        abstract: "Finds how edits change codes: what the next sentence of a conversation is sent as.",
        discussion: """
            Both ends need the same result. Each photo's code is edited to two degrees of every attribute, as the \
            student's pictures show them; the axes that nearly all of the differences lie along are kept.
            Example: modelctl train differences --photos codes.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Codes of photos, expanded ones, from `modelctl codes`.")
    var photos: [String]
    @Option(help: "Codes that are edited, the first ones.") var limit = 100
    @Option(help: "Seed of the degrees.") var seed: UInt64 = 1
    @Option(help: "Result; Models/trained/edit-differences.safetensors by default.") var output: String?

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be 1 to 100000") }
    }

    func run() throws {
        let models = options.store
        let path = output ?? models.url(trained: "edit-differences").path
        try checkOutput(path, makingFolder: true)
        let space = try models.latentSpace(.expanded, network: models.generator())
        var codes = FaceCodes(kind: .expanded)
        for path in photos { try codes.append(FaceCodes(path: path)) }
        let (student, predictor) = (space.generator(by: try models.student()), try models.attributePredictor())
        let settings = SemanticSettings()
        let trainer = try CodeDifferencesTrainer(space: space)
        let editor = JointEditingChannelEncoder(
            space: space,
            generator: student,
            predictor: predictor,
            fields: try EditingField.installed(in: models, for: space),
            settings: settings,
            refinement: EditRefinement(
                space: space,
                student: student,
                lpips: try models.lpips(.vgg16),
                identity: try models.identityNet(),
                predictor: predictor,
                settings: settings
            )
        )
        let chosen = try Array(codes.of(space).prefix(limit))
        var bar = ProgressBar("editing")
        let differences = try trainer.differences(of: chosen, by: editor, seed: seed) { done in
            bar.update(Double(done) / Double(chosen.count), "\(done) of \(chosen.count) faces")
        }
        bar.finish()
        let (rank, share) = try trainer.write(differences, seed: seed, to: path)
        print(
            "wrote \(path): \(rank) axes with \(Int((1000 * share).rounded()) / 10) % of \(differences.count) differences"
        )
    }
}
