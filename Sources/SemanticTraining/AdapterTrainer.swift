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
    ) throws -> AdapterScore? {
        let count = space.dimension
        let covariance = Tensor(space.photos.covariance, shape: [count, count])
        guard let (powers, vectors) = covariance.eigendecomposition else { throw PrecodingError.singular }
        let basis = Variable(vectors)
        let shapes = Self.layers.flatMap { [("\($0).axes", [count]), ("\($0).bias", [count])] }
            .map { (name: $0.0, shape: $0.1) }
        let checkpoint = TrainingCheckpoint(settings.checkpoint, of: settings, data: ["data": data])
        let saved = try checkpoint.tensors()
        var fresh = Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, Tensor(zeros: $0.shape)) })
        let lost = Self.lostShares(powers, snr: settings.snr)
        fresh["decoder.axes"] = Tensor(lost.map { -$0 }, shape: [count])
        let parameters = try trainableParameters(shapes, saved: saved, fresh: fresh)
        let ordered = shapes.compactMap { parameters[$0.name] }
        // The share of the codes' power that the noise takes.
        let lostPower = zip(powers, lost).reduce(0) { $0 + max(0, $1.0) * $1.1 }
        let allPower = max(powers.reduce(0, +), .leastNormalMagnitude)
        let adam = Adam(parameters: ordered, learningRate: settings.learningRate * lostPower / allPower)
        if saved["step"] != nil { try adam.restore(saved) }
        let first = adam.steps
        let steps = settings.iterations * codes.count
        let targets = codes.map(features)
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
        let score = score(kept, basis, parameters, snr: settings.snr)
        let metadata = [
            "score": score.map { "\($0)" } ?? "none: too few photos to keep any apart",
            "network": "channel-adapters", "snr": "\(settings.snr)", "channel": "awgn", "data": data,
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

    /// σ²/(λ + σ²) for each axis of power λ under noise σ²: what the linear estimate takes off it.
    private static func lostShares(_ powers: [Float], snr: Int) -> [Float] {
        let noise = powers.reduce(0, +) / Float(powers.count) * Float(pow(10, -Double(snr) / 10))
        return powers.map { noise / (max(0, $0) + noise) }
    }

    /// How near codes come without the adapters and with them, under the same noise; nil of none.
    private func score(
        _ codes: [[Float]],
        _ basis: Variable,
        _ parameters: [String: Variable],
        snr: Int
    ) -> AdapterScore? {
        guard !codes.isEmpty else { return nil }
        var random = SeededGenerator(seed: 0x4144_4150)
        var (without, with) = (0.0, 0.0)
        for code in codes {
            let (noise, sent) = (code.map { _ in random.normal() }, features(code))
            func distance(_ parameters: [String: Variable]) -> Double {
                let arrived = received(code, basis, parameters, noise: noise, snr: snr).detached
                return Double(lpips.distance(picture(arrived), toFeatures: sent).mean().scalar) / Double(codes.count)
            }
            without += distance([:])
            with += distance(parameters)
        }
        return AdapterScore(without: without, with: with)
    }

    private static let layers = ["encoder", "decoder"]
    /// How much slower biases move than weights: few faces are soon learned by heart.
    private static let biasStep: Float = 0.05

    /// What LPIPS sees of a code's picture.
    private func features(_ code: [Float]) -> [Variable] {
        lpips.features(of: picture(Variable(Tensor(code, shape: [1, code.count]))).detached)
    }

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
