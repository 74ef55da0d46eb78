import ArgumentParser
import Basics
import Crypto
import Foundation
import Networks
import SemanticCoding
import SemanticTraining

/// Photos to tune channel adapters with, and the networks that it takes.
struct AdapterTuning {
    private let space: LatentSpace
    private let student: StudentGenerator
    private let lpips: LPIPS
    private let codes: [[Float]]
    private let data: String

    /// Reads the photos: codes of plain W that look about like them, the means of the rows that the encoder finds.
    ///
    /// - Parameters:
    ///   - images: a folder of PNG, JPEG, WebP, HEIC or AVIF.
    ///   - aligned: whether they are in the FFHQ frame already.
    ///   - limit: most photos, the first ones by name.
    ///   - labels: a table whose photos of the split test are refused.
    init(models: ModelStore, images: String, aligned: Bool, limit: Int, labels: String?) throws {
        let paths = try Self.photos(in: images, limit: limit, labels: labels)
        let network = try models.generator()
        (student, lpips) = (try models.student(), try models.lpips(.vgg16))
        space = try models.latentSpace(.w, network: network)
        let expanded = try models.latentSpace(.expanded, network: network)
        let expansion = try models.expansion(of: models.latentStatistics())
        let start = LearnedStart(
            encoder: try models.inversionEncoder(count: expanded.dimension),
            generator: expanded.generator(by: student),
            statistics: expanded.statistics,
            lpips: lpips
        )
        let aligner = FaceAligner(detector: try models.faceDetector())
        var hash = SHA256()
        var bar = ProgressBar("reading photos")
        codes = try paths.enumerated().map { index, path -> [Float] in
            bar.update(Double(index) / Double(paths.count), path)
            let bytes = try readBytes(path)
            hash.update(data: bytes)
            let square = try aligner.align(photo: bytes, alreadyAligned: aligned).square
            return expansion.plainCode(of: start.code(of: square, count: expanded.dimension))
        }
        bar.finish()
        data = "\(codes.count) photos, SHA-256 \(hash.finalize().hexadecimal)"
    }

    private static func photos(in folder: String, limit: Int, labels: String?) throws -> [String] {
        let endings: Set = ["png", "jpg", "jpeg", "webp", "heic", "avif"]
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter {
            endings.contains(URL(fileURLWithPath: $0).pathExtension.lowercased())
        }
        guard !names.isEmpty else { throw ValidationError("no photos in \(folder)") }
        let chosen = names.prefix(limit)
        if let labels {
            let tests = try FaceDataset.files(of: "test", in: labels)
            if let test = chosen.first(where: tests.contains) {
                throw ValidationError("\(test) is a photo to test with (\(labels)): tune with others")
            }
        }
        return chosen.map { "\(folder)/\($0)" }
    }

    /// Tunes a pair with all photos but the last quarter of them, scores it with those, and writes it.
    ///
    /// - Returns: the score; nil of fewer than four photos.
    @discardableResult func tune(_ settings: AdapterTrainingSettings, output: String) throws -> AdapterScore? {
        var bar = ProgressBar("tuning")
        let kept = codes.suffix(codes.count / 4)
        let score = try AdapterTrainer(space: space, generator: space.generator(by: student), lpips: lpips).train(
            settings,
            codes: codes.dropLast(kept.count),
            kept: Array(kept),
            data: data,
            output: output
        ) { bar.update(Double($0.step) / Double($0.steps), $0.note) }
        bar.finish()
        return score
    }
}
