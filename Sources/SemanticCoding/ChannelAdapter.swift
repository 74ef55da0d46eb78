import Foundation
import Networks
import Synchronization
import Tensor

/// A fully connected layer that keeps its input's shape: y = x + x·Wᵀ + b. Without weights it changes nothing.
package struct ChannelAdapter: Sendable {
    /// W [k, k] and b [k].
    package let weight, bias: Tensor

    package init(weight: Tensor, bias: Tensor) {
        (self.weight, self.bias) = (weight, bias)
    }

    /// Of k values.
    ///
    /// - Precondition: there are as many as the layer has.
    package func callAsFunction(_ values: [Float]) -> [Float] {
        let input = Variable(Tensor(values, shape: [1, values.count]))
        return (input + input.linear(weight: Variable(weight), bias: Variable(bias))).value.values
    }
}

/// The paper's channel adapters for one SNR: A_E before the power constraint (eq. 16), A_D behind the channel (eq. 17).
package struct ChannelAdapterPair: Sendable {
    /// A_E and A_D.
    package let encoder, decoder: ChannelAdapter
    /// Es/N0 in dB that they were tuned for.
    package let snr: Int
    /// What kind of channel, such as awgn.
    package let channel: String
    /// SHA-256 of the file.
    package let digest: [UInt8]

    /// Reads what `AdapterTrainer` wrote.
    ///
    /// - Parameter dimension: k.
    /// - Throws: `SafetensorsError` when it is no pair of adapters for codes of k numbers.
    package init(file: SafetensorsFile, dimension: Int) throws(SafetensorsError) {
        func adapter(_ name: String) throws(SafetensorsError) -> ChannelAdapter {
            func tensor(_ part: String, _ shape: [Int]) throws(SafetensorsError) -> Tensor {
                let tensor = try file.tensor("\(name).\(part)")
                guard tensor.shape == shape else {
                    throw .shapeMismatch(name: "\(name).\(part)", expected: shape, found: tensor.shape)
                }
                guard tensor.values.allSatisfy(\.isFinite) else {
                    throw .malformed(path: file.path, reason: "\(name).\(part) must be finite")
                }
                return tensor
            }
            return ChannelAdapter(
                weight: try tensor("weight", [dimension, dimension]),
                bias: try tensor("bias", [dimension])
            )
        }
        guard let snr = file.metadata["snr"].flatMap({ Int($0) }) else {
            throw .malformed(path: file.path, reason: "the SNR is missing that the adapters were tuned for")
        }
        (encoder, decoder, self.snr) = (try adapter("encoder"), try adapter("decoder"), snr)
        channel = file.metadata["channel"] ?? "awgn"
        digest = Array(file.sha256)
    }
}

/// The adapters that are installed: files in `adapters/` beside the other models.
package struct ChannelAdapters: Sendable {
    /// How many dB an adapter's SNR may be off the channel's.
    static let reach = 3

    /// By SNR.
    package let pairs: [ChannelAdapterPair]

    package init(_ pairs: [ChannelAdapterPair]) {
        self.pairs = pairs.sorted { $0.snr < $1.snr }
    }

    /// Reads all of them.
    ///
    /// - Parameter dimension: k.
    /// - Throws: `SafetensorsError`.
    package init(in models: ModelStore, dimension: Int) throws {
        let folder = models.adapterFolder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        self.init(
            try names.sorted().filter { $0.hasSuffix(".safetensors") }.map {
                try ChannelAdapterPair(
                    file: SafetensorsFile(path: folder.appendingPathComponent($0).path),
                    dimension: dimension
                )
            }
        )
    }

    /// The pair that was tuned for the SNR nearest to this one; nil when none is near.
    package func pair(for snr: Int) -> ChannelAdapterPair? {
        pairs.min { abs($0.snr - snr) < abs($1.snr - snr) }.flatMap { abs($0.snr - snr) <= Self.reach ? $0 : nil }
    }

    /// The pair whose digest begins so.
    package func pair(digest: [UInt8]) -> ChannelAdapterPair? { pairs.first { $0.digest.starts(with: digest) } }
}

/// The adapters that are installed now: `reload` takes in others while transfers go on.
package final class ChannelAdapterShelf: Sendable {
    private let models: ModelStore?
    private let dimension: Int
    private let current: Mutex<ChannelAdapters>

    /// Adapters that stay as they are.
    package init(_ adapters: ChannelAdapters) {
        (models, dimension) = (nil, 0)
        current = Mutex(adapters)
    }

    /// - Parameter dimension: k.
    /// - Throws: `SafetensorsError`.
    package init(in models: ModelStore, dimension: Int) throws {
        (self.models, self.dimension) = (models, dimension)
        current = Mutex(try ChannelAdapters(in: models, dimension: dimension))
    }

    package var adapters: ChannelAdapters { current.withLock { $0 } }

    /// Those that are there already stay when one cannot be read.
    ///
    /// - Throws: `SafetensorsError`.
    package func reload() throws {
        guard let models else { return }
        let found = try ChannelAdapters(in: models, dimension: dimension)
        current.withLock { $0 = found }
    }
}
