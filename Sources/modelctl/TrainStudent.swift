import ArgumentParser
import Foundation
import Networks
import SemanticCoding
import SemanticTraining

struct TrainStudent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "student",
        abstract: "Distils the 128-pixel student from the 1024-pixel generator.",
        discussion: """
            Needs no data: latents are drawn from the generator's prior.
            Example: modelctl train student --steps 1200 --checkpoint checkpoints/student.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Adam steps.") var steps = StudentTrainingSettings().steps
    @Option(help: "Latents a step.") var batch = StudentTrainingSettings().batch
    @Option(help: "Peak learning rate.") var rate = StudentTrainingSettings().learningRate
    @Option(help: "Weight of the mean squared error against LPIPS.")
    var errorWeight = StudentTrainingSettings().errorWeight
    @Option(help: "Share of the steps, at the beginning, that do without LPIPS.")
    var plainShare = StudentTrainingSettings().plainShare
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "A student to go on from; by default the generator's own layers.") var start: String?
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Result; Models/trained/faces-128.safetensors by default.") var output: String?

    func validate() throws {
        guard steps > 0, batch > 0 else { throw ValidationError("counts must be above zero") }
        if let start, !FileManager.default.fileExists(atPath: start) {
            throw ValidationError("--start: there is no file \(start)")
        }
    }

    func run() throws {
        let models = options.store
        let teacher = try models.generator()
        let space = try models.latentSpace(.w, network: teacher)
        let trainer = StudentTrainer(
            teacher: teacher,
            teacherWeights: try models.generatorWeights(),
            lpips: try models.lpips(.vgg16),
            statistics: space.statistics,
            fields: try EditingField.installed(in: models, for: space).sorted { $0.key < $1.key }.map(\.value)
        )
        var settings = StudentTrainingSettings()
        settings.steps = steps
        settings.batch = batch
        settings.learningRate = rate
        settings.errorWeight = errorWeight
        settings.plainShare = plainShare
        settings.seed = seed
        settings.start = start
        settings.checkpoint = checkpoint
        let path = output ?? models.url(trained: "faces-128").path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        var bar = ProgressBar("training")
        try trainer.train(settings, output: path) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}
