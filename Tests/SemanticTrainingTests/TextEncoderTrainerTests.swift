import Foundation
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite struct TextEncoderTrainerTests {
    private struct Interrupted: Error {}

    private func settings(steps: Int) -> TextEncoderTrainingSettings {
        var settings = TextEncoderTrainingSettings()
        settings.seed = 11
        settings.steps = steps
        settings.batch = 16
        settings.learningRate = 6e-3
        settings.checkpointEvery = 2
        return settings
    }

    /// A few word vectors.
    private func trainer(_ folder: TemporaryDirectory) throws -> TextEncoderTrainer {
        let path = folder.path + "/vectors.safetensors"
        let words = ["smile", "happy", "older", "boat", "lamp", "garden"]
        var random = SeededGenerator(seed: 1)
        let vectors = Tensor(normal: [words.count, TextNetwork.vectorWidth], deviation: 1, generator: &random)
        try SafetensorsWriter.write(
            [(name: "vectors", tensor: vectors, fp16: true)],
            metadata: ["words": words.joined(separator: " ")],
            to: path
        )
        return try TextEncoderTrainer(vectors: SafetensorsFile(path: path))
    }

    private func weights(_ path: String) throws -> [[Float]] {
        let file = try SafetensorsFile(path: path)
        #expect(
            file.metadata["words"]?.hasPrefix("smile happy") == true
                && file.metadata["known"]?.contains("smile") == true
        )
        return try TextSemanticEncoder.tensors(of: file, vectors: 6).map(\.values)
    }

    @Test func theLossFalls() throws {
        let folder = try TemporaryDirectory()
        var losses: [Double] = []
        try trainer(folder).train(settings(steps: 160), output: folder.path + "/text.safetensors") { progress in
            losses.append(progress.loss)
            #expect(progress.steps == 160 && progress.secondsLeft >= 0)
        }
        #expect(losses.count == 160)
        let (early, late) = (losses.prefix(10).reduce(0, +) / 10, losses.suffix(10).reduce(0, +) / 10)
        #expect(late < 0.6 * early, "from \(early) to \(late)")
    }

    @Test func aResumedTrainingGivesWhatAnUninterruptedOneGives() throws {
        let folder = try TemporaryDirectory()
        let (whole, resumed) = (folder.path + "/whole.safetensors", folder.path + "/resumed.safetensors")
        var settings = settings(steps: 7)
        try trainer(folder).train(settings, output: whole) { _ in }

        settings.checkpoint = folder.path + "/checkpoint.safetensors"
        #expect(throws: Interrupted.self) {
            try trainer(folder).train(settings, output: resumed) { if $0.step == 5 { throw Interrupted() } }
        }
        var steps: [Int] = []
        try trainer(folder).train(settings, output: resumed) { steps.append($0.step) }
        #expect(steps == [5, 6, 7])
        #expect(try weights(whole) == weights(resumed))

        settings.seed = 12
        let refused = #expect(throws: TrainingCheckpointError.self) {
            try trainer(folder).train(settings, output: resumed) { _ in }
        }
        #expect(refused.map { "\($0)".contains("its seed is 11, not 12") } == true)
        // A checkpoint that does not say how it was made is none to go on from, either.
        let tensors = try SafetensorsFile.tensors(ifPresent: settings.checkpoint)
        try SafetensorsWriter.write(
            tensors.map { (name: $0.key, tensor: $0.value, fp16: false) },
            metadata: [:],
            to: folder.path + "/checkpoint.safetensors"
        )
        #expect(throws: TrainingCheckpointError.self) {
            try trainer(folder).train(settings, output: resumed) { _ in }
        }
        settings.checkpoint = nil
        try trainer(folder).train(settings, output: resumed) { _ in }
        #expect(try weights(whole) != weights(resumed))
    }

    @Test func theVectorsStayAsTheyAre() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/text.safetensors"
        try trainer(folder).train(settings(steps: 3), output: path) { _ in }
        let before = try SafetensorsFile(path: folder.path + "/vectors.safetensors").tensor("vectors")
        #expect(try SafetensorsFile(path: path).tensor("vectors").values == before.values)
        // What it wrote gives vectors to the next training, and reads sentences.
        _ = try TextEncoderTrainer(vectors: SafetensorsFile(path: path))
        _ = try? TextSemanticEncoder(file: SafetensorsFile(path: path)).read("smile more")
    }

    @Test func aFileOfAnotherNetworkIsRefused() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/other.safetensors"
        try SafetensorsWriter.write([(name: "w", tensor: .init([1], shape: [1]), fp16: false)], metadata: [:], to: path)
        #expect(throws: SafetensorsError.self) { try TextSemanticEncoder(file: SafetensorsFile(path: path)) }
        #expect(throws: SafetensorsError.self) { try TextEncoderTrainer(vectors: SafetensorsFile(path: path)) }
    }
}
