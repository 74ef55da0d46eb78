import ArgumentParser
import Foundation
import Networks
import SemanticCoding

struct TrainFirstGuess: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-guess",
        abstract: "Fits the first guess of a face's code, from which inversion starts.",
        discussion: """
            Needs no data: faces are drawn from the generator's prior. Ridge regression, so there is but one solution.
            Example: modelctl train first-guess --count 4000 --checkpoint checkpoints/first-guess.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Faces to draw.") var count = FirstGuessTrainingSettings().count
    @Option(help: "Differently altered pictures of each face.") var views = FirstGuessTrainingSettings().views
    @Option(help: "Weight of the squared coefficients; chosen on faces held out by default.") var ridge: Double?
    @Option(help: "The coefficients are multiplied by this, 0 to 1.") var shrink = FirstGuessTrainingSettings().shrink
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Flag(help: "Draw with the 128-pixel student: four times as fast, not as true.") var student = false
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Result; Models/trained/first-guess.safetensors by default.") var output: String?

    func validate() throws {
        guard count > 1, views > 0 else { throw ValidationError("--count must be at least 2, --views at least 1") }
        if let ridge, !(ridge > 0 && ridge.isFinite) { throw ValidationError("--ridge must be above zero") }
        guard (0...1).contains(shrink) else { throw ValidationError("--shrink must be 0 to 1") }
    }

    func run() throws {
        let models = options.store
        let trainer = FirstGuessTrainer(
            generator: try models.generator(),
            statistics: try models.latentStatistics(),
            renderer: student ? try models.student() : nil
        )
        var settings = FirstGuessTrainingSettings()
        settings.count = count
        settings.views = views
        settings.ridge = ridge
        settings.shrink = shrink
        settings.seed = seed
        settings.checkpoint = checkpoint
        let path = output ?? models.url(trained: "first-guess").path
        var bar = ProgressBar("training")
        try trainer.train(settings, output: path) { bar.update($0.fraction, $0.note) }
        bar.finish()
        let notes = try SafetensorsFile(path: path).metadata
        let score = notes["held-out R²"].map { ", R² \($0) on faces held out" } ?? ""
        print("wrote \(path): ridge \(notes["ridge"] ?? "unknown")\(score)")
    }
}
