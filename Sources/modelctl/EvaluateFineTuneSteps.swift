import ArgumentParser
import Evaluation
import Foundation
import SemanticTraining

struct EvaluateFineTuneSteps: ExperimentCommand {
    static let experiment = Experiment.fineTuneSteps
    static let configuration: CommandConfiguration = described(
        "Channel adapters tuned for longer and longer (table V).",
        """
        Tunes a pair of adapters for each of --iterations from the photos in --tuning-images, for the lowest --snr, and \
        compares them with none. The pairs stay beside the record and are not tuned again. \

        """
    )
    @OptionGroup var options: ExperimentOptions
    @OptionGroup var output: RecordOption
    @Option(help: "Folder of photos to tune with; never those of --faces.") var tuningImages: String
    @Flag(help: "The photos to tune with are in the FFHQ frame already.") var tuningAligned = false
    @Option(help: "Most photos to tune with, the first ones by name.") var tuningLimit = 24
    @Option(help: "Table whose photos of the split test are refused: its lines are file,split,….") var labels: String?
    @Option(parsing: .upToNextOption, help: "How often each photo is seen (T_ft): a pair of adapters for each.")
    var iterations = [2, 4, 6, 8, 10]

    func validate() throws {
        guard !iterations.isEmpty, iterations.allSatisfy({ (1...1000).contains($0) }) else {
            throw ValidationError("--iterations must be 1 to 1000")
        }
        guard Set(iterations).count == iterations.count else { throw ValidationError("--iterations names one twice") }
        guard (1...10_000).contains(tuningLimit) else { throw ValidationError("--tuning-limit must be 1 to 10000") }
        guard options.comparison.adapters.isEmpty else {
            throw ValidationError("--adapters goes with ablate-adapters: here they are tuned")
        }
    }

    func run() throws {
        try checkOutput(output.record)
        let snr = options.comparison.snr.min().map { Int($0.rounded()) } ?? AdapterTrainingSettings().snr
        let folder = output.record + ".adapters"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let pairs = iterations.map { (count: $0, path: "\(folder)/t-ft-\($0)_\(snr)dB.safetensors") }
        let missing = pairs.filter { !FileManager.default.fileExists(atPath: $0.path) }
        if !missing.isEmpty {
            let tuning = try AdapterTuning(
                models: options.options.store,
                images: tuningImages,
                aligned: tuningAligned,
                limit: tuningLimit,
                labels: labels
            )
            for pair in missing {
                var settings = AdapterTrainingSettings()
                (settings.snr, settings.iterations) = (snr, pair.count)
                try tuning.tune(settings, output: pair.path)
            }
        }
        var options = options
        options.comparison.adapters = pairs.map(\.path)
        try options.run(Self.experiment, record: output.record)
    }
}
