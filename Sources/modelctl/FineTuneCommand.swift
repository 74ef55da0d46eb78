import ArgumentParser
import Foundation
import SemanticCoding
import SemanticTraining

struct FineTuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fine-tune",
        abstract: "Tunes the paper's channel adapters for one SNR, from a few dozen photos in about a minute.",
        discussion: """
            Adapters are for mode paper: one layer before the channel, one behind it (eq. 16-18). Both hosts need the \
            same file in their models' folder adapters/; daemons take it in on SIGHUP. The transmitter uses the pair \
            whose SNR is nearest to the channel's, within 3 dB. The last quarter of the photos is not tuned with: how near \
            they come without the adapters and with them is printed, and is in the file.
            Example: modelctl fine-tune --snr -6 --images photos/
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Es/N0 in dB.") var snr = AdapterTrainingSettings().snr
    @Option(help: "Folder of photos: PNG, JPEG, WebP, HEIC or AVIF.") var images: String
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(help: "Most photos, the first ones by name.") var limit = 24
    @Option(help: "Table whose photos of the split test are refused: its lines are file,split,….") var labels: String?
    @Option(help: "How often each photo is seen (T_ft).") var iterations = AdapterTrainingSettings().iterations
    @Option(help: "Adam's rate.") var learningRate = AdapterTrainingSettings().learningRate
    @Option(help: "Seed of the noise.") var seed: UInt64 = 1
    @Option(help: "Checkpoint: training goes on from it when it is there.") var checkpoint: String?
    @Option(help: "Result; adapters/paper_SNRdB.safetensors beside the other models by default.") var output: String?

    func validate() throws {
        guard (-30...60).contains(snr) else { throw ValidationError("--snr must be -30 to 60") }
        guard (1...1000).contains(iterations) else { throw ValidationError("--iterations must be 1 to 1000") }
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1 to 10000") }
        guard learningRate > 0, learningRate <= 1 else { throw ValidationError("--learning-rate must be in (0, 1]") }
    }

    func run() throws {
        let path = output ?? options.store.adapterFolder.appendingPathComponent("paper_\(snr)dB.safetensors").path
        try checkOutput(path, makingFolder: true)
        var settings = AdapterTrainingSettings()
        (settings.snr, settings.iterations, settings.learningRate) = (snr, iterations, learningRate)
        (settings.seed, settings.checkpoint) = (seed, checkpoint)
        let tuning = try AdapterTuning(
            models: options.store,
            images: images,
            aligned: aligned,
            limit: limit,
            labels: labels
        )
        let score = try tuning.tune(settings, output: path)
        print("wrote \(path)" + (score.map { ": \($0)" } ?? ""))
    }
}
