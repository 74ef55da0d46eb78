import ArgumentParser
import Basics
import Evaluation
import Foundation
import Imaging
import Networks
import SemanticCoding

struct EvaluateSeparate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "separate",
        abstract: "Sends photos as the classical chain does: a picture format, 5G NR's LDPC code, QAM.",
        discussion: """
            Prints one JSON line a format and SNR: medians of LPIPS (VGG16, AlexNet), PSNR and SFace cosine against the \
            photo, and the share of photos of which a picture arrived; the others are scored as grey. Quality and size of \
            the picture are the sharpest that fit; modulation (4, 16, 64-QAM) and rate (1/3 to 5/6) carry most of those \
            that hardly ever lose a block at that SNR. What both ends could agree on beforehand (containers, tables) is \
            not counted. "bound" is the best of the formats at the channel's capacity, without any error: no separate \
            code does better. Symbols go through the daemons' modem; Scripts/chart_snr.py draws records.
            Example: modelctl evaluate separate --photos test/*.jpg --aligned --uses 912 --snr -6 0 6 12
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Photos: PNG, JPEG, WebP, HEIC or AVIF.") var photos: [String]
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(parsing: .upToNextOption, help: "Formats: jpeg, webp, avif, hevc.")
    var formats: [ImageCoder] = ImageCoder.allCases
    @Option(help: "Complex symbols a picture; 912 is what tx-daemon's 512 reals take with pilots and side information.")
    var uses = 912
    @Option(help: "Edge of the pictures: 128, 256 or 512.") var resolution = 128
    @Option(parsing: .upToNextOption, help: "SNRs of the channel in dB.") var snr: [Double] = [-6, 0, 6, 12]
    @Option(help: "Seed of the noise.") var seed: UInt64 = 1
    @Option(help: "File of each face's scores, which is gone on with.") var record: String?

    func validate() throws {
        guard (16...65_000).contains(uses) else { throw ValidationError("--uses must be 16 to 65000, not \(uses)") }
        guard [128, 256, 512].contains(resolution) else {
            throw ValidationError("--resolution must be 128, 256 or 512, not \(resolution)")
        }
        guard snr.allSatisfy({ (-30...60).contains($0) }) else { throw ValidationError("--snr must be -30 to 60 dB") }
    }

    func run() throws {
        try checkOutput(record)
        let models = options.store
        let aligner = FaceAligner(detector: try models.faceDetector())
        let conditions = SeparateConditions(
            coders: formats,
            channelUses: uses,
            resolution: resolution,
            snrs: snr,
            seed: seed
        )
        var record = try self.record.map {
            try EvaluationRecord<_, [SeparateScore]>(path: $0, conditions: conditions)
        }
        var bar = ProgressBar("sending")
        bar.update(0, "choosing modulation and rate")
        let evaluation = try SeparateEvaluation(models: models, conditions: conditions)
        var scores: [SeparateScore] = []
        for (index, path) in photos.enumerated() {
            let name = URL(fileURLWithPath: path).lastPathComponent
            if let known = record?[name] {
                scores += known
                continue
            }
            bar.update(Double(index) / Double(photos.count), "\(index) of \(photos.count)")
            let photo = try aligner.align(photo: readBytes(path), alreadyAligned: aligned).square
            let found = try evaluation.scores(photo: photo, name: name)
            try record?.add(found, of: name)
            scores += found
        }
        bar.finish()
        for summary in SeparateSummary.all(of: scores) { try printJSON(summary) }
    }
}

extension ImageCoder: ExpressibleByArgument {}
