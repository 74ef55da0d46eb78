import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainStatistics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statistics",
        abstract: "Takes mean and covariance of photos' codes, and their precoder: how codes are sent and estimated.",
        discussion: """
            Both ends need the same result. The precoder is fitted to what `modelctl train coordinates` found, and with \
            --identity to what it found of likeness alone.
            Example: modelctl train statistics --photos codes.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(
        parsing: .upToNextOption,
        help:
            "Codes of photos, expanded ones, from `modelctl codes`; without them mean and covariance stay as installed."
    )
    var photos: [String] = []
    @Option(help: "Coordinates of likeness alone, from `modelctl train coordinates`.") var identity: String?
    @Option(help: "How much more harm they do, on average over codes, than all the rest.") var identityShare: Float = 3
    @Option(help: "Seed of the precoder's rotation.") var seed: UInt64 = 1
    @Option(help: "Result; Models/trained/code-statistics.safetensors by default.") var output: String?

    func validate() throws {
        guard (0...1000).contains(identityShare) else { throw ValidationError("--identity-share must be 0 to 1000") }
    }

    func run() throws {
        let models = options.store
        let path = output ?? models.url(trained: "code-statistics").path
        try checkOutput(path, makingFolder: true)
        var codes = FaceCodes(kind: .expanded)
        for path in photos { try codes.append(FaceCodes(path: path)) }
        let space = try models.latentSpace(.expanded, network: models.generator())
        let likeness = try identity.map { try SafetensorsFile(path: $0).tensor("coordinates") }
        if let likeness, likeness.shape != [space.dimension, space.dimension] {
            throw ValidationError(
                "--identity: coordinates of shape \(likeness.shape), not of \(space.dimension) numbers"
            )
        }
        try (photos.isEmpty ? space.photos : codes.statistics).write(
            to: path,
            coordinates: models.inversionCoordinates(count: space.dimension),
            identity: likeness.map { ($0, identityShare) },
            deviations: space.statistics.deviations,
            seed: seed
        )
        print("wrote \(path)")
    }
}
