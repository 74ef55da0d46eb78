import Channel
import Foundation
import Networks
import SemanticCoding
import Tensor

/// How the codec of one attribute is trained.
package struct JECCTrainingSettings: Sendable {
    package var attribute = "smiling"
    package var seed: UInt64 = 1
    package var steps = 400
    package var batch = 2
    package var learningRate: Float = 2e-4
    /// Es/N0 of the channel inside the training loop, in dB. High on purpose: low values ruin the edits (paper, IV-B).
    package var snrDB: Float = 20
    /// Weights λ_p, λ_id and λ_d of eq. 15.
    package var predictorWeight: Float = 1
    package var identityWeight: Float = 5
    package var discriminatorWeight: Float = 1
    /// Weight of the mean squared change of colour at 16 × 16 pixels; the paper has none, and strong edits tint its
    /// pictures.
    package var colourWeight: Float = 20
    /// How many latents the pool holds.
    package var pool = 256
    /// How many are drawn for each of them, so that rare degrees are in it too.
    package var candidates = 4
    /// How far from the mean its latents of plain W lie.
    package var truncations: ClosedRange<Float> = 0.5...1
    /// Checkpoint file, written every `checkpointEvery` steps; training goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 25

    package init() {}
}

/// Trains one attribute's editing field through a noisy channel (eq. 12–15): the predictor's cross-entropy over all
/// five heads, with the edited one's label shifted by one degree and the others kept, the identity loss, and the
/// discriminator's softplus(−D) where a discriminator is given.
package struct JECCTrainer {
    let space: LatentSpace
    let generator: any StyleGenerator
    let predictor: AttributePredictor
    let identity: IdentityNet
    private let precoder: LinearPrecoder
    /// D of eq. 14. Without one its loss is left out.
    let discriminator: Discriminator?

    /// - Parameter generator: of the space's codes; the space's own or the student.
    /// - Throws: `PrecodingError`.
    package init(
        space: LatentSpace,
        generator: any StyleGenerator,
        predictor: AttributePredictor,
        identity: IdentityNet,
        discriminator: Discriminator? = nil
    ) throws {
        self.space = space
        self.generator = generator
        self.predictor = predictor
        self.identity = identity
        precoder = try Precoding(space).precoder(dimension: space.dimension)
        self.discriminator = discriminator
    }

    /// Trains and writes the field to `output`. The same settings give the same weights, also when the training was
    /// interrupted and resumed from its checkpoint.
    ///
    /// - Parameter start: its direction is where the field begins, and stays; without it the field begins at nothing.
    package func train(
        _ settings: JECCTrainingSettings,
        start: EditingField? = nil,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        guard let head = AttributePredictor.attributes.firstIndex(of: settings.attribute) else {
            throw JECCTrainingError.unknownAttribute(settings.attribute)
        }
        let direction = start?.direction ?? Tensor(zeros: [space.dimension])
        let checkpoint = TrainingCheckpoint(
            settings.checkpoint,
            of: settings,
            data: [
                "code": space.kind.rawValue, "direction": "\(Fingerprint([direction.values]))",
                "discriminator": discriminator == nil ? "none" : "there",
            ]
        )
        let saved = try checkpoint.tensors()
        let began = ContinuousClock.now
        let pool =
            try LatentPool(checkpoint: saved)
            ?? LatentPool(
                count: settings.pool,
                among: candidates(settings),
                head: head,
                generator: generator,
                predictor: predictor,
                identity: identity
            ) { done in
                let pace = (ContinuousClock.now - began).seconds / max(1e-3, done)
                try progress(
                    TrainingProgress(
                        step: 0,
                        steps: settings.steps,
                        loss: 0,
                        note: "drawing latents, \(Int(100 * done)) %",
                        secondsLeft: pace * (1 - done)
                    )
                )
            }

        let parameters = initialParameters(seed: settings.seed, saved: saved, last: start == nil ? 0.1 : 0.01)
        let adam = Adam(parameters: parameters.flatMap { [$0.weight, $0.bias] }, learningRate: settings.learningRate)
        if saved["step"] != nil { try adam.restore(saved) }
        let first = adam.steps
        let shape = try EditingField(
            attribute: settings.attribute,
            direction: direction,
            weights: parameters.map(\.weight.value),
            biases: parameters.map(\.bias.value),
            statistics: space.statistics
        )

        let loopBegan = ContinuousClock.now
        for step in first..<max(first, settings.steps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(step))
            let losses = gradientStep(
                pool: pool,
                head: head,
                settings: settings,
                field: shape,
                parameters: parameters,
                random: &random
            )
            let remaining = Double(settings.steps - step) / Double(settings.steps)
            adam.learningRate = settings.learningRate * Float(min(1, remaining * 3))
            adam.step()
            adam.zeroGradients()
            try progress(
                TrainingProgress(
                    step: step + 1,
                    steps: settings.steps,
                    first: first,
                    began: loopBegan,
                    loss: losses.total,
                    note: losses.note
                )
            )
            if let path = checkpoint.path, (step + 1) % settings.checkpointEvery == 0 {
                try write(
                    parameters,
                    direction: direction,
                    to: path,
                    fp16: false,
                    step: step + 1,
                    pool: pool,
                    adam: adam,
                    settings: settings,
                    more: checkpoint.metadata()
                )
            }
        }
        try write(
            parameters,
            direction: direction,
            to: output,
            fp16: true,
            step: settings.steps,
            pool: nil,
            adam: nil,
            settings: settings
        )
    }

    private struct Layer {
        let weight: Variable
        let bias: Variable
    }

    private struct Losses {
        var total: Double
        var note: String
    }

    /// - Parameter last: how small the last layer starts, so that the first edits are small, or along the direction.
    private func initialParameters(seed: UInt64, saved: [String: Tensor], last: Float) -> [Layer] {
        let size = space.statistics.mean.count
        var random = SeededGenerator(seed: seed ^ 0x4A45_4343)
        return (0..<EditingField.layerCount).map { layer in
            // He's scale for LeakyReLU 0.2.
            let deviation = (2 / (1.04 * Float(size))).squareRoot() * (layer == EditingField.layerCount - 1 ? last : 1)
            let drawn = Tensor((0..<size * size).map { _ in random.normal() * deviation }, shape: [size, size])
            return Layer(
                weight: Variable(saved["layers.\(layer).weight"] ?? drawn, requiresGradient: true),
                bias: Variable(saved["layers.\(layer).bias"] ?? Tensor(zeros: [size]), requiresGradient: true)
            )
        }
    }

    /// Codes such as photos have, where they are known; otherwise draws from the prior.
    private func candidates(_ settings: JECCTrainingSettings) throws -> [Tensor] {
        let count = settings.pool * settings.candidates
        guard space.kind == .expanded else {
            return LatentPool.samples(count, space: space, truncations: settings.truncations, seed: settings.seed)
        }
        let codes = try PhotoLikeCodes(space: space, fields: [])
        var random = SeededGenerator(seed: settings.seed)
        return (0..<count).map { _ in codes.code(using: &random) }
    }

    /// One batch, one latent at a time (so that memory stays that of one picture); gradients add up.
    private func gradientStep(
        pool: LatentPool,
        head: Int,
        settings: JECCTrainingSettings,
        field: EditingField,
        parameters: [Layer],
        random: inout SeededGenerator
    ) -> Losses {
        var sums = (prediction: 0.0, identity: 0.0, realism: 0.0, tint: 0.0)
        var hits = 0
        for _ in 0..<settings.batch {
            let index = Int.random(in: 0..<pool.count, using: &random)
            let degree = pool.degrees[index][head]
            let up = degree == 0 || (degree < 5 && Bool.random(using: &random))
            var targets = pool.degrees[index]
            targets[head] = degree + (up ? 1 : -1)

            let w = Variable(pool.code(index))
            let step = field.apply(w, weights: parameters.map(\.weight), biases: parameters.map(\.bias))
            let edited = w + step * (up ? 1 : -1)
            let picture = generator.synthesize(
                edited + channelNoise(for: edited.value.values, snrDB: settings.snrDB, random: &random),
                resolution: 128
            )

            let logits = predictor.logits(picture)
            if AttributePredictor.likeliestDegrees(logits.value.values)[head] == targets[head] { hits += 1 }
            let prediction = logits.reshaped([5, 6]).softmaxCrossEntropy(targets: targets) * 5
            let same = (identity.embedding(aligned: picture) - Variable(pool.embedding(index))).abs().mean()
            let tint =
                (picture.areaDownsampled(factor: LatentPool.colourFactor) - Variable(pool.colour(index)))
                .squared().mean()
            var loss =
                prediction * settings.predictorWeight + same * settings.identityWeight + tint * settings.colourWeight
            if let discriminator {
                let realism = (discriminator(picture) * -1).softplus().mean()
                sums.realism += Double(realism.value.values[0])
                loss = loss + realism * settings.discriminatorWeight
            }
            sums.prediction += Double(prediction.value.values[0])
            sums.identity += Double(same.value.values[0])
            sums.tint += Double(tint.value.values[0])
            (loss * (1 / Float(settings.batch))).backward()
        }
        let count = Double(settings.batch)
        let total =
            (sums.prediction * Double(settings.predictorWeight) + sums.identity * Double(settings.identityWeight)
                + sums.realism * Double(settings.discriminatorWeight) + sums.tint * Double(settings.colourWeight))
            / count
        let parts = String(
            format: "predictor %.3f, identity %.3f, realism %.3f, tint %.4f, on target %d/%d",
            sums.prediction / count,
            sums.identity / count,
            sums.realism / count,
            sums.tint / count,
            hits,
            settings.batch
        )
        return Losses(total: total, note: parts)
    }

    /// What AWGN does to a code on the air: per real, variance N0 at the sent values' own mean power.
    private func channelNoise(for code: [Float], snrDB: Float, random: inout SeededGenerator) -> Variable {
        let power = precoder.values(of: code).reduce(Float(0)) { $0 + $1 * $1 } / Float(code.count)
        let deviation = (power * pow(10, -snrDB / 10)).squareRoot()
        let noise = code.map { _ in random.normal() * deviation }
        return Variable(Tensor(precoder.offset(of: noise), shape: [1, code.count]))
    }

    private func write(
        _ parameters: [Layer],
        direction: Tensor,
        to path: String,
        fp16: Bool,
        step: Int,
        pool: LatentPool?,
        adam: Adam?,
        settings: JECCTrainingSettings,
        more: [String: String] = [:]
    ) throws {
        var tensors = parameters.enumerated().flatMap { layer, parameter in
            [
                (name: "layers.\(layer).weight", tensor: parameter.weight.value, fp16: fp16),
                (name: "layers.\(layer).bias", tensor: parameter.bias.value, fp16: fp16),
            ]
        }
        tensors.append((name: "direction", tensor: direction, fp16: false))
        if let pool, let adam {
            let state = pool.checkpoint.merging(adam.state) { first, _ in first }
            tensors += state.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value, fp16: false) }
        }
        let metadata = [
            "attribute": settings.attribute, "code": space.kind.rawValue, "seed": String(settings.seed),
            "steps": String(step),
            "licence": "Research use only: trained with FFHQ- and CelebA-derived networks",
        ].merging(more) { first, _ in first }
        try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
    }
}

/// Why a codec cannot be trained.
package enum JECCTrainingError: Error, CustomStringConvertible {
    case unknownAttribute(String)

    package var description: String {
        switch self {
        case .unknownAttribute(let name):
            "no attribute is called \(name): use one of \(AttributePredictor.attributes.joined(separator: ", "))"
        }
    }
}
