import ArgumentParser
import Evaluation
import Foundation
import SemanticCoding

struct EvaluateStream: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Sends face videos as differences from their first pictures, and says how near the frames come.",
        discussion: """
            Each folder is a stream: its pictures in the order of their names. Prints one JSON line an SNR: LPIPS and SFace \
            of frames as taken and as received, the same where only the first picture had been sent (still), symbols and \
            seconds a frame.
            Example: modelctl draw --frames 40 --resolution 512 --output video
                     modelctl evaluate stream --folders video --snr 0 6 12
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Folders of pictures.") var folders: [String]
    @Flag(help: "The pictures are in the FFHQ frame already.") var aligned = false
    @OptionGroup var search: InversionOptions
    @Option(parsing: .upToNextOption, help: "SNRs of the channel in whole dB.") var snr = [0, 6, 12]
    @Option(help: "Seed of the noise.") var seed: UInt64 = 1

    func run() throws {
        let settings = try search.settings(.full, resolution: 128)
        let streams = try folders.map { folder in
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            let pictures = names.filter { [".png", ".jpg", "jpeg"].contains($0.suffix(4).lowercased()) }
            guard pictures.count > 1 else {
                throw ValidationError("\(folder) needs two pictures at least, .png or .jpg: a key and a frame")
            }
            return try pictures.map { try readBytes("\(folder)/\($0)") }
        }
        let evaluation = try StreamEvaluation(models: options.store, settings: settings)
        var bar = ProgressBar("streaming")
        let scores = try evaluation.scores(streams: streams, isAligned: aligned, snrs: snr, seed: seed) {
            bar.update($0, "")
        }
        bar.finish()
        for score in scores { try printJSON(score) }
    }
}
