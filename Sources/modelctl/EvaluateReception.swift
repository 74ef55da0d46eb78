import ArgumentParser
import Evaluation
import Networks
import SemanticCoding
import SemanticTraining

struct EvaluateReception: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reception",
        abstract: "Sends codes of photos through noise and says how near the received pictures come to those sent.",
        discussion: """
            Prints one JSON line an SNR: LPIPS (VGG16) and SFace cosine of the two pictures, at 128 pixels. Codes go through \
            the daemons' modem: pilots, interleaver, 16-bit samples, and the receiver's own estimate of the noise.
            Example: modelctl evaluate reception --codes codes.safetensors --snr 0 6 12 20
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Codes of photos, from `modelctl codes`.") var codes: String
    @Option(help: "How many of a code's numbers are sent; all by default.") var symbols: Int?
    @Option(parsing: .upToNextOption, help: "SNRs of the channel in dB.") var snr: [Double] = [0, 6, 12, 20]
    @Option(help: "Seed of the noise.") var seed: UInt64 = 1
    @Flag(help: "Tell the receiver the SNR in place of its estimate, for comparison.") var genie = false

    func run() throws {
        let models = options.store
        let faces = try FaceCodes(path: codes)
        let space = try models.latentSpace(faces.kind, network: models.generator())
        if let symbols, !(1...space.dimension).contains(symbols) || faces.kind == .w && symbols != space.dimension {
            throw ValidationError("--symbols must be 1 to \(space.dimension), all of them in plain W")
        }
        let evaluation = ReceptionEvaluation(
            space: space,
            receiver: try EditingDecoder(space: space),
            lpips: try models.lpips(.vgg16),
            identity: try models.identityNet()
        )
        var bar = ProgressBar("receiving")
        let scores = try evaluation.scores(
            codes: faces.of(space),
            symbols: symbols,
            snrs: snr,
            seed: seed,
            isGenie: genie
        ) { bar.update($0, "") }
        bar.finish()
        for score in scores { try printJSON(score) }
    }
}
