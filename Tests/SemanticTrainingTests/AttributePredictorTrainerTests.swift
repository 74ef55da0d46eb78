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

    /// With a trunk given only the heads are fitted: to ordered degrees, which say who smiles, and less to features that a channel
    /// changes.
    @Test func aTrunkIsKeptAndItsHeadsAreOrdered() throws {
        let folder = try TemporaryDirectory()
        let data = try makeData(in: folder.path, count: 40)
        var settings = AttributePredictorTrainingSettings()
        (settings.headEpochs, settings.drawn) = (60, 4)
        let shipped = try SafetensorsFile(path: installedModels.url(trained: "attribute-predictor").path)
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        let drawn = DrawnFaces(
            codes: try PhotoLikeCodes(space: space, fields: []),
            student: space.generator(by: try installedModels.student())
        )
        let path = folder.path + "/heads.safetensors"
        try AttributePredictorTrainer().train(settings, data: data, trunk: shipped, drawn: drawn, output: path) { _ in }
        let file = try SafetensorsFile(path: path)
        #expect(file.names == shipped.names)
        for name in file.names where !name.hasPrefix("head") {
            #expect(try file.tensor(name).values == shipped.tensor(name).values)
        }
        let predictor = try AttributePredictor(weights: file)
        let positions = (0..<8).map { predictor.positions(Variable(data.images([$0]))).value.values[3] }
        let smiling = stride(from: 0, to: 8, by: 2).map { positions[$0] }
        let others = stride(from: 1, to: 8, by: 2).map { positions[$0] }
        #expect((smiling.min() ?? 0) > (others.max() ?? 5) + 1)
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
