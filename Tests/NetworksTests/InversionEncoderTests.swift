import Foundation
import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct InversionEncoderTests {
    private func picture(_ seed: UInt64) throws -> InversionEncoder.View {
        var random = SeededGenerator(seed: seed)
        let pixels = Variable(Tensor(normal: [2, 128, 128, 3], deviation: 0.5, generator: &random))
        return InversionEncoder.View(pixels, lpips: try Support.models.lpips(.vgg16))
    }

    @Test func aFreshEncoderChangesNothing() throws {
        let encoder = InversionEncoder(seed: 1, count: 6)
        let code = Variable(Tensor(repeating: 0.3, shape: [2, 6]))
        let change = encoder.change(of: code, picture: try picture(1), target: try picture(2))
        #expect(change.shape == [2, 6])
        #expect(change.value.values.allSatisfy { $0 == 0 })
    }

    @Test func theChangeDependsOnCodePictureAndTarget() throws {
        var tensors = InversionEncoder(seed: 1, count: 6).tensors
        var random = SeededGenerator(seed: 3)
        tensors["change.weight"] = Tensor(normal: [6, 1024], deviation: 0.03, generator: &random)
        func change(_ code: Float, _ first: UInt64, _ second: UInt64) throws -> [Float] {
            try InversionEncoder.change(
                of: Variable(Tensor(repeating: code, shape: [2, 6])),
                picture: picture(first),
                target: picture(second),
                parameters: tensors.mapValues { Variable($0) }
            ).value.values
        }
        let usual = try change(0.3, 1, 2)
        #expect(try usual == change(0.3, 1, 2))
        for other in [try change(0.4, 1, 2), try change(0.3, 4, 2), try change(0.3, 1, 4)] { #expect(other != usual) }
    }

    @Test func everyParameterGetsAGradient() throws {
        let fresh = InversionEncoder(seed: 1, count: 6).tensors
        var random = SeededGenerator(seed: 3)
        var parameters = fresh.mapValues { Variable($0, requiresGradient: true) }
        parameters["change.weight"] = Variable(
            Tensor(normal: [6, 1024], deviation: 0.03, generator: &random),
            requiresGradient: true
        )
        InversionEncoder.change(
            of: Variable(Tensor(repeating: 0.3, shape: [2, 6])),
            picture: try picture(1),
            target: try picture(2),
            parameters: parameters
        ).squared().sum().backward()
        for (name, parameter) in parameters {
            #expect(parameter.gradient?.values.contains { $0 != 0 } ?? false, "\(name)")
        }
    }

    private struct Golden: Decodable {
        let change: [Float]
    }

    /// A picture everybody can compute, as `pattern` of Scripts/torch_reference.py.
    private func pattern(_ phase: Float) throws -> InversionEncoder.View {
        var values: [Float] = []
        for y in 0..<128 {
            for x in 0..<128 {
                for c in 0..<3 {
                    let wave = sin(0.11 * Float(x) + 0.7 * Float(c) + phase)
                    values.append(wave * cos(0.07 * Float(y) - 0.4 * Float(c) + 0.5 * phase))
                }
            }
        }
        let picture = Variable(Tensor(values, shape: [1, 128, 128, 3]))
        return InversionEncoder.View(picture, lpips: try Support.models.lpips(.vgg16))
    }

    /// The installed encoder says what PyTorch's does (Scripts/train_encoder.py --golden).
    @Test func theInstalledOneAgreesWithPyTorch() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Support.fixture("inversion-encoder.json")))
        let golden = try JSONDecoder().decode(Golden.self, from: data)
        let found = try Support.models.inversionEncoder(count: 512).change(
            of: Variable(Tensor(repeating: 0.3, shape: [1, 512])),
            picture: pattern(0),
            target: pattern(1)
        ).value.values
        #expect(found.count == golden.change.count)
        for (a, b) in zip(found, golden.change) { #expect(abs(a - b) < 2e-3) }
    }

    @Test func theFileMustBeOfTheCodesLength() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/encoder"
        let fresh = InversionEncoder(seed: 1, count: 6)
        try SafetensorsWriter.write(
            InversionEncoder.shapes(count: 6).compactMap { entry in
                fresh.tensors[entry.name].map { (name: entry.name, tensor: $0, fp16: true) }
            },
            metadata: [:],
            to: path
        )
        let file = try SafetensorsFile(path: path)
        #expect(try InversionEncoder(file: file, count: 6).tensors.count == fresh.tensors.count)
        #expect(throws: SafetensorsError.self) { try InversionEncoder(file: file, count: 7) }
    }
}
