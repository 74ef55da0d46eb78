import ArgumentParser
import Networks
import SemanticCoding
import SemanticTraining

struct TrainStatistics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statistics",
        abstract: "Takes mean and covariance of photos' codes, and their precoder: how codes are sent and estimated.",
        discussion: """
            Both ends need the same result. The precoder is fitted to what `modelctl train coordinates` found.
            Example: modelctl train statistics --photos codes.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(
        parsing: .upToNextOption,
        help: "Codes of photos, expanded ones, from `modelctl codes`; several files if need be."
    )
    var photos: [String]
    @Option(help: "Seed of the precoder's rotation.") var seed: UInt64 = 1
    @Option(help: "Result; Models/trained/code-statistics.safetensors by default.") var output: String?

    func run() throws {
        let models = options.store
        let path = output ?? models.url(trained: "code-statistics").path
        try checkOutput(path, makingFolder: true)
        var codes = FaceCodes(kind: .expanded)
        for path in photos { try codes.append(FaceCodes(path: path)) }
        let expansion = try models.expansion(of: models.latentStatistics())
        try codes.writeStatistics(
            to: path,
            coordinates: models.inversionCoordinates(count: expansion.count),
            deviations: expansion.statistics.deviations,
            seed: seed
        )
        print("wrote \(path)")
    }
}
