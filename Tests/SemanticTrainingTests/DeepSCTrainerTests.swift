import Foundation
import Imaging
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct DeepSCTrainerTests {
    /// Pictures of one colour above and another below.
    private func makePhotos(in folder: String) throws -> FaceDataset {
        var table = "file,split,source,identity,Smiling\n"
        for index in 0..<3 {
            var picture = Picture(width: 128, height: 128, red: UInt8(60 * index), green: 40, blue: 200)
            for offset in (64 * 128 * 3)..<(128 * 128 * 3) { picture.pixels[offset] = UInt8(offset % 3 * 100) }
            try PictureFile.writePNG(picture, to: "\(folder)/\(index).png")
            table += "\(index).png,train,crop,\(index),1\n"
        }
        try table.write(toFile: folder + "/labels.csv", atomically: true, encoding: .utf8)
        return try FaceDataset(folder: folder, labels: folder + "/labels.csv", split: "train")
    }

    @Test func itLearnsAndAResumedTrainingGivesTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        let photos = try makePhotos(in: folder.path)
        var settings = DeepSCTrainingSettings()
        (settings.steps, settings.batch, settings.checkpointEvery) = (12, 1, 5)
        settings.learningRate = 3e-3
        let (encoder, decoder) = (folder.path + "/encoder", folder.path + "/decoder")
        var losses: [Double] = []
        try DeepSCTrainer().train(settings, photos: photos, outputs: (encoder, decoder)) { losses.append($0.loss) }
        #expect(losses.count == 12)
        #expect(losses[9...].reduce(0, +) < 0.7 * losses[..<3].reduce(0, +), "\(losses)")

        let resumed = folder.path + "/resumed-decoder"
        try expectSameWhenResumed(encoder, interruptedAt: 7) { (checkpoint, seed, output, progress) in
            var settings = settings
            (settings.checkpoint, settings.seed) = (checkpoint, seed)
            try DeepSCTrainer().train(settings, photos: photos, outputs: (output, resumed), progress: progress)
        }
        try expectSameTensors(decoder, resumed)

        // What was written is what the codec reads.
        let coder = try DeepSCPictureCoder(
            autoencoder: DeepSCAutoencoder(
                encoder: SafetensorsFile(path: encoder),
                decoder: SafetensorsFile(path: decoder)
            ),
            digest: []
        )
        let photo = Picture(width: 128, height: 128, pixels: photos.pictures[0])
        let reals = try coder.reals(of: photo)
        #expect(reals.count == 4096 && coder.dimension == 4096)
        #expect(abs(reals.reduce(0) { $0 + $1 * $1 } / 4096 - 1) < 1e-3)
        let silence = [Float](repeating: 0, count: 4096)
        let drawn = try #require(try coder.picture(values: reals, noiseVariance: silence))
        let erased = silence.map { _ in Float.infinity }
        let lost = try #require(try coder.picture(values: reals, noiseVariance: erased))
        #expect(drawn.psnr(against: photo) > lost.psnr(against: photo))
        let noise = try coder.picture(values: reals.map { _ in .nan }, noiseVariance: silence)
        #expect(noise == lost)
        #expect(throws: PictureCoderError.otherCount(512, expected: 4096)) {
            try coder.picture(values: Array(reals[..<512]), noiseVariance: Array(silence[..<512]))
        }
    }
}
