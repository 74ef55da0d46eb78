import ArgumentParser
import Foundation
import Networks
import SemanticCoding
import SemanticTraining

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains one of our own networks; resumable, seeded.",
        discussion: """
            A training goes on from its checkpoint when that file is there, and the result does not depend on how
            often it was interrupted.
            """,
        subcommands: [
            TrainTextEncoder.self, TrainAttributePredictor.self, TrainJECC.self, TrainStudent.self,
            TrainExpansion.self, TrainEncoder.self, TrainStatistics.self, TrainLikeness.self, TrainDifferences.self,
            TrainMotion.self,
            TrainCoordinates.self,
            TrainDirection.self, TrainDeepSC.self,
        ]
    )
}

struct TrainJECC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jecc",
        abstract: "Trains the joint editing-channel codec of one attribute.",
        discussion: """
            Needs no data: codes are drawn, such as photos have, or from the prior of plain W. With --start the layers \
            are trained on top of a direction that `modelctl train direction` found.
            Example: modelctl train jecc --attribute smiling --steps 400 --checkpoint checkpoints/smiling.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @OptionGroup var own: GeneratorOption
    @Option(help: "bangs, eyeglasses, beard, smiling or age.") var attribute = "smiling"
    @Option(help: "Adam steps.") var steps = JECCTrainingSettings().steps
    @Option(help: "Latents a step.") var batch = JECCTrainingSettings().batch
    @Option(help: "Latents in the pool.") var pool = JECCTrainingSettings().pool
    @Option(help: "Latents drawn for each in the pool, which has all degrees as evenly as can be had.")
    var candidates = JECCTrainingSettings().candidates
    @Option(help: "A codec whose direction the field begins with.") var start: String?
    @Flag(help: "Draw with the generator itself, not its 128-pixel student: three times as slow.") var teacher = false
    @Option(help: "Peak learning rate.") var rate = JECCTrainingSettings().learningRate
    @Option(help: "Es/N0 of the channel in the training loop, in dB.") var snrDB = JECCTrainingSettings().snrDB
    @Option(help: "Weight of the identity loss.") var identityWeight = JECCTrainingSettings().identityWeight
    @Option(help: "Weight of the discriminator's loss, where Scripts/train_discriminator.py has made one.")
    var discriminatorWeight = JECCTrainingSettings().discriminatorWeight
    @Option(help: "Weight of the change of colour.") var colourWeight = JECCTrainingSettings().colourWeight
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "Checkpoint file.") var checkpoint: String?
    @Option(help: "Codes that it edits: expanded or w.") var space = LatentKind.expanded
    @Option(
        help:
            "Result; Models/trained/jecc-ATTRIBUTE.safetensors, for W jecc-ATTRIBUTE-w, by default; -w-GENERATOR for one's own."
    )
    var output: String?

    func validate() throws {
        try own.check(space)
        guard steps > 0, batch > 0, pool > 0, candidates > 0 else { throw ValidationError("counts must be above zero") }
    }

    func run() throws {
        let models = options.store(own)
        let codes = try models.latentSpace(space, network: models.generator())
        let trainer = try JECCTrainer(
            space: codes,
            generator: teacher ? codes.generator : codes.generator(by: try models.student()),
            predictor: try models.attributePredictor(),
            identity: try models.identityNet(),
            discriminator: discriminatorWeight > 0 ? try models.discriminator() : nil
        )
        var settings = JECCTrainingSettings()
        settings.attribute = attribute
        settings.steps = steps
        settings.batch = batch
        settings.pool = pool
        settings.candidates = candidates
        settings.learningRate = rate
        settings.snrDB = snrDB
        settings.identityWeight = identityWeight
        settings.discriminatorWeight = discriminatorWeight
        settings.colourWeight = colourWeight
        settings.seed = seed
        settings.checkpoint = checkpoint
        let path = output ?? models.url(codec: attribute, for: space).path
        for file in [path, checkpoint] { try checkOutput(file, makingFolder: true) }
        var bar = ProgressBar("training")
        let begin = try start.map {
            try EditingField(file: SafetensorsFile(path: $0), attribute: attribute, statistics: codes.statistics)
        }
        try trainer.train(settings, start: begin, output: path) { bar.report($0) }
        bar.finish()
        print("wrote \(path)")
    }
}

extension LatentKind: ExpressibleByArgument {}

extension ProgressBar {
    /// The time left in words.
    static func timeLeft(_ seconds: Double) -> String {
        let minutes = Int(seconds / 60)
        return minutes > 0 ? "\(minutes) min left" : "\(Int(seconds)) s left"
    }

    /// Shows a training's progress with the time left.
    mutating func report(_ progress: TrainingProgress) {
        let left = Self.timeLeft(progress.secondsLeft)
        update(
            Double(progress.step) / Double(max(1, progress.steps)),
            "step \(progress.step)/\(progress.steps), loss \(String(format: "%.3f", progress.loss)), \(progress.note), \(left)"
        )
    }
}
