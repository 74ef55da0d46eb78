import Foundation
import Networks
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

    private func weights(_ path: String) throws -> [[Float]] {
        try TextSemanticEncoder.tensors(of: SafetensorsFile(path: path)).map(\.values)
    }

    @Test func theLossFalls() throws {
        let folder = try TemporaryDirectory()
        var losses: [Double] = []
        try TextEncoderTrainer().train(settings(steps: 160), output: folder.path + "/text.safetensors") { progress in
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
        try TextEncoderTrainer().train(settings, output: whole) { _ in }

        settings.checkpoint = folder.path + "/checkpoint.safetensors"
        #expect(throws: Interrupted.self) {
            try TextEncoderTrainer().train(settings, output: resumed) { if $0.step == 5 { throw Interrupted() } }
        }
        var steps: [Int] = []
        try TextEncoderTrainer().train(settings, output: resumed) { steps.append($0.step) }
        #expect(steps == [5, 6, 7])
        #expect(try weights(whole) == weights(resumed))

        settings.seed = 12
        let refused = #expect(throws: TrainingCheckpointError.self) {
            try TextEncoderTrainer().train(settings, output: resumed) { _ in }
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
            try TextEncoderTrainer().train(settings, output: resumed) { _ in }
        }
        settings.checkpoint = nil
        try TextEncoderTrainer().train(settings, output: resumed) { _ in }
        #expect(try weights(whole) != weights(resumed))
    }

    @Test func aFileOfAnotherNetworkIsRefused() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/other.safetensors"
        try SafetensorsWriter.write([(name: "w", tensor: .init([1], shape: [1]), fp16: false)], metadata: [:], to: path)
        #expect(throws: SafetensorsError.self) { try TextSemanticEncoder(file: SafetensorsFile(path: path)) }
    }
}
