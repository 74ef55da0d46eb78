import Foundation
import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct StudentGeneratorTests {
    private let start: StudentParameters
    private let w: Variable

    init() throws {
        start = try StudentParameters(teacher: Support.models.generatorWeights())
        let golden = try SafetensorsFile(path: Support.fixture("generator.safetensors"))
        w = Variable(try golden.tensor("w"))
    }

    private func student(in folder: TemporaryDirectory) throws -> StudentGenerator {
        let tensors = StudentParameters.shapes.compactMap { entry in
            start.tensors[entry.name].map { (name: entry.name, tensor: $0, fp16: false) }
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

    /// Where pixels are the same over blocks of 2×2, the teacher's taps and then the mean of each block give what the
    /// student's taps give of the blocks.
    @Test func tapsActOnBlocksAsTheTeachersDoOnPixels() {
        var random = SeededGenerator(seed: 4)
        let taps = Tensor(normal: [3, 3, 2], deviation: 1, generator: &random)
        let blocks = Variable(Tensor(normal: [1, 4, 6, 2], deviation: 1, generator: &random))
        let few = blocks.depthwiseConvolved(weight: Variable(StudentParameters.widened(taps: taps, 2)), padding: 1)
        // The low-pass band alone doubles the size, each value becoming four halves.
        let bands = blocks.concatenated(Variable(Tensor(zeros: [1, 4, 6, 6])), axis: 3)
        let pixels = bands.inverseHaar().depthwiseConvolved(weight: Variable(taps), padding: 1).value
        #expect(pixels.shape == [1, 8, 12, 2])
        for (place, wanted) in few.value.values.enumerated() {
            let (row, column, channel) = (place / 12, place / 2 % 6, place % 2)
            let sum = [(0, 0), (0, 1), (1, 0), (1, 1)].map { offset in
                pixels.values[((2 * row + offset.0) * 12 + 2 * column + offset.1) * 2 + channel]
            }.reduce(0, +)
            #expect(abs(sum / 4 * 2 - wanted) < 1e-5)
        }
    }

    private struct Golden: Decodable {
        let picture: [Float]
    }

    /// The installed student draws what PyTorch's does (Scripts/train_student.py --golden).
    @Test func theInstalledOneAgreesWithPyTorch() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Support.fixture("student.json")))
        let golden = try JSONDecoder().decode(Golden.self, from: data)
        let rows = (0..<MobileStyleGAN.rows).flatMap { row in
            (0..<512).map { Float(0.5 * sin(1.7 * Double($0) + 0.3 * Double(row))) }
        }
        let code = Variable(Tensor(rows, shape: [1, MobileStyleGAN.rows, 512]))
        let drawn = try Support.models.student().synthesize(rows: code, resolution: 128).value.values
        #expect(golden.picture.count == (drawn.count + 96) / 97)
        for (place, wanted) in golden.picture.enumerated() { #expect(abs(drawn[place * 97] - wanted) < 1e-3) }
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
            start.tensors[entry.name].map { (name: entry.name, tensor: $0, fp16: false) }
        }
        tensors[1].tensor = Tensor(zeros: [511])
        try SafetensorsWriter.write(tensors, metadata: [:], to: folder.file("wrong"))
        let file = try SafetensorsFile(path: folder.file("wrong"))
        #expect(throws: SafetensorsError.self) { try StudentGenerator(weights: file) }
    }
}
