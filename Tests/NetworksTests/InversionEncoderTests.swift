import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct InversionEncoderTests {
    private func picture(_ seed: UInt64) -> Variable {
        var random = SeededGenerator(seed: seed)
        return Variable(Tensor(normal: [2, 128, 128, 3], deviation: 0.5, generator: &random))
    }

    @Test func aFreshEncoderChangesNothing() {
        let encoder = InversionEncoder(seed: 1, count: 6)
        let code = Variable(Tensor(repeating: 0.3, shape: [2, 6]))
        let change = encoder.change(of: code, picture: picture(1), target: picture(2))
        #expect(change.shape == [2, 6])
        #expect(change.value.values.allSatisfy { $0 == 0 })
    }

    @Test func theChangeDependsOnCodePictureAndTarget() {
        var tensors = InversionEncoder(seed: 1, count: 6).tensors
        var random = SeededGenerator(seed: 3)
        tensors["change.weight"] = Tensor(normal: [6, 1024], deviation: 0.03, generator: &random)
        func change(_ code: Float, _ first: UInt64, _ second: UInt64) -> [Float] {
            InversionEncoder.change(
                of: Variable(Tensor(repeating: code, shape: [2, 6])),
                picture: picture(first),
                target: picture(second),
                parameters: tensors.mapValues { Variable($0) }
            ).value.values
        }
        let usual = change(0.3, 1, 2)
        #expect(usual == change(0.3, 1, 2))
        for other in [change(0.4, 1, 2), change(0.3, 4, 2), change(0.3, 1, 4)] { #expect(other != usual) }
    }

    @Test func everyParameterGetsAGradient() {
        let fresh = InversionEncoder(seed: 1, count: 6).tensors
        var random = SeededGenerator(seed: 3)
        var parameters = fresh.mapValues { Variable($0, requiresGradient: true) }
        parameters["change.weight"] = Variable(
            Tensor(normal: [6, 1024], deviation: 0.03, generator: &random),
            requiresGradient: true
        )
        InversionEncoder.change(
            of: Variable(Tensor(repeating: 0.3, shape: [2, 6])),
            picture: picture(1),
            target: picture(2),
            parameters: parameters
        ).squared().sum().backward()
        for (name, parameter) in parameters {
            #expect(parameter.gradient?.values.contains { $0 != 0 } ?? false, "\(name)")
        }
    }

    @Test func theFileMustBeOfTheCodesLength() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/encoder"
        let fresh = InversionEncoder(seed: 1, count: 6)
        try SafetensorsWriter.write(
            InversionEncoder.shapes(count: 6).compactMap { entry in
                fresh.tensors[entry.name].map { (name: entry.name, tensor: $0, half: true) }
            },
            metadata: [:],
            to: path
        )
        let file = try SafetensorsFile(path: path)
        #expect(try InversionEncoder(file: file, count: 6).tensors.count == fresh.tensors.count)
        #expect(throws: SafetensorsError.self) { try InversionEncoder(file: file, count: 7) }
    }
}
