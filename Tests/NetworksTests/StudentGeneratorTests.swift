import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct StudentGeneratorTests {
    private let start: StudentParameters
    private let w: Variable

    init() throws {
        start = try StudentParameters(teacher: Support.models.generatorWeights(), seed: 3)
        let golden = try SafetensorsFile(path: Support.fixture("generator.safetensors"))
        w = Variable(try golden.tensor("w"))
    }

    private func student(in folder: TemporaryDirectory) throws -> StudentGenerator {
        let tensors = StudentParameters.shapes.compactMap { entry in
            start.tensors[entry.name].map { (name: entry.name, tensor: $0, half: false) }
        }
        try SafetensorsWriter.write(tensors, metadata: [:], to: folder.file("student"))
        return try StudentGenerator(weights: SafetensorsFile(path: folder.file("student")))
    }

    @Test func theTrainersPathAndTheFrozenOneDrawTheSame() throws {
        let student = try student(in: TemporaryDirectory())
        let drawn = student.synthesize(w, resolution: 128).value
        let parameters = start.tensors.mapValues { Variable($0) }
        let trained = StudentParameters.synthesize(.same(w), parameters: parameters).value
        #expect(drawn.shape == [2, 128, 128, 3])
        #expect(zip(drawn.values, trained.values).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(Set(drawn.values).count > 1000)
    }

    @Test func equalRowsGiveThePictureOfW() throws {
        let student = try student(in: TemporaryDirectory())
        let one = w.slice(axis: 0, range: 0..<1)
        let rows = Variable.concatenated(
            [Variable](repeating: one.reshaped([1, 1, 512]), count: MobileStyleGAN.rows),
            axis: 1
        )
        let a = student.synthesize(rows: rows, resolution: 128)
        #expect(a.value.values == student.synthesize(one, resolution: 128).value.values)
    }

    @Test func everyParameterLearns() throws {
        let parameters = start.tensors.mapValues { Variable($0, requiresGradient: true) }
        let one = w.slice(axis: 0, range: 0..<1)
        StudentParameters.synthesize(.same(one), parameters: parameters).squared().mean().backward()
        for (name, parameter) in parameters {
            #expect(parameter.gradient?.values.contains { $0 != 0 } == true, "\(name)")
        }
    }

    @Test func theGradientReachesTheCode() throws {
        let student = try student(in: TemporaryDirectory())
        let code = Variable(w.slice(axis: 0, range: 0..<1).value, requiresGradient: true)
        student.synthesize(code, resolution: 128).squared().mean().backward()
        #expect(code.gradient?.values.contains { $0 != 0 } == true)
    }

    @Test func aStudentOfAnotherShapeIsRefused() throws {
        let folder = try TemporaryDirectory()
        var tensors = StudentParameters.shapes.compactMap { entry in
            start.tensors[entry.name].map { (name: entry.name, tensor: $0, half: false) }
        }
        tensors[1].tensor = Tensor(zeros: [511])
        try SafetensorsWriter.write(tensors, metadata: [:], to: folder.file("wrong"))
        let file = try SafetensorsFile(path: folder.file("wrong"))
        #expect(throws: SafetensorsError.self) { try StudentGenerator(weights: file) }
    }
}
