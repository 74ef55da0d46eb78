import Foundation
import Networks
import Tensor

/// E_EC of the paper: the vector field f over the codes along which one attribute grows; one step of the edit is
/// w ← w + d·f(w) (eq. 11).
///
/// f(w) is a direction that is the same everywhere, and what eight fully connected 512 → 512 layers with LeakyReLU 0.2 between
/// make of w, where there are any. The layers see (w − w̄)/s and their output is scaled by s, where s is the root mean variance
/// of the codes.
package struct EditingField: Sendable {
    package static let layerCount = 8
    /// Name of the attribute that grows along the field.
    package let attribute: String
    package let direction: Tensor
    package let weights: [Tensor]
    package let biases: [Tensor]
    package let mean: Tensor
    package let scale: Float

    /// Reads a field that `modelctl train jecc` wrote.
    ///
    /// - Throws: `SafetensorsError`, `EditingFieldError` when the file holds neither a direction of 512 numbers nor eight 512 ×
    ///   512 layers, or something else of these names.
    package init(file: SafetensorsFile, attribute: String, statistics: LatentStatistics) throws {
        let names = file.names
        let hasDirection = names.contains("direction")
        let layers = hasDirection && !names.contains("layers.0.weight") ? 0 : Self.layerCount
        let parameters = try (0..<layers).map { layer in
            (try file.tensor("layers.\(layer).weight"), try file.tensor("layers.\(layer).bias"))
        }
        try self.init(
            attribute: attribute,
            direction: hasDirection ? file.tensor("direction") : Tensor(zeros: [statistics.mean.count]),
            weights: parameters.map(\.0),
            biases: parameters.map(\.1),
            statistics: statistics
        )
    }

    package init(
        attribute: String,
        direction: Tensor,
        weights: [Tensor],
        biases: [Tensor],
        statistics: LatentStatistics
    ) throws {
        let size = statistics.mean.count
        guard direction.shape == [size], [0, Self.layerCount].contains(weights.count), biases.count == weights.count,
            weights.allSatisfy({ $0.shape == [size, size] }), biases.allSatisfy({ $0.shape == [size] })
        else { throw EditingFieldError.wrongShape(attribute) }
        self.attribute = attribute
        self.direction = direction
        self.weights = weights
        self.biases = biases
        mean = Tensor(statistics.mean, shape: [size])
        scale = statistics.rootMeanVariance
    }

    /// f(w) for w of shape [N, 512].
    package func callAsFunction(_ w: Variable) -> Variable {
        apply(w, weights: weights.map { Variable($0) }, biases: biases.map { Variable($0) })
    }

    /// The same with given parameters: the trainer's way in.
    package func apply(_ w: Variable, weights: [Variable], biases: [Variable]) -> Variable {
        var h = (w - Variable(mean)) * (1 / scale)
        guard !weights.isEmpty else { return h * 0 + Variable(direction) }
        for layer in weights.indices {
            h = h.linear(weight: weights[layer], bias: biases[layer])
            if layer < weights.count - 1 { h = h.leakyReLU(slope: 0.2) }
        }
        return h * scale + Variable(direction)
    }
}

/// What is wrong with a field's file.
package enum EditingFieldError: Error, CustomStringConvertible {
    case wrongShape(String)

    package var description: String {
        switch self {
        case .wrongShape(let name):
            "the codec for \(name) does not hold a direction or eight 512 x 512 layers: train it again with `modelctl train jecc`"
        }
    }
}

extension LatentStatistics {
    /// Root of the mean variance of the code's components.
    package var rootMeanVariance: Float {
        (variances.reduce(0, +) / Float(mean.count)).squareRoot()
    }
}
