import Foundation
import Networks
import SemanticCoding
import Tensor
import TestSupport
import Testing

@testable import SemanticTraining

struct LikenessTrainerTests {
    /// Pictures of which it is known what they were drawn from: the fit finds the probabilities again.
    @Test func theFitFindsWhatThePicturesWereDrawnFrom() throws {
        var random = SeededGenerator(seed: 3)
        func chance(_ error: Double) -> Double { 1 / (1 + exp(4 + 3 * log(error))) }
        let examples = (0..<6000).map { index -> LikenessTrainer.Example in
            let error = Double.random(in: 0.02...0.9, using: &random)
            return .init(
                mode: index.isMultiple(of: 2) ? .full : .linear,
                error: error,
                lpips: 0.5 + 0.1 * log(error) + 0.01 * Double(random.normal()),
                isSamePerson: Double.random(in: 0..<1, using: &random) < chance(error)
            )
        }
        let directory = try TemporaryDirectory()
        let path = directory.path + "/likeness.safetensors"
        try SafetensorsWriter.write(LikenessTrainer.fit(examples), metadata: [:], to: path)
        let model = try LikenessModel(file: SafetensorsFile(path: path))
        // A mode without pictures of its own gets the fit of all.
        for mode in SemanticMode.allCases {
            for error in [0.05, 0.15, 0.25, 0.4, 0.8] {
                let likeness = model.likeness(error: error, mode: mode)
                #expect(abs(likeness.samePerson - chance(error)) < 0.06, "\(error): \(likeness.samePerson)")
                #expect(abs(likeness.lpips - (0.5 + 0.1 * log(error))) < 0.01)
            }
        }
        #expect(model.likeness(error: 0, mode: .full).samePerson > 0.99)
    }

    /// When all are alike there is no finite fit: what is found is sure, and finite.
    @Test func picturesThatAreAllAlikeGiveSureAnswers() throws {
        let examples = (1...50).map {
            LikenessTrainer.Example(mode: .full, error: Double($0) / 50, lpips: 0.2, isSamePerson: true)
        }
        let values = LikenessTrainer.fit(examples).flatMap(\.tensor.values)
        #expect(values.count == 18 && values.allSatisfy(\.isFinite))
    }

    @Test func filesOfOtherShapesAreRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/likeness.safetensors"
        let tensors = ["lpips", "same_person"].map { ($0, Tensor(zeros: [2, 3]), false) }
        try SafetensorsWriter.write(tensors, metadata: [:], to: path)
        #expect(throws: SafetensorsError.self) { try LikenessModel(file: SafetensorsFile(path: path)) }
    }
}
