import Foundation
import Imaging
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct InversionEncoderTrainerTests {
    /// Draws each quarter of the picture in the grey that one of four numbers says.
    private struct Quarters: StyleGenerator {
        let latentDimension = 4
        let resolution = 128

        func synthesize(_ w: Variable, resolution: Int, precision: ProductPrecision) -> Variable {
            let grey = w.reshaped([w.shape[0], 2, 2, 1]).nearestUpsampled(factor: resolution / 2) * 0.3
            return grey.concatenated(grey, grey, axis: 3)
        }
    }

    private let statistics = LatentStatistics(
        mean: [Float](repeating: 0, count: 4),
        covariance: (0..<16).map { $0 % 5 == 0 ? 1 : 0 }
    )

    private func trainer() throws -> InversionEncoderTrainer {
        InversionEncoderTrainer(
            generator: Quarters(),
            statistics: statistics,
            lpips: try installedModels.lpips(.vgg16),
            identity: try installedModels.identityNet()
        )
    }

    private var settings: InversionEncoderTrainingSettings {
        var settings = InversionEncoderTrainingSettings()
        (settings.steps, settings.batch, settings.checkpointEvery) = (3, 1, 2)
        return settings
    }

    @Test func theEncoderFindsTheCodesOfDrawnFaces() throws {
        let folder = try TemporaryDirectory()
        var settings = settings
        (settings.steps, settings.batch, settings.learningRate) = (40, 1, 3e-3)
        var losses: [Double] = []
        try trainer().train(settings, photos: nil, output: folder.path + "/encoder") { losses.append($0.loss) }
        #expect(losses.count == 40)
        let (first, last) = (losses.prefix(8).reduce(0, +), losses.suffix(8).reduce(0, +))
        #expect(last < 0.5 * first)

        let start = LearnedStart(
            encoder: try InversionEncoder(file: SafetensorsFile(path: folder.path + "/encoder"), count: 4),
            generator: Quarters(),
            statistics: statistics,
            lpips: try installedModels.lpips(.vgg16)
        )
        let wanted: [Float] = [0.8, -0.7, 0.4, -0.9]
        let photo = Quarters().synthesizePicture(of: wanted, resolution: 128)
        let found = start.code(of: photo, count: 4).value.values
        func error(_ code: [Float]) -> Float { zip(code, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
        #expect(error(found) < 0.5 * error([0, 0, 0, 0]), "\(found)")
        let short = start.code(of: photo, count: 2).value.values
        #expect(short[0] != 0 && short[2] == 0 && short[3] == 0)
    }

    @Test func aResumedTrainingGivesTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        for index in 0..<3 {
            let pixels = (0..<128 * 128 * 3).map { UInt8(($0 / 3 % 128 * (index + 1)) % 200) }
            try PictureFile.writePNG(
                Picture(width: 128, height: 128, pixels: pixels),
                to: "\(folder.path)/\(index).png"
            )
        }
        let table = "file,split,source,identity,Smiling\n" + (0..<3).map { "\($0).png,train,crop,\($0),1\n" }.joined()
        try table.write(toFile: folder.path + "/labels.csv", atomically: true, encoding: .utf8)
        let photos = try FaceDataset(folder: folder.path, labels: folder.path + "/labels.csv", split: "train")
        var settings = settings
        (settings.batch, settings.checkpoint) = (2, folder.path + "/checkpoint")
        let trainer = try trainer()
        try trainer.train(settings, photos: photos, output: folder.path + "/whole") { _ in }

        try expectSameWhenResumed(folder.path + "/whole", interruptedAt: 3) {
            (checkpoint, seed, output, progress) in
            var settings = settings
            (settings.checkpoint, settings.seed) = (checkpoint, seed)
            try trainer.train(settings, photos: photos, output: output, progress: progress)
        }
        #expect(throws: TrainingCheckpointError.self) {
            try trainer.train(settings, photos: nil, output: folder.path + "/never") { _ in }
        }
    }
}
