import ArgumentParser
import Networks
import SemanticCoding

struct TrainStatistics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statistics",
        abstract: "Takes mean and covariance of photos' codes, by which codes are sent and estimated.",
        discussion: "Example: modelctl train statistics --photos codes.safetensors"
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Codes of photos, expanded ones, from `modelctl codes`.") var photos: String
    @Option(help: "Result; Models/trained/code-statistics.safetensors by default.") var output: String?

    func run() throws {
        let path = output ?? options.store.url(trained: "code-statistics").path
        try FaceCodes(path: photos).writeStatistics(to: path)
        print("wrote \(path)")
    }
}
