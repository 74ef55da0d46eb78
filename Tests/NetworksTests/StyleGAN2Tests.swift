import Foundation
import Tensor
import TestSupport
import Testing

@testable import Networks

/// Against PyTorch with the same drawn weights, from checkpoints of both layouts (Scripts/golden_stylegan2.py).
@Suite struct StyleGAN2Tests {
    private struct Golden: Decodable {
        /// z, w and `pictures` of two draws; one W+ code and its `picture`, [32, 32, 3].
        let z, w, rows, pictures, picture: [Float]
        /// Of the mean square of `picture` with respect to `rows`.
        let gradient: [Float]
    }

    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")
    private let golden: Golden
    private let folder: TemporaryDirectory

    init() throws {
        let path = Self.fixtures.appendingPathComponent("stylegan2.json")
        golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: path))
        folder = try TemporaryDirectory()
    }

    private func tensors(
        _ layout: StyleGAN2Checkpoint.Layout,
        ending: String = "pth"
    ) throws -> [(name: String, tensor: Tensor)] {
        let path = Self.fixtures.appendingPathComponent("stylegan2-\(layout.rawValue).\(ending)").path
        let checkpoint = try StyleGAN2Checkpoint(TorchCheckpoint(path: path))
        #expect(checkpoint.layout == layout)
        return try checkpoint.tensors()
    }

    private func network(_ tensors: [(name: String, tensor: Tensor)]) throws -> StyleGAN2 {
        let path = folder.path + "/\(UUID().uuidString).safetensors"
        try SafetensorsWriter.write(tensors.map { ($0.name, $0.tensor, false) }, metadata: [:], to: path)
        return try StyleGAN2(weights: SafetensorsFile(path: path))
    }

    private func apart(_ found: Variable, _ expected: [Float]) -> Float {
        zip(found.value.values, expected).map { abs($0 - $1) }.max() ?? .infinity
    }

    /// Networks that were pickled as NVIDIA pickles them.
    @Test func aPickledNetworkHasTheSameWeights() throws {
        let (pickled, saved) = (try tensors(.official, ending: "pkl"), try tensors(.official))
        #expect(pickled.map(\.name) == saved.map(\.name) && !saved.isEmpty)
        for (one, other) in zip(pickled, saved) {
            #expect(one.tensor.shape == other.tensor.shape && one.tensor.values == other.tensor.values, "\(one.name)")
        }
    }

    @Test func everyCutOfAPickledNetworkIsRefused() throws {
        let bytes = try Data(contentsOf: Self.fixtures.appendingPathComponent("stylegan2-official.pkl"))
        let path = folder.path + "/cut.pkl"
        for count in stride(from: 0, to: bytes.count - 1, by: 1009) {
            try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
            #expect(throws: TorchCheckpointError.self) { try TorchCheckpoint(path: path) }
        }
    }

    @Test(arguments: [StyleGAN2Checkpoint.Layout.rosinality, .official])
    func agreesWithPyTorch(_ layout: StyleGAN2Checkpoint.Layout) throws {
        let network = try network(tensors(layout))
        #expect(network.resolution == 32 && network.latentDimension == 24 && network.rows == 8)
        let w = network.map(Variable(Tensor(golden.z, shape: [2, 24])))
        #expect(apart(w, golden.w) < 1e-4)
        let pictures = network.synthesize(w, resolution: 32)
        #expect(pictures.shape == [2, 32, 32, 3] && golden.pictures.count == pictures.value.count)
        #expect(apart(pictures, golden.pictures) < 1e-3)
        let rows = Variable(Tensor(golden.rows, shape: [1, 8, 24]))
        #expect(apart(network.synthesize(rows: rows, resolution: 32), golden.picture) < 1e-3)
        // Smaller ones are the same picture, averaged.
        let small = network.synthesize(rows: rows, resolution: 16)
        let averaged = Variable(Tensor(golden.picture, shape: [1, 32, 32, 3])).areaDownsampled(factor: 2)
        #expect(apart(small, averaged.value.values) < 1e-3)
    }

    @Test func gradientsAgreeWithPyTorch() throws {
        let network = try network(tensors(.rosinality))
        let rows = Variable(Tensor(golden.rows, shape: [1, 8, 24]), requiresGradient: true)
        network.synthesize(rows: rows, resolution: 32).squared().mean().backward()
        let gradient = try #require(rows.gradient)
        let steepest = golden.gradient.map(abs).max() ?? 0
        #expect(steepest > 0 && golden.gradient.count == gradient.count)
        #expect(apart(Variable(gradient), golden.gradient) < 1e-3 * steepest)
    }

    @Test func statisticsOfWAreThoseOfItsDraws() throws {
        let network = try network(tensors(.official))
        var random = SeededGenerator(seed: 5)
        let statistics = LatentStatistics(of: network, count: 2_300, using: &random)
        var again = SeededGenerator(seed: 5)
        var sum = [Double](repeating: 0, count: 24)
        var squares = sum
        for rows in [500, 500, 500, 500, 300] {
            let w = network.map(Variable(Tensor(normal: [rows, 24], deviation: 1, generator: &again))).value.values
            for (index, value) in w.enumerated() {
                sum[index % 24] += Double(value) / 2_300
                squares[index % 24] += Double(value) * Double(value) / 2_300
            }
        }
        for index in 0..<24 {
            #expect(abs(Double(statistics.mean[index]) - sum[index]) < 1e-4)
            let variance = squares[index] - sum[index] * sum[index]
            #expect(abs(Double(statistics.variances[index]) - variance) < 1e-3 * max(1, variance))
        }
    }

    @Test func whatIsMissingOrMisshapenIsRefused() throws {
        let all = try tensors(.rosinality)
        for (index, entry) in all.enumerated() where entry.name != "mapping.0.weight" {
            let isLastOfMapping = entry.name == "mapping.2.weight"
            let isLastLevel = entry.name == "levels.3.conv2.weight"
            var fewer = all
            fewer.remove(at: index)
            // Without these the network would be a smaller one.
            if isLastOfMapping || isLastLevel || entry.name == "mapping.1.weight" { continue }
            #expect(throws: SafetensorsError.self, "without \(entry.name)") { try network(fewer) }
            var other = all
            other[index].tensor = Tensor(zeros: entry.tensor.shape + [2])
            #expect(throws: SafetensorsError.self, "\(entry.name) misshapen") { try network(other) }
        }
        let path = Self.fixtures.appendingPathComponent("checkpoint-zip.pth").path
        let error = #expect(throws: TorchCheckpointError.self) { try StyleGAN2Checkpoint(TorchCheckpoint(path: path)) }
        #expect(error.map { "\($0)".contains("is it the right network?") } == true)
    }
}
