import Tensor

/// A StyleGAN2 generator in a checkpoint of PyTorch, by the names of either of the two implementations that people train with.
///
/// `rosinality`: stylegan2-pytorch, which Talk-to-Edit and so the paper build on: `style.1.weight`, `convs.0.conv.weight`.
/// `official`: `G_ema` of stylegan2-ada-pytorch, as its .pkl files have it or as a state dictionary: `mapping.fc0.weight`,
/// `synthesis.b8.conv0.weight`.
public struct StyleGAN2Checkpoint {
    /// Whose names a checkpoint's tensors have.
    public enum Layout: String, Sendable {
        /// stylegan2-pytorch's.
        case rosinality
        /// NVIDIA's.
        case official
    }

    /// Whose names its tensors have.
    public let layout: Layout
    private let checkpoint: TorchCheckpoint
    /// What stands before the names: `g_ema/`, `G_ema/` or nothing.
    private let prefix: String

    /// - Throws: `TorchCheckpointError.noSuchTensor` where it is neither's generator.
    public init(_ checkpoint: TorchCheckpoint) throws(TorchCheckpointError) {
        self.checkpoint = checkpoint
        let names = Set(checkpoint.names)
        for prefix in ["g_ema/", "G_ema/", "g/", "generator/", ""] {
            for (layout, name) in [(Layout.rosinality, "input.input"), (.official, "synthesis.b4.const")]
            where names.contains(prefix + name) {
                (self.layout, self.prefix) = (layout, prefix)
                return
            }
        }
        throw .noSuchTensor(name: "g_ema/input.input, or synthesis.b4.const", path: checkpoint.path)
    }

    /// The tensors of `StyleGAN2`, scaled as they are used.
    ///
    /// - Throws: as `TorchCheckpoint.tensor`.
    public func tensors() throws(TorchCheckpointError) -> [(name: String, tensor: Tensor)] {
        var found: [(name: String, tensor: Tensor)] = []
        var layer = 0
        while has(dense(layer) + ".weight") {
            let weight = try tensor(dense(layer) + ".weight")
            // Their layers learn a hundred times slower than others.
            let gain = 0.01 / Float(max(1, weight.shape.last ?? 1)).squareRoot()
            found.append(("mapping.\(layer).weight", scaled(weight, gain, weight.shape)))
            found.append(("mapping.\(layer).bias", scaled(try tensor(dense(layer) + ".bias"), 0.01, nil)))
            layer += 1
        }
        let constant = try tensor(layout == .rosinality ? "input.input" : "synthesis.b4.const")
        let channels = constant.shape.count == 4 ? constant.shape[1] : constant.shape.first ?? 0
        guard constant.count == channels * 16 else {
            throw .shapeMismatch(name: "the constant", expected: [512, 4, 4], found: constant.shape)
        }
        found.append(
            ("constant", constant.reshaped([channels, 4, 4, 1]).permuted([1, 2, 0, 3]).reshaped([4, 4, channels]))
        )
        var level = 0
        while level < StyleGAN2.mostLevels, has(names(level).second + ".weight") {
            let names = names(level)
            if level > 0 { found += try convolution(names.first, "levels.\(level).conv1", level, isDoubling: true) }
            found += try convolution(names.second, "levels.\(level).conv2", level, isDoubling: false)
            found += try image(names.image, "levels.\(level).image")
            level += 1
        }
        return found
    }

    private func has(_ name: String) -> Bool { (try? checkpoint.shape(of: prefix + name)) != nil }

    private func tensor(_ name: String) throws(TorchCheckpointError) -> Tensor { try checkpoint.tensor(prefix + name) }

    private func scaled(_ tensor: Tensor, _ factor: Float, _ shape: [Int]?) -> Tensor {
        Tensor(tensor.values.map { $0 * factor }, shape: shape ?? [tensor.count])
    }

    private func dense(_ layer: Int) -> String { layout == .rosinality ? "style.\(layer + 1)" : "mapping.fc\(layer)" }

    /// The names of a level's weights.
    private func names(_ level: Int) -> (first: String, second: String, image: String) {
        switch layout {
        case .official:
            let block = "synthesis.b\(4 << level)"
            return ("\(block).conv0", "\(block).conv1", "\(block).torgb")
        case .rosinality:
            guard level > 0 else { return ("", "conv1.conv", "to_rgb1.conv") }
            return ("convs.\(2 * level - 2).conv", "convs.\(2 * level - 1).conv", "to_rgbs.\(level - 1).conv")
        }
    }

    private func modulation(
        _ name: String,
        _ target: String
    ) throws(TorchCheckpointError) -> [(name: String, tensor: Tensor)] {
        let affine = layout == .rosinality ? "\(name).modulation" : "\(name).affine"
        let weight = try tensor("\(affine).weight")
        let gain = 1 / Float(max(1, weight.shape.last ?? 1)).squareRoot()
        return [
            ("\(target).modulation.weight", scaled(weight, gain, weight.shape)),
            ("\(target).modulation.bias", try tensor("\(affine).bias")),
        ]
    }

    private func convolution(
        _ name: String,
        _ target: String,
        _ level: Int,
        isDoubling: Bool
    ) throws(TorchCheckpointError) -> [(name: String, tensor: Tensor)] {
        var weight = try tensor("\(name).weight")
        if layout == .rosinality, weight.shape.count == 5 { weight = weight.reshaped(Array(weight.shape.dropFirst())) }
        guard weight.shape.count == 4, weight.shape[2] == 3, weight.shape[3] == 3 else {
            throw .shapeMismatch(name: "\(name).weight", expected: [512, 512, 3, 3], found: weight.shape)
        }
        let (inputs, size) = (weight.shape[1], 4 << level)
        let scale = layout == .rosinality ? 1 / Float(9 * inputs).squareRoot() : 1
        let turned = weight.permuted(isDoubling ? [1, 2, 3, 0] : [0, 2, 3, 1])
        let bias, strength, noise: Tensor
        switch layout {
        case .official:
            (bias, strength) = (try tensor("\(name).bias"), try tensor("\(name).noise_strength"))
            noise = try tensor("\(name).noise_const")
        case .rosinality:
            let layer = String(name.dropLast(".conv".count))
            (bias, strength) = (try tensor("\(layer).activate.bias"), try tensor("\(layer).noise.weight"))
            noise = try tensor("noises.noise_\(isDoubling ? 2 * level - 1 : 2 * level)")
        }
        guard noise.count == size * size, strength.count == 1 else {
            throw .shapeMismatch(name: "the noise of \(name)", expected: [size, size], found: noise.shape)
        }
        return try modulation(name, target) + [
            ("\(target).weight", scaled(turned, scale, turned.shape)), ("\(target).bias", scaled(bias, 1, nil)),
            ("\(target).noise", scaled(noise, strength.values[0], [size, size])),
        ]
    }

    private func image(
        _ name: String,
        _ target: String
    ) throws(TorchCheckpointError) -> [(name: String, tensor: Tensor)] {
        let weight = try tensor("\(name).weight")
        let channels = weight.count / 3
        guard weight.count == 3 * channels, channels > 0 else {
            throw .shapeMismatch(name: "\(name).weight", expected: [3, 512, 1, 1], found: weight.shape)
        }
        let bias = try tensor(layout == .rosinality ? "\(name.dropLast(".conv".count)).bias" : "\(name).bias")
        return try modulation(name, target) + [
            ("\(target).weight", scaled(weight, 1 / Float(channels).squareRoot(), [3, channels])),
            ("\(target).bias", scaled(bias, 1, nil)),
        ]
    }
}
