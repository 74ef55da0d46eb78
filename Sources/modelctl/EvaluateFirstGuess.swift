import ArgumentParser
import Evaluation
import Foundation
import Imaging
import Networks
import SemanticCoding

struct EvaluateFirstGuess: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-guess",
        abstract: "Compares the first guess with the mean of W as the start of an inversion.",
        discussion: """
            Prints one JSON line: R² of the code on drawn faces; LPIPS (VGG16) and MSE of each start.
            Example: modelctl evaluate first-guess --count 100
                     modelctl evaluate first-guess --photos faces/*.jpg --shares 0.5 1
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "The guess's weights; Models/trained/first-guess.safetensors by default.") var guess: String?
    @Option(help: "How many drawn faces.") var count = 100
    @Option(help: "Seed of the drawn faces.") var seed: UInt64 = 1
    @Option(parsing: .upToNextOption, help: "Photos to take instead, PNG or JPEG.") var photos: [String] = []
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(parsing: .upToNextOption, help: "Shares of the guess's way from the mean.") var shares: [Float] = [1]
    @Option(help: "Edge at which pictures are compared: 128, 256 or 512.") var resolution = 256

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count must be 1 to 100000") }
        guard [128, 256, 512].contains(resolution) else {
            throw ValidationError("--resolution must be 128, 256 or 512")
        }
        guard shares.allSatisfy({ (0...2).contains($0) }) else { throw ValidationError("--shares must be 0 to 2") }
    }

    func run() throws {
        let models = options.store
        let evaluation = FirstGuessEvaluation(
            generator: try models.generator(),
            lpips: try models.lpips(.vgg16),
            statistics: try models.latentStatistics(),
            guess: try guess.map { try FirstGuess(file: SafetensorsFile(path: $0)) } ?? FirstGuess(models: models),
            shares: shares,
            resolution: resolution
        )
        var bar = ProgressBar("comparing")
        let score: FirstGuessScore
        if photos.isEmpty {
            score = evaluation.score(drawing: count, seed: seed) {
                bar.update(Double($0) / Double(count), "\($0) of \(count)")
            }
        } else {
            let aligner = FaceAligner(detector: try models.faceDetector())
            let squares = try photos.map { try aligner.align(photo: readBytes($0), alreadyAligned: aligned) }
            score = evaluation.score(photos: squares) {
                bar.update(Double($0) / Double(photos.count), "\($0) of \(photos.count)")
            }
        }
        bar.finish()
        try printJSON(score)
    }
}
