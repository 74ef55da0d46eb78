import Networks
import Tensor

/// The attribute predictor's network with everything trainable: convolutions, batch norms and one linear head.
/// `AttributePredictor` in Networks is the same network frozen; Scripts/attribute_predictor.py the same in PyTorch.
final class TrainableAttributePredictor {
    static let widths = [32, 64, 128, 192, 256]

    /// Trainable values by their name in the safetensors file.
    private(set) var parameters: [String: Variable] = [:]
    /// Batch norms' running means and variances.
    private var statistics: [String: BatchStatistics] = [:]

    /// Fresh weights (He's scale) with a head of `outputs`, or those of `saved` where it has them.
    init(outputs: Int, seed: UInt64, saved: [String: Tensor] = [:]) {
        var random = SeededGenerator(seed: seed)
        func parameter(_ name: String, _ shape: [Int], deviation: Float, offset: Float = 0) {
            let fresh = Tensor((0..<shape.reduce(1, *)).map { _ in random.normal() * deviation + offset }, shape: shape)
            let value = saved[name].flatMap { $0.shape == shape ? $0 : nil } ?? fresh
            parameters[name] = Variable(value, requiresGradient: true)
        }
        func norm(_ name: String, _ channels: Int) {
            parameter(name + ".weight", [channels], deviation: 0, offset: 1)
            parameter(name + ".bias", [channels], deviation: 0)
            let running = BatchStatistics(channels: channels)
            if let mean = saved[name + ".running_mean"] { running.mean = mean }
            if let variance = saved[name + ".running_var"] { running.variance = variance }
            statistics[name] = running
        }
        func convolution(_ name: String, _ inputs: Int, _ outputs: Int, _ size: Int) {
            let fan = Float(inputs * size * size)
            parameter(name + ".weight", [outputs, size, size, inputs], deviation: (2 / fan).squareRoot())
        }
        convolution("trunk.stem", 3, Self.widths[0], 3)
        norm("trunk.bn", Self.widths[0])
        for block in 0..<4 {
            let (inputs, outputs) = (Self.widths[block], Self.widths[block + 1])
            convolution("trunk.blocks.\(block).conv1", inputs, outputs, 3)
            convolution("trunk.blocks.\(block).conv2", outputs, outputs, 3)
            convolution("trunk.blocks.\(block).shortcut", inputs, outputs, 1)
            for index in 1...3 { norm("trunk.blocks.\(block).bn\(index)", outputs) }
        }
        parameter("head.weight", [outputs, Self.widths[4]], deviation: 1 / Float(Self.widths[4]).squareRoot())
        parameter("head.bias", [outputs], deviation: 0)
    }

    /// Trainable values in a fixed order.
    var ordered: [Variable] { parameters.sorted { $0.key < $1.key }.map(\.value) }

    /// Features [N, 256] of pictures [N, 128, 128, 3] in [−1, 1]; training mode uses and updates batch statistics.
    func features(_ x: Variable, training: Bool) -> Variable {
        var h = convolved(x, "trunk.stem", stride: 2, padding: 1, norm: "trunk.bn", training).relu()
        for block in 0..<4 {
            let name = "trunk.blocks.\(block)"
            let inner = convolved(h, name + ".conv1", stride: 2, padding: 1, norm: name + ".bn1", training).relu()
            let outer = convolved(inner, name + ".conv2", stride: 1, padding: 1, norm: name + ".bn2", training)
            let shortcut = convolved(h, name + ".shortcut", stride: 2, padding: 0, norm: name + ".bn3", training)
            h = (outer + shortcut).relu()
        }
        return h.globalAveragePool()
    }

    /// Logits [N, outputs].
    func head(_ features: Variable) -> Variable {
        features.linear(weight: value("head.weight"), bias: value("head.bias"))
    }

    /// Everything that a checkpoint or the shipped file holds.
    var tensors: [String: Tensor] {
        var tensors = parameters.mapValues(\.value)
        for (name, running) in statistics {
            tensors[name + ".running_mean"] = running.mean
            tensors[name + ".running_var"] = running.variance
        }
        return tensors
    }

    private func value(_ name: String) -> Variable {
        guard let found = parameters[name] else { preconditionFailure("no parameter \(name)") }
        return found
    }

    private func convolved(
        _ x: Variable,
        _ name: String,
        stride: Int,
        padding: Int,
        norm: String,
        _ training: Bool
    ) -> Variable {
        guard let running = statistics[norm] else { preconditionFailure("no statistics of \(norm)") }
        return x.convolved(weight: value(name + ".weight"), bias: nil, stride: stride, padding: padding)
            .batchNormalized(
                gamma: value(norm + ".weight"),
                beta: value(norm + ".bias"),
                running: running,
                training: training
            )
    }
}
