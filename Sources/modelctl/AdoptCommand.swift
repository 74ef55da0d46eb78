import ArgumentParser
import Evaluation
import Foundation
import Networks
import SemanticCoding
import SemanticTraining
import Tensor

struct AdoptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Makes a generator that you have imported one that edits: the paper's own configuration.",
        discussion: """
            For each attribute a direction in the generator's plain W is found (`modelctl train direction`) and, with \
            --steps, the paper's codec trained on top of it (`modelctl train jecc --start`); then edits of drawn faces are \
            sent at 12 dB and scored, a JSON line each. What is there already is not made again, and an interrupted command \
            goes on where it was. Afterwards both daemons take `generator = "NAME"`, and mode paper is drawn by it.
            Example: modelctl import stylegan2 550000.pt --name ffhq-1024
                     modelctl adopt ffhq-1024 --steps 400
                     modelctl edit portrait.png "make her smile" --generator ffhq-1024 --output edited.png
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "The generator, as `modelctl import stylegan2 --name` called it.") var name: String
    @Option(parsing: .upToNextOption, help: "bangs, eyeglasses, beard, smiling, age; all by default.")
    var attributes = AttributePredictor.attributes
    @Option(help: "Drawn faces that each direction looks at.") var faces = EditingDirectionSettings().faces
    @Option(help: "Faces drawn for each of these; those kept have all degrees as evenly as can be had.")
    var candidates = EditingDirectionSettings().candidates
    @Option(help: "Adam steps of each codec; 0: the direction alone.") var steps = 0
    @Option(help: "Latents a step.") var batch = JECCTrainingSettings().batch
    @Option(help: "Latents in a codec's pool.") var pool = JECCTrainingSettings().pool
    @Option(help: "Drawn faces that the edits are scored on; 0: none.") var scored = 8
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1

    func validate() throws {
        try GeneratorOption.check(name)
        guard (1...100_000).contains(faces), (1...1000).contains(candidates), (0...1_000_000).contains(steps),
            (1...1000).contains(batch), (1...100_000).contains(pool), (0...10_000).contains(scored)
        else { throw ValidationError("counts are out of range: --help names them") }
        for attribute in attributes where !AttributePredictor.attributes.contains(attribute) {
            let known = AttributePredictor.attributes.joined(separator: ", ")
            throw ValidationError("--attributes must be of \(known), not \(attribute)")
        }
    }

    func run() throws {
        let models = ModelStore(root: options.models, ownGenerator: name)
        let space = try models.latentSpace(.w, network: models.generator())
        let predictor = try models.attributePredictor()
        for attribute in attributes {
            let path = models.url(codec: attribute, for: .w).path
            guard !FileManager.default.fileExists(atPath: path) else {
                print("\(attribute): \(path) is there already")
                continue
            }
            try checkOutput(path, makingFolder: true)
            let direction = steps > 0 ? path + ".direction" : path
            try find(
                attribute,
                EditingDirectionTrainer(space: space, generator: space.generator, predictor: predictor),
                direction
            )
            if steps > 0 { try train(attribute, in: space, models, from: direction, to: path) }
            for rest in [".direction", ".direction.checkpoint", ".checkpoint"] {
                try? FileManager.default.removeItem(atPath: path + rest)
            }
            print("wrote \(path)")
        }
        if scored > 0 { try score(models, space) }
    }

    private func find(_ attribute: String, _ trainer: EditingDirectionTrainer, _ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        var settings = EditingDirectionSettings()
        (settings.attribute, settings.faces, settings.candidates) = (attribute, faces, candidates)
        (settings.seed, settings.checkpoint) = (seed, path + ".checkpoint")
        var bar = ProgressBar("\(attribute): looking at faces")
        try trainer.train(settings, photos: nil, output: path) { bar.report($0) }
        bar.finish()
    }

    private func train(
        _ attribute: String,
        in space: LatentSpace,
        _ models: ModelStore,
        from direction: String,
        to path: String
    ) throws {
        var settings = JECCTrainingSettings()
        (settings.attribute, settings.steps, settings.batch, settings.pool) = (attribute, steps, batch, pool)
        (settings.seed, settings.checkpoint) = (seed, path + ".checkpoint")
        let trainer = try JECCTrainer(
            space: space,
            generator: space.generator,
            predictor: models.attributePredictor(),
            identity: models.identityNet()
        )
        let begin = try EditingField(
            file: SafetensorsFile(path: direction),
            attribute: attribute,
            statistics: space.statistics
        )
        var bar = ProgressBar("\(attribute): training")
        try trainer.train(settings, start: begin, output: path) { bar.report($0) }
        bar.finish()
    }

    /// One degree up and down of each attribute, on faces of the generator's own.
    private func score(_ models: ModelStore, _ space: LatentSpace) throws {
        let evaluation = EditingEvaluation(
            editor: try FaceEditor(models: models, settings: SemanticSettings(mode: .paper)),
            receiver: try EditingDecoder(space: space),
            predictor: try models.attributePredictor(),
            identity: try models.identityNet(),
            lpips: try models.lpips(.vgg16)
        )
        var random = SeededGenerator(seed: seed)
        let codes = (0..<scored).map { _ in space.sample(truncation: 0.7, using: &random).value.values }
        let requests = attributes.flatMap { name in
            [("more", EditRequest.Direction.up), ("less", .down)].compactMap { word, direction in
                EditRequest.Attribute(rawValue: name).map {
                    let request = EditRequest(attribute: $0, kind: .change(direction: direction, degree: 1))
                    return (sentence: "\(name): one degree \(word)", request: request)
                }
            }
        }
        var bar = ProgressBar("scoring")
        let scores = try evaluation.scores(
            codes: codes,
            requests: requests,
            symbols: nil,
            snr: 12,
            seed: seed,
            isMatched: false
        ) { bar.update($0, $1) }
        bar.finish()
        for score in scores { try printJSON(score) }
    }
}
