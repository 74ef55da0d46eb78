import Foundation
import Imaging
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct AttributePredictorTrainerTests {
    private static let attributes = [
        "5_o_Clock_Shadow", "Bags_Under_Eyes", "Bangs", "Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair",
        "Mouth_Slightly_Open", "Mustache", "No_Beard", "Sideburns", "Smiling", "Young",
    ]

    /// Flat grey pictures; those of smilers have a bright band where the mouth is. Every other label is 0 or 1 by turns.
    private func makeData(in folder: String, count: Int) throws -> FaceDataset {
        var table = "file,split,source,identity," + Self.attributes.joined(separator: ",") + "\n"
        for index in 0..<count {
            let smiles = index % 2 == 0
            var picture = Picture(width: 128, height: 128, pixels: [UInt8](repeating: 90, count: 128 * 128 * 3))
            if smiles {
                for offset in (80 * 128 * 3)..<(100 * 128 * 3) { picture.pixels[offset] = 220 }
            }
            try PictureFile.writePNG(picture, to: "\(folder)/\(index).png")
            let labels = Self.attributes.map { $0 == "Smiling" ? (smiles ? "1" : "0") : String(index / 2 % 2) }
            table += "\(index).png,train,crop,\(index)," + labels.joined(separator: ",") + "\n"
        }
        try table.write(toFile: folder + "/labels.csv", atomically: true, encoding: .utf8)
        return try FaceDataset(folder: folder, labels: folder + "/labels.csv", split: "train")
    }

    @Test func lossFallsAndResumedTrainingGivesTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        let data = try makeData(in: folder.path, count: 16)
        var settings = AttributePredictorTrainingSettings()
        settings.batch = 8
        settings.epochs = 4
        settings.headEpochs = 3
        settings.learningRate = 5e-4
        settings.checkpointEvery = 3
        var losses: [Double] = []
        let trainer = AttributePredictorTrainer()
        try trainer.train(settings, data: data, output: folder.path + "/whole.safetensors") {
            if $0.note.hasPrefix("epoch") { losses.append($0.loss) }
        }
        #expect(losses.count == 8)
        #expect(losses[6] + losses[7] < losses[0] + losses[1])

        let whole = try SafetensorsFile(path: folder.path + "/whole.safetensors")
        try expectSameWhenResumed(whole.path, interruptedAt: 5) {
            (checkpoint, seed, output, progress) in
            var settings = settings
            (settings.checkpoint, settings.seed) = (checkpoint, seed)
            try trainer.train(settings, data: data, output: output, progress: progress)
        }
        // What was written is what the frozen network reads.
        let predictor = try AttributePredictor(weights: whole)
        let logits = predictor.logits(Variable(data.images([0]))).value
        #expect(logits.shape == [1, 30])
        #expect(!logits.values.contains { !$0.isFinite })
    }

    @Test func tableWithoutPicturesIsRefused() throws {
        let folder = try TemporaryDirectory()
        try "file,split,source,identity,Young\n1.jpg,train,crop,1,1\n".write(
            toFile: folder.path + "/labels.csv",
            atomically: true,
            encoding: .utf8
        )
        #expect(throws: FaceDatasetError.self) {
            try FaceDataset(folder: folder.path, labels: folder.path + "/labels.csv", split: "train")
        }
    }
}
