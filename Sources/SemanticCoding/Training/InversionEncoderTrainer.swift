import Foundation
import Networks
import Tensor

/// How the inversion encoder is trained.
public struct InversionEncoderTrainingSettings: Sendable {
    public var seed: UInt64 = 1
    /// Rounds of drawn faces; each draws afresh.
    public var rounds = 16
    /// Faces drawn in a round.
    public var faces = 800
    /// Passes over a round's examples, four a face.
    public var epochs = 2
    /// Examples of a step.
    public var batch = 32
    /// Peak learning rate of Adam with drawn faces.
    public var learningRate: Float = 1e-3
    /// Steps with photos that follow, if there are any photos.
    public var photoSteps = 1000
    /// Photos of a step.
    public var photoBatch = 8
    /// Peak learning rate of Adam with photos.
    public var photoRate: Float = 2e-4
    /// λ of the paper's eq. 8, as in the inversion.
    public var lpipsWeight: Float = 3.3
    /// Weight of 1 − cosine of the SFace embeddings, as in the inversion.
    public var identityWeight: Float = 0.2
    /// Weight of the mean square of the codes of photos, in standard deviations: keeps them usual.
    public var priorWeight: Float = 0.02
    /// Checkpoint file, written after every round and every `checkpointEvery` steps with photos; training goes on from it
    /// when it is there.
    public var checkpoint: String?
    public var checkpointEvery = 25

    public init() {}
}

/// Trains the `InversionEncoder` in two stages: on drawn faces, whose codes are known, by the codes' squared error; then on
/// photos by what the inversion itself minimises, through the generator.
public struct InversionEncoderTrainer {
    private let passes: EncoderPasses
    private let lpips: LPIPS
    private let identity: IdentityNet

    /// - Parameters:
    ///   - generator: of expanded codes; draws 128 pixels.
    ///   - statistics: of these codes.
    ///   - lpips: of the loss with photos.
    public init(generator: any StyleGenerator, statistics: LatentStatistics, lpips: LPIPS, identity: IdentityNet) {
        passes = EncoderPasses(generator: generator, statistics: statistics)
        self.lpips = lpips
        self.identity = identity
    }

    /// Trains and writes the encoder to `output` in half precision. The same settings give the same weights, also when
    /// the training was interrupted and resumed from its checkpoint.
    ///
    /// - Parameters:
    ///   - photos: without them the second stage is left out.
    ///   - progress: called after every face drawn and every step; an error it throws ends the training.
    public func train(
        _ settings: InversionEncoderTrainingSettings,
        photos: FaceDataset?,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let count = passes.deviations.count
        let saved = try SafetensorsFile.tensors(ifPresent: settings.checkpoint)
        let fresh = InversionEncoder(seed: settings.seed, count: count).tensors
        let parameters = try trainableParameters(InversionEncoder.shapes(count: count), saved: saved, fresh: fresh)
        let adam = Adam(parameters: ordered(parameters), learningRate: settings.learningRate)
        var first = 0
        if let step = saved["done"] {
            first = Int(step.values[0])
            try adam.restore(saved)
        }
        let rounds = settings.rounds
        for round in first..<max(first, rounds) {
            try trainOnDrawnFaces(parameters, adam, settings, round: round, progress)
            try save(parameters, adam, done: round + 1, settings)
        }
        if let photos {
            try trainOnPhotos(parameters, adam, settings, photos: photos, first: max(0, first - rounds), progress)
        }
        try SafetensorsWriter.write(
            InversionEncoder.shapes(count: count).compactMap { entry in
                parameters[entry.name].map { (name: entry.name, tensor: $0.value, half: true) }
            },
            metadata: [
                "network": "inversion-encoder", "seed": "\(settings.seed)", "rounds": "\(rounds)",
                "photoSteps": "\(photos == nil ? 0 : settings.photoSteps)",
                "licence": "Research use only: trained with a generator trained on FFHQ, and on CelebA",
            ],
            to: output
        )
    }

    // MARK: - Drawn faces

    private func trainOnDrawnFaces(
        _ parameters: [String: Variable],
        _ adam: Adam,
        _ settings: InversionEncoderTrainingSettings,
        round: Int,
        _ progress: (TrainingProgress) throws -> Void
    ) throws {
        var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(round))
        let began = ContinuousClock.now
        func report(_ share: Double, loss: Double, _ note: String) throws {
            let total = Double(settings.rounds)
            let elapsed = (ContinuousClock.now - began).seconds
            try progress(
                TrainingProgress(
                    step: round,
                    steps: settings.rounds,
                    loss: loss,
                    note: note,
                    secondsLeft: share > 0 ? elapsed * (total - Double(round) - share) / share : 0
                )
            )
        }
        let encoder = InversionEncoder(tensors: parameters.mapValues(\.value))
        var pool = DrawnFaces(mean: passes.mean, count: passes.deviations.count)
        // Drawing a face takes about as long as a dozen examples.
        let drawing = 1 / (1 + Double(settings.epochs) / 3)
        for face in 0..<settings.faces {
            let truncation = Float.random(in: 0.6...1.1, using: &random)
            let count = 1 + random.index(2)
            pool.append(
                truncation: truncation,
                draw: passes.draw,
                approach: { passes.code(of: $0, by: encoder, passes: count) },
                &random
            )
            try report(Double(face + 1) / Double(settings.faces) * drawing, loss: 0, "drawing faces")
        }
        let examples = pool.examples
        let perEpoch = examples.count / settings.batch
        let weight = Variable(passes.deviations.squaresOverTheirMean)
        for epoch in 0..<settings.epochs {
            let order = examples.shuffled(using: &random)
            for step in 0..<perEpoch {
                let chosen = order[step * settings.batch..<(step + 1) * settings.batch]
                let (wanted, targets) = pool.batch(chosen.map(\.target))
                let (current, pictures) = pool.batch(chosen.map(\.current))
                let noise = Tensor(normal: targets.shape, deviation: 0.04 * random.uniform(), generator: &random)
                let code = Variable(current)
                let change = InversionEncoder.change(
                    of: code,
                    picture: Variable(pictures),
                    target: Variable(targets) + Variable(noise),
                    parameters: parameters
                )
                let loss = ((code + change - Variable(wanted)).squared() * weight).mean()
                let done =
                    (Double(round) + Double(epoch * perEpoch + step) / Double(settings.epochs * perEpoch))
                    / Double(settings.rounds)
                loss.backward()
                advance(adam, parameters, rate: settings.learningRate * Self.schedule(done))
                let share =
                    drawing + (1 - drawing) * Double(epoch * perEpoch + step + 1)
                    / Double(settings.epochs * perEpoch)
                try report(share, loss: Double(loss.scalar), "drawn faces")
            }
        }
    }

    // MARK: - Photos

    private func trainOnPhotos(
        _ parameters: [String: Variable],
        _ adam: Adam,
        _ settings: InversionEncoderTrainingSettings,
        photos: FaceDataset,
        first: Int,
        _ progress: (TrainingProgress) throws -> Void
    ) throws {
        let began = ContinuousClock.now
        for step in first..<max(first, settings.photoSteps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_033 &+ UInt64(step))
            var sums = (loss: 0.0, lpips: 0.0, cosine: 0.0)
            let encoder = InversionEncoder(tensors: parameters.mapValues(\.value))
            for _ in 0..<settings.photoBatch {
                var target = Variable(photos.images([random.index(photos.count)]))
                if random.chance(0.5) { target = target.flipped }
                let before = random.index(LearnedStart.passCount)
                let start = passes.code(of: target, by: encoder, passes: before)
                let change = InversionEncoder.change(
                    of: start,
                    picture: before == 0 ? passes.mean : passes.draw(start),
                    target: target,
                    parameters: parameters
                )
                let code = start + change
                let value = InversionObjective(
                    photo: target,
                    lpips: lpips,
                    identity: identity,
                    lpipsWeight: settings.lpipsWeight,
                    identityWeight: settings.identityWeight
                ).value(of: passes.draw(code))
                let loss = value.loss + code.squared().mean() * settings.priorWeight
                (loss * (1 / Float(settings.photoBatch))).backward()
                sums.loss += Double(loss.scalar)
                sums.lpips += value.lpips
                sums.cosine += value.cosine
            }
            let share = Double(step) / Double(settings.photoSteps)
            advance(adam, parameters, rate: settings.photoRate * Self.schedule(share))
            let count = Double(settings.photoBatch)
            try progress(
                TrainingProgress(
                    step: step + 1,
                    steps: settings.photoSteps,
                    first: first,
                    began: began,
                    loss: sums.loss / count,
                    note: String(format: "photos: LPIPS %.3f, SFace %.2f", sums.lpips / count, sums.cosine / count)
                )
            )
            if (step + 1) % settings.checkpointEvery == 0 {
                try save(parameters, adam, done: settings.rounds + step + 1, settings)
            }
        }
    }

    // MARK: - Both

    /// Warm-up over the first 2 %, then a cosine to zero.
    static func schedule(_ t: Double) -> Float {
        t < 0.02 ? Float(0.05 + 0.95 * t / 0.02) : Float(0.5 + 0.5 * cos((t - 0.02) / 0.98 * .pi))
    }

    private func advance(_ adam: Adam, _ parameters: [String: Variable], rate: Float) {
        clipGradients(of: ordered(parameters), to: 1)
        adam.learningRate = rate
        adam.step()
        adam.zeroGradients()
    }

    private func ordered(_ parameters: [String: Variable]) -> [Variable] {
        InversionEncoder.shapes(count: passes.deviations.count).compactMap { parameters[$0.name] }
    }

    /// Writes the checkpoint, if there is to be one.
    private func save(
        _ parameters: [String: Variable],
        _ adam: Adam,
        done: Int,
        _ settings: InversionEncoderTrainingSettings
    ) throws {
        guard let path = settings.checkpoint else { return }
        var tensors = parameters.mapValues(\.value).merging(adam.state) { first, _ in first }
        tensors["done"] = Tensor([Float(done)], shape: [1])
        try SafetensorsWriter.write(
            tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value, half: false) },
            metadata: [:],
            to: path
        )
    }
}

extension Tensor {
    /// The squares, over their mean: how much one standard deviation of each number costs in the code, and roughly in the
    /// picture.
    fileprivate var squaresOverTheirMean: Tensor {
        let squares = values.map { $0 * $0 }
        let mean = squares.reduce(0, +) / Float(max(1, squares.count))
        return Tensor(squares.map { $0 / mean }, shape: shape)
    }
}

extension Variable {
    /// Pictures [N,H,W,C] mirrored; no gradient.
    fileprivate var flipped: Variable {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        var result: [Float] = []
        result.reserveCapacity(value.count)
        let values = value.values
        for line in 0..<shape[0] * height {
            for x in (0..<width).reversed() {
                let start = (line * width + x) * channels
                result += values[start..<start + channels]
            }
        }
        return Variable(Tensor(result, shape: shape))
    }
}
