import ArgumentParser
import Basics
import Crypto
import Foundation
import Imaging
import Networks
import SemanticCoding
import SemanticTraining

struct FineTuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fine-tune",
        abstract: "Tunes the paper's channel adapters for one SNR, from a few dozen photos in about a minute.",
        discussion: """
            Adapters are for mode paper: one layer before the channel, one behind it (eq. 16-18). Both hosts need the \
            same file in their models' folder adapters/; daemons take it in on SIGHUP. The transmitter uses the pair \
            whose SNR is nearest to the channel's, within 3 dB.
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
        let models = options.store
        let folder = URL(fileURLWithPath: models.root).appendingPathComponent(ChannelAdapters.folder)
        let path = output ?? folder.appendingPathComponent("paper_\(snr)dB.safetensors").path
        try checkOutput(path, makingFolder: true)
        let names = try photos()
        let network = try models.generator()
        let space = try models.latentSpace(.w, network: network)
        let student = try models.student()
        let lpips = try models.lpips(.vgg16)
        var hash = SHA256()
        let codes = try codes(of: names, network: network, student: student, lpips: lpips, hash: &hash)
        var settings = AdapterTrainingSettings()
        (settings.snr, settings.iterations, settings.learningRate) = (snr, iterations, learningRate)
        (settings.seed, settings.checkpoint) = (seed, checkpoint)
        var bar = ProgressBar("tuning")
        try AdapterTrainer(space: space, generator: space.generator(by: student), lpips: lpips).train(
            settings,
            codes: codes,
            data: "\(codes.count) photos, SHA-256 \(hash.finalize().hexadecimal)",
            output: path
        ) { bar.update(Double($0.step) / Double($0.steps), $0.note) }
        bar.finish()
        print("wrote \(path)")
    }

    /// The photos' paths.
    private func photos() throws -> [String] {
        let endings: Set = ["png", "jpg", "jpeg", "webp", "heic", "avif"]
        let names = try FileManager.default.contentsOfDirectory(atPath: images).sorted().filter {
            endings.contains(URL(fileURLWithPath: $0).pathExtension.lowercased())
        }
        guard !names.isEmpty else { throw ValidationError("no photos in \(images)") }
        let chosen = names.prefix(limit)
        if let labels {
            let tests = try FaceDataset.files(of: "test", in: labels)
            if let test = chosen.first(where: tests.contains) {
                throw ValidationError("\(test) is a photo to test with (\(labels)): tune with others")
            }
        }
        return chosen.map { "\(images)/\($0)" }
    }

    /// Codes of plain W that look about like the photos: the means of the rows that the encoder finds.
    private func codes(
        of paths: [String],
        network: MobileStyleGAN,
        student: StudentGenerator,
        lpips: LPIPS,
        hash: inout SHA256
    ) throws -> [[Float]] {
        let models = options.store
        let expanded = try models.latentSpace(.expanded, network: network)
        let expansion = try models.expansion(of: models.latentStatistics())
        let start = LearnedStart(
            encoder: try models.inversionEncoder(count: expanded.dimension),
            generator: expanded.generator(by: student),
            statistics: expanded.statistics,
            lpips: lpips
        )
        let aligner = FaceAligner(detector: try models.faceDetector())
        var bar = ProgressBar("reading photos")
        let codes = try paths.enumerated().map { index, path -> [Float] in
            bar.update(Double(index) / Double(paths.count), path)
            let bytes = try readBytes(path)
            hash.update(data: bytes)
            let square = try aligner.align(photo: bytes, alreadyAligned: aligned).square
            return expansion.plainCode(of: start.code(of: square, count: expanded.dimension))
        }
        bar.finish()
        return codes
    }
}
