import Channel
import Foundation
import Networks
import SemanticCoding
import Tensor

/// How channel adapters are fine-tuned.
package struct AdapterTrainingSettings: Sendable {
    /// Es/N0 in dB.
    package var snr = -6
    /// T_ft of the paper's eq. 18: how often each picture is seen.
    package var iterations = 6
    /// η_ft: Adam's rate where the noise takes all of the codes; less of it where it takes less.
    package var learningRate: Float = 0.015
    /// Of the noise and the order of the pictures.
    package var seed: UInt64 = 1
    /// Checkpoint file, written after each iteration; training goes on from it when it is there.
    package var checkpoint: String?

    package init() {}
}

/// Mean LPIPS of received pictures to those sent, of faces that were not tuned with.
package struct AdapterScore: Sendable, Equatable, CustomStringConvertible {
    package let without, with: Double

    package var description: String {
        "LPIPS to what was sent \(String(format: "%.3f without adapters, %.3f with them", without, with))"
    }
}

/// Fine-tunes the paper's channel adapters (eq. 18): LPIPS of the received picture goes down, everything else is frozen.
///
/// Of the layers' k² weights a few hundred pictures determine hardly any: each brings a gradient of rank one, most of which is
/// its own noise. What is learned is therefore one weight for each principal axis of the codes, and the bias; the layer
/// U·diag(a)·Uᵀ is fully connected all the same. A_E begins as the identity, A_D as what the codes' covariance alone says:
/// the linear estimate of least mean square error, which is the identity where there is no noise.
package struct AdapterTrainer {
    private let space: LatentSpace
    private let generator: any StyleGenerator
    private let lpips: LPIPS

    /// - Parameters:
    ///   - space: of the codes.
    ///   - generator: draws them at 128 pixels.
    ///   - lpips: the VGG16 variant.
    package init(space: LatentSpace, generator: any StyleGenerator, lpips: LPIPS) {
        (self.space, self.generator, self.lpips) = (space, generator, lpips)
    }

    /// Trains and writes the pair to `output`.
    ///
    /// - Parameters:
    ///   - codes: of a few dozen faces, none of them one to be tested with.
    ///   - kept: of some more, which are not trained on: the file says how near they come without the adapters and with
    ///     them.
    ///   - data: what the faces are, for the checkpoint and the file.
    ///   - progress: called after every face; an error it throws ends the training.
    package func train(
        _ settings: AdapterTrainingSettings,
        codes: [[Float]],
        kept: [[Float]],
        data: String,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws -> AdapterScore {
        let count = space.dimension
        let covariance = Tensor(space.photos.covariance, shape: [count, count])
        guard let (powers, vectors) = covariance.eigendecomposition else { throw PrecodingError.singular }
        let basis = Variable(vectors)
        let shapes = Self.layers.flatMap { [("\($0).axes", [count]), ("\($0).bias", [count])] }
            .map { (name: $0.0, shape: $0.1) }
        let checkpoint = TrainingCheckpoint(settings.checkpoint, of: settings, data: ["data": data])
        let saved = try checkpoint.tensors()
        var fresh = Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, Tensor(zeros: $0.shape)) })
        fresh["decoder.axes"] = Self.linearEstimate(powers, snr: settings.snr)
        let parameters = try trainableParameters(shapes, saved: saved, fresh: fresh)
        let ordered = shapes.compactMap { parameters[$0.name] }
        let rate = settings.learningRate * Self.lostShare(powers, snr: settings.snr)
        let adam = Adam(parameters: ordered, learningRate: rate)
        if saved["step"] != nil { try adam.restore(saved) }
        let first = adam.steps
        let steps = settings.iterations * codes.count
        let targets = codes.map { lpips.features(of: picture(Variable(Tensor($0, shape: [1, count]))).detached) }
        let began = ContinuousClock.now
        for step in first..<max(first, steps) {
            var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(step))
            let place = step % codes.count
            let noise = (0..<count).map { _ in random.normal() }
            let received = received(codes[place], basis, parameters, noise: noise, snr: settings.snr)
            let loss = lpips.distance(picture(received), toFeatures: targets[place]).mean()
            loss.backward()
            adam.step()
            adam.zeroGradients()
            try progress(
                TrainingProgress(
                    step: step + 1,
                    steps: steps,
                    first: first,
                    began: began,
                    loss: Double(loss.scalar),
                    note: "LPIPS \(String(format: "%.3f", loss.scalar))"
                )
            )
            if let path = checkpoint.path, place == codes.count - 1 {
                try writeTraining(shapes, parameters, adam: adam, metadata: checkpoint.metadata(), to: path)
            }
        }
        let score = AdapterScore(
            without: distance(kept, basis, [:], snr: settings.snr),
            with: distance(kept, basis, parameters, snr: settings.snr)
        )
        let metadata = [
            "score": "\(score)", "network": "channel-adapters", "snr": "\(settings.snr)", "channel": "awgn",
            "data": data,
            "seed": "\(settings.seed)", "iterations": "\(settings.iterations)",
            "licence": "Research use only: tuned with a generator trained on FFHQ",
        ]
        let tensors = Self.layers.flatMap { name -> [(name: String, tensor: Tensor, fp16: Bool)] in
            guard let axes = parameters["\(name).axes"], let bias = parameters["\(name).bias"] else { return [] }
            let weight = (basis * axes).linear(weight: basis).value
            return [("\(name).weight", weight, true), ("\(name).bias", (bias * Self.biasStep).value, true)]
        }
        try SafetensorsWriter.write(tensors, metadata: metadata, to: output)
        return score
    }

    /// What A_D begins with: −σ²/(λ + σ²) for an axis of power λ under noise σ².
    private static func linearEstimate(_ powers: [Float], snr: Int) -> Tensor {
        let noise = noise(powers, snr: snr)
        return Tensor(powers.map { -noise / (max(0, $0) + noise) }, shape: [powers.count])
    }

    /// The share of the codes' power that the noise takes.
    private static func lostShare(_ powers: [Float], snr: Int) -> Float {
        let noise = noise(powers, snr: snr)
        let lost = powers.map { max(0, $0) * noise / (max(0, $0) + noise) }.reduce(0, +)
        return lost / max(powers.reduce(0, +), .leastNormalMagnitude)
    }

    private static func noise(_ powers: [Float], snr: Int) -> Float {
        powers.reduce(0, +) / Float(powers.count) * Float(pow(10, -Double(snr) / 10))
    }

    /// Mean LPIPS of the received pictures of codes to those sent, with noise that is the same whatever the adapters.
    private func distance(_ codes: [[Float]], _ basis: Variable, _ parameters: [String: Variable], snr: Int) -> Double {
        var random = SeededGenerator(seed: 0x4144_4150)
        let sum = codes.reduce(0.0) { sum, code in
            let noise = code.map { _ in random.normal() }
            let sent = lpips.features(of: picture(Variable(Tensor(code, shape: [1, code.count]))).detached)
            let arrived = received(code, basis, parameters, noise: noise, snr: snr).detached
            return sum + Double(lpips.distance(picture(arrived), toFeatures: sent).mean().scalar)
        }
        return sum / Double(max(1, codes.count))
    }

    private static let layers = ["encoder", "decoder"]
    /// How much slower biases move than weights: few faces are soon learned by heart.
    private static let biasStep: Float = 0.05

    private func picture(_ code: Variable) -> Variable { generator.synthesize(code, resolution: FaceDataset.edge) }

    /// The code [1, k] that arrives of one: A_E, the power constraint, noise, A_D.
    private func received(
        _ code: [Float],
        _ basis: Variable,
        _ parameters: [String: Variable],
        noise: [Float],
        snr: Int
    ) -> Variable {
        func adapted(_ values: Variable, _ name: String) -> Variable {
            guard let axes = parameters["\(name).axes"], let bias = parameters["\(name).bias"] else { return values }
            return values + (values.matmul(basis) * axes).linear(weight: basis) + bias * Self.biasStep
        }
        let mean = Variable(Tensor(space.photos.mean, shape: [1, code.count]))
        let sent = adapted(Variable(Tensor(code, shape: [1, code.count])) - mean, "encoder")
        let arrived = sent.arrived(noise: noise, deviation: Float(pow(10, -Double(snr) / 20)))
        return adapted(arrived, "decoder") + mean
    }
}
