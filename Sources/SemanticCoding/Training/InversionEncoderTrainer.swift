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
    /// Steps with photos that follow.
    public var photoSteps = 0
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
    private let generator: any StyleGenerator
    private let deviations: Tensor
    private let lpips: LPIPS
    private let identity: IdentityNet

    /// - Parameters:
    ///   - generator: of expanded codes; draws 128 pixels.
    ///   - statistics: of these codes.
    ///   - lpips: of the loss with photos.
    public init(generator: any StyleGenerator, statistics: LatentStatistics, lpips: LPIPS, identity: IdentityNet) {
        self.generator = generator
        deviations = Tensor(statistics.variances.map { $0.squareRoot() }, shape: [statistics.mean.count])
        self.lpips = lpips
        self.identity = identity
    }

    /// Trains and writes the encoder to `output` in half precision. The same settings give the same weights, also when
    /// the training was interrupted and resumed from its checkpoint.
    ///
    /// - Parameters:
    ///   - photos: may be nil when `photoSteps` is 0.
    ///   - progress: called after every face drawn and every step; an error it throws ends the training.
    public func train(
        _ settings: InversionEncoderTrainingSettings,
        photos: FaceDataset?,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let count = deviations.count
        let saved = try SafetensorsFile.tensors(ifPresent: settings.checkpoint)
        let fresh = InversionEncoder(seed: settings.seed, count: count).tensors
        var parameters: [String: Variable] = [:]
        for (name, shape) in InversionEncoder.shapes(count: count) {
            guard let tensor = saved[name] ?? fresh[name], tensor.shape == shape else {
                throw SafetensorsError.shapeMismatch(name: name, expected: shape, found: saved[name]?.shape ?? [])
            }
            parameters[name] = Variable(tensor, requiresGradient: true)
        }
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
        let frozen = parameters.mapValues(\.detached)
        let mean = draw(Variable(Tensor(zeros: [1, deviations.count])))
        var pool = DrawnFaces(mean: mean, count: deviations.count)
        // Drawing a face takes about as long as a dozen examples.
        let drawing = 1 / (1 + Double(settings.epochs) / 3)
        for face in 0..<settings.faces {
            let truncation = Float.random(in: 0.6...1.1, using: &random)
            let passes = 1 + random.index(2)
            pool.append(
                truncation: truncation,
                draw: draw,
                approach: { approach($0, mean: mean, by: frozen, passes: passes) },
                &random
            )
            try report(Double(face + 1) / Double(settings.faces) * drawing, loss: 0, "drawing faces")
        }
        let examples = pool.examples
        let perEpoch = examples.count / settings.batch
        let weight = Variable(deviations.squaresOverTheirMean)
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

    /// The code, in standard deviations, that an encoder reaches in so many passes from the mean, whose picture is `mean`.
    private func approach(
        _ target: Variable,
        mean: Variable,
        by parameters: [String: Variable],
        passes: Int
    ) -> Variable {
        var code = Variable(Tensor(zeros: [1, deviations.count]))
        for pass in 0..<passes {
            let change = InversionEncoder.change(
                of: code,
                picture: pass == 0 ? mean : draw(code),
                target: target,
                parameters: parameters
            )
            code = (code + change).detached
        }
        return code
    }

    private func draw(_ code: Variable) -> Variable {
        generator.synthesize(code * Variable(deviations), resolution: InversionEncoder.edge)
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
        let mean = draw(Variable(Tensor(zeros: [1, deviations.count])))
        for step in first..<max(first, settings.photoSteps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_033 &+ UInt64(step))
            var sums = (loss: 0.0, lpips: 0.0, cosine: 0.0)
            for _ in 0..<settings.photoBatch {
                var target = Variable(photos.images([random.index(photos.count)]))
                if random.chance(0.5) { target = target.flipped }
                let passes = random.index(3)
                let start = approach(target, mean: mean, by: parameters.mapValues(\.detached), passes: passes)
                let change = InversionEncoder.change(
                    of: start,
                    picture: passes == 0 ? mean : draw(start),
                    target: target,
                    parameters: parameters
                )
                let code = start + change
                let picture = draw(code)
                let distance = lpips.distance(picture, toFeatures: lpips.features(of: target)).mean()
                let face = identity.embedding(aligned: target).normalized().detached
                let cosine = (identity.embedding(aligned: picture).normalized() * face).sum()
                let loss =
                    (picture - target).squared().mean() + distance * settings.lpipsWeight
                    + (cosine * -1 + 1) * settings.identityWeight + code.squared().mean() * settings.priorWeight
                (loss * (1 / Float(settings.photoBatch))).backward()
                sums.loss += Double(loss.scalar)
                sums.lpips += Double(distance.scalar)
                sums.cosine += Double(cosine.scalar)
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
        InversionEncoder.shapes(count: deviations.count).compactMap { parameters[$0.name] }
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
