import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct EditingDirectionTrainerTests {
    private let space: LatentSpace
    private let student: any StyleGenerator
    private let predictor: AttributePredictor

    init() throws {
        space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        student = space.generator(by: try installedModels.student())
        predictor = try installedModels.attributePredictor()
    }

    private struct Interrupted: Error {}

    private func train(
        _ settings: EditingDirectionSettings,
        photos: FaceCodes? = nil,
        into folder: String,
        stopAt stop: Int = .max
    ) throws {
        try EditingDirectionTrainer(space: space, generator: student, predictor: predictor)
            .train(settings, photos: photos, output: folder + "/\(settings.attribute).safetensors") {
                if $0.step == stop { throw Interrupted() }
            }
    }

    @Test func resumedWorkFindsTheSameDirections() throws {
        let folder = try TemporaryDirectory()
        var settings = EditingDirectionSettings()
        (settings.attribute, settings.faces, settings.candidates, settings.checkpointEvery) = ("beard", 4, 2, 2)
        try train(settings, into: folder.path)
        let whole = try SafetensorsFile(path: folder.path + "/beard.safetensors").tensor("direction").values
        settings.checkpoint = folder.path + "/checkpoint.safetensors"
        #expect(throws: Interrupted.self) { try train(settings, into: folder.path, stopAt: 3) }
        try train(settings, into: folder.path)
        #expect(try SafetensorsFile(path: folder.path + "/beard.safetensors").tensor("direction").values == whole)
        settings.seed += 1
        #expect(throws: TrainingCheckpointError.self) { try train(settings, into: folder.path) }
    }

    /// The photos' codes are what is looked at, as many as there are, and no others.
    @Test func directionsAreFoundAtPhotosCodes() throws {
        let folder = try TemporaryDirectory()
        var settings = EditingDirectionSettings()
        (settings.attribute, settings.faces) = ("smiling", 3)
        var random = SeededGenerator(seed: 5)
        let codes = (0..<3).map { _ in space.sample(truncation: 0.8, using: &random).value.values }
        func direction(_ codes: [[Float]], faces: Int = 3) throws -> [Float] {
            var photos = FaceCodes(kind: .expanded)
            for code in codes { photos.append(code) }
            settings.faces = faces
            try train(settings, photos: photos, into: folder.path)
            return try SafetensorsFile(path: folder.path + "/smiling.safetensors").tensor("direction").values
        }
        let found = try direction(codes)
        #expect(try direction(codes, faces: 9) == found)
        settings.seed = 2
        #expect(try direction(codes) == found)
        #expect(try direction(Array(codes.dropLast())) != found)
        let w = FaceCodes(kind: .w)
        #expect(throws: FaceCodesError.self) { try train(settings, photos: w, into: folder.path) }
        #expect(throws: FaceCodesError.self) { try direction([]) }
    }

    /// Along a direction its attribute grows on other faces too, and by more than any other attribute. (Of beards and glasses a
    /// few drawn faces say too little.)
    @Test func attributesGrowAlongTheirDirections() throws {
        let folder = try TemporaryDirectory()
        var settings = EditingDirectionSettings()
        (settings.faces, settings.candidates) = (10, 4)
        var random = SeededGenerator(seed: 77)
        let codes = (0..<6).map { _ in space.sample(truncation: 0.8, using: &random) }
        for (head, attribute) in AttributePredictor.attributes.enumerated() {
            guard attribute != "beard", attribute != "eyeglasses" else { continue }
            settings.attribute = attribute
            try train(settings, into: folder.path)
            let file = try SafetensorsFile(path: folder.path + "/\(attribute).safetensors")
            let field = try EditingField(file: file, attribute: attribute, statistics: space.statistics)
            var changes = [Double](repeating: 0, count: 5)
            for code in codes {
                let (more, less) = (means(code + field(code)), means(code - field(code)))
                for place in changes.indices { changes[place] += more[place] - less[place] }
            }
            #expect(changes[head] > 2, "\(attribute): \(changes)")
            #expect(changes.indices.allSatisfy { $0 == head || abs(changes[$0]) < changes[head] }, "\(changes)")
        }
    }

    private func means(_ code: Variable) -> [Double] {
        AttributePredictor.meanDegrees(predictor.logits(student.synthesize(code, resolution: 128)).value.values)
    }

    @Test func meanDegreesOnTheTapeAreTheSame() {
        var random = SeededGenerator(seed: 3)
        let logits = Tensor(normal: [1, 30], deviation: 2, generator: &random)
        let onTape = AttributePredictor.meanDegrees(Variable(logits)).value
        #expect(onTape.shape == [5, 1])
        for (a, b) in zip(onTape.values, AttributePredictor.meanDegrees(logits.values)) {
            #expect(abs(Double(a) - b) < 1e-5)
        }
    }

    @Test func fieldsAreADirectionOrLayersOrBoth() throws {
        let folder = try TemporaryDirectory()
        func field(_ tensors: [(name: String, tensor: Tensor, fp16: Bool)]) throws -> EditingField {
            let path = folder.path + "/field.safetensors"
            try SafetensorsWriter.write(tensors, metadata: [:], to: path)
            let file = try SafetensorsFile(path: path)
            return try EditingField(
                file: file,
                attribute: "age",
                statistics: LatentStatistics(mean: [1, 2], covariance: [1, 0, 0, 1])
            )
        }
        let direction = (name: "direction", tensor: Tensor([3, -4], shape: [2]), fp16: false)
        // Eight layers that do nothing but add their last bias.
        let layers = (0..<8).flatMap { layer in
            [
                (name: "layers.\(layer).weight", tensor: Tensor(zeros: [2, 2]), fp16: false),
                (name: "layers.\(layer).bias", tensor: Tensor([0.5, 1], shape: [2]), fp16: false),
            ]
        }
        let w = Variable(Tensor([9, 9, 8, 8], shape: [2, 2]))
        #expect(try field([direction])(w).value.values == [3, -4, 3, -4])
        #expect(try field(layers)(w).value.values == [0.5, 1, 0.5, 1])
        #expect(try field(layers + [direction])(w).value.values == [3.5, -3, 3.5, -3])
        #expect(throws: EditingFieldError.self) {
            try field([(name: "direction", tensor: Tensor([3], shape: [1]), fp16: false)])
        }
        #expect(throws: SafetensorsError.self) { try field(Array(layers.prefix(4))) }
    }
}
