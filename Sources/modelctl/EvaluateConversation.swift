import ArgumentParser
import Evaluation
import Foundation
import SemanticCoding

struct EvaluateConversation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conversation",
        abstract:
            "Says sentence after sentence about photos, and tells what going on from what the receiver has is worth.",
        discussion: """
            Each conversation is had twice: every face sent anew, and as the daemons do, where a sentence that follows others \
            is sent as what it changes, or adds to what the receiver knows. Prints one JSON line a way, SNR and turn: \
            reals, all symbols on air, LPIPS and SFace to the edited picture before the channel, and change, the LPIPS to \
            the picture received before.
            Example: modelctl evaluate conversation --photos test/*.jpg --aligned --snr 0 6 12
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Photos: PNG, JPEG, WebP, HEIC or AVIF.") var photos: [String]
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(parsing: .upToNextOption, help: "What is said, in order.")
    var sentences = ["make her smile more", "a bit older", "give her bangs", "put glasses on her"]
    @OptionGroup var search: InversionOptions
    @Option(parsing: .upToNextOption, help: "SNRs of the channel in whole dB.") var snr = [0, 6, 12]
    @Option(help: "Seed of the noise.") var seed: UInt64 = 1

    func run() throws {
        let settings = try search.settings(.full, resolution: 128)
        let evaluation = try ConversationEvaluation(models: options.store, settings: settings)
        var scores: [ConversationScore] = []
        var bar = ProgressBar("talking")
        for (index, path) in photos.enumerated() {
            scores += try evaluation.scores(
                photo: readBytes(path),
                name: URL(fileURLWithPath: path).lastPathComponent,
                isAligned: aligned,
                sentences: sentences,
                snrs: snr,
                seed: seed
            ) { bar.update(Double(index) / Double(photos.count), $0) }
        }
        bar.finish()
        for summary in ConversationSummary.all(of: scores) { try printJSON(summary) }
    }
}
