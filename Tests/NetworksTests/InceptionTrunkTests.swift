import Foundation
import Imaging
import Tensor
import TestSupport
import Testing

@testable import Networks

/// Against pytorch-fid's own network with the same drawn weights (Scripts/golden_inception.py).
@Suite struct InceptionTrunkTests {
    private struct Golden: Decodable {
        let every: Int
        let features: [Double]
        /// Shapes [Cout,Cin,kh,kw] by name.
        let layers: [String: [Int]]

        static func read() throws -> Golden {
            let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/inception.json")
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: fixture))
        }
    }

    @Test func agreesWithPytorchFID() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/inception.safetensors"
        var tensors: [(name: String, tensor: Tensor, fp16: Bool)] = []
        for (seed, layer) in InceptionTrunk.layers.sorted(by: { $0.name < $1.name }).enumerated() {
            var random = SeededGenerator(seed: UInt64(seed))
            let shape = [layer.outputs, layer.height, layer.width, layer.inputs]
            let fan = layer.height * layer.width * layer.inputs
            let scale = Float((24 / Double(fan)).squareRoot())
            let weight = (0..<layer.outputs * fan).map { _ in (random.uniform() - 0.5) * scale }
            let bias = (0..<layer.outputs).map { _ in (random.uniform() - 0.5) * 0.2 }
            tensors.append(("\(layer.name).weight", Tensor(weight, shape: shape), false))
            tensors.append(("\(layer.name).bias", Tensor(bias, shape: [layer.outputs]), false))
        }
        try SafetensorsWriter.write(tensors, metadata: [:], to: path)
        let trunk = try InceptionTrunk(weights: SafetensorsFile(path: path))

        let (width, height) = (128, 100)
        let pixels = (0..<height * width * 3).map { place in
            let (x, y, c) = (place / 3 % width, place / 3 / width, place % 3)
            return UInt8((x * 3 + y * 2 + c * 60 + x * y / 16) % 256)
        }
        let picture = Picture(width: width, height: height, pixels: pixels)
        let features = trunk.features(of: picture.networkInput.value)
        #expect(features.count == InceptionTrunk.width)

        let golden = try Golden.read()
        let found = stride(from: 0, to: features.count, by: golden.every).map { Double(features[$0]) }
        try #require(found.count == golden.features.count)
        let largest = golden.features.max() ?? 0
        let apart = zip(found, golden.features).map { abs($0 - $1) }.max() ?? .infinity
        #expect(apart < 1e-4 * largest, "\(apart) of \(largest)")
    }

    @Test func itsLayersAreThoseOfTheCheckpoint() throws {
        let expected = try Golden.read().layers
        let layers = InceptionTrunk.layers
        #expect(layers.count == expected.count)
        for layer in layers {
            #expect(expected[layer.name] == [layer.outputs, layer.inputs, layer.height, layer.width], "\(layer.name)")
        }
    }
}
