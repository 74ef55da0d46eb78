import Networks
import Tensor

/// How the first guess is trained.
public struct FirstGuessTrainingSettings: Sendable {
    public var seed: UInt64 = 1
    /// Faces drawn.
    public var count = 4000
    /// Differently altered pictures of each face.
    public var views = 2
    /// Weight of |B|² for each example. When nil, the one of `ridges` that guesses held-out faces best.
    public var ridge: Double?
    /// What is tried when `ridge` is nil.
    public var ridges = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]
    /// Share of the faces, the last ones, that the choice of the ridge is judged by.
    public var heldOutShare = 0.1
    /// How strongly pictures are altered to be like photos; 0: not at all.
    public var alteration: Float = 1
    /// B is multiplied by this in the end, 0 to 1: photos are less like drawn faces than drawn faces are like each other.
    public var shrink: Float = 1
    /// Checkpoint file with all examples so far, written every `checkpointEvery` faces; training goes on from it when
    /// it is there.
    public var checkpoint: String?
    public var checkpointEvery = 500

    public init() {}
}

/// Fits `FirstGuess` to faces of the generator's own: small pictures in, codes out, ridge regression between.
///
/// Codes are truncated by 0.5 to 1.0. Pictures are shifted, scaled, tinted and made noisy by a little, as photos are.
public struct FirstGuessTrainer {
    private let generator: any StyleGenerator
    private let mean: [Float]
    private let draw: (inout SeededGenerator) -> Variable

    /// - Parameter renderer: draws the training pictures at 128 pixels; `generator` itself when nil.
    public init(generator: MobileStyleGAN, statistics: LatentStatistics, renderer: (any StyleGenerator)? = nil) {
        self.init(generator: renderer ?? generator, mean: statistics.mean) { random in
            let truncation = Float.random(in: 0.5...1, using: &random)
            return statistics.drawn(by: generator, truncation: truncation, generator: &random)
        }
    }

    init(generator: any StyleGenerator, mean: [Float], draw: @escaping (inout SeededGenerator) -> Variable) {
        self.generator = generator
        self.mean = mean
        self.draw = draw
    }

    /// Trains and writes `weight` and `picture` to `output` in half precision. The same settings give the same weights,
    /// also when the training was interrupted and resumed from its checkpoint.
    ///
    /// - Parameter progress: called after every face and every ridge tried; an error it throws ends the training.
    /// - Throws: `FirstGuessTrainingError.unsolvable` when no ridge gives a solution, `SafetensorsError` when a file
    ///   cannot be read or written.
    public func train(
        _ settings: FirstGuessTrainingSettings,
        output: String,
        progress: (StageProgress) throws -> Void
    ) throws {
        let examples = try self.examples(settings, progress)
        let heldOut = settings.ridge == nil ? max(1, Int(Double(settings.count) * settings.heldOutShare)) : 0
        var regression = RidgeRegression(inputs: FirstGuess.inputs, outputs: mean.count)
        examples.add(0..<settings.count - heldOut, to: &regression)
        var best: (ridge: Double, score: Double)?
        for ridge in settings.ridge == nil ? settings.ridges : [] {
            guard let weight = regression.solution(ridge: ridge) else { continue }
            let guess = FirstGuess(weight: weight, picture: regression.inputMean)
            let score = examples.determination(of: guess, settings.count - heldOut..<settings.count)
            if best.map({ score > $0.score }) ?? true { best = (ridge, score) }
            try progress(StageProgress(fraction: 1, note: "ridge \(ridge): R² \(score) on faces held out"))
        }
        examples.add(settings.count - heldOut..<settings.count, to: &regression)
        guard let ridge = settings.ridge ?? best?.ridge, let weight = regression.solution(ridge: ridge) else {
            throw FirstGuessTrainingError.unsolvable
        }
        var metadata = [
            "network": "first-guess", "seed": "\(settings.seed)", "faces": "\(settings.count)", "ridge": "\(ridge)",
            "shrink": "\(settings.shrink)",
            "licence": "Research use only: fitted to a generator trained on FFHQ",
        ]
        if let best { metadata["held-out R²"] = "\(best.score)" }
        let shrunk = Tensor(weight.values.map { $0 * settings.shrink }, shape: weight.shape)
        let picture = Tensor(regression.inputMean, shape: [FirstGuess.inputs])
        try SafetensorsWriter.write(
            [(name: "weight", tensor: shrunk, half: true), (name: "picture", tensor: picture, half: true)],
            metadata: metadata,
            to: output
        )
    }

    private func examples(
        _ settings: FirstGuessTrainingSettings,
        _ progress: (StageProgress) throws -> Void
    ) throws -> FirstGuessExamples {
        var examples = try FirstGuessExamples(
            checkpoint: try SafetensorsFile.tensors(ifPresent: settings.checkpoint),
            dimension: mean.count,
            views: settings.views
        )
        let (first, began) = (examples.count, ContinuousClock.now)
        for index in first..<max(first, settings.count) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(index))
            let w = draw(&random)
            let drawn = generator.synthesize(w, resolution: PictureAlteration.edge)
            let views = (0..<settings.views).map { _ in
                PictureAlteration(strength: settings.alteration, generator: &random).small(drawn, &random)
            }
            examples.append(code: zip(w.value.values, mean).map { $0 - $1 }, views: views)
            let done = TrainingProgress(
                step: index + 1,
                steps: settings.count,
                first: first,
                began: began,
                loss: 0,
                note: ""
            )
            try progress(
                StageProgress(
                    fraction: Double(index + 1) / Double(settings.count),
                    note: "face \(index + 1) of \(settings.count), \(Int(done.secondsLeft)) s left"
                )
            )
            if let path = settings.checkpoint, (index + 1) % settings.checkpointEvery == 0 {
                try SafetensorsWriter.write(examples.checkpoint, metadata: [:], to: path)
            }
        }
        return examples
    }
}

/// Why there is no first guess.
public enum FirstGuessTrainingError: Error, Equatable, CustomStringConvertible {
    /// No ridge gave a solution: too few faces for so small a ridge.
    case unsolvable

    public var description: String { "the equations have no solution: take more faces or a larger ridge" }
}
