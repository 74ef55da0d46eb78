import ArgumentParser
import Basics
import Evaluation
import Foundation
import Networks
import SemanticCoding

struct EvaluateSNR: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snr",
        abstract:
            "Sends codes of photos through noise at many SNRs and says how like the photo the received pictures are.",
        discussion: """
            Prints one JSON line a mode and SNR: medians of LPIPS (VGG16) and SFace cosine against the photo and against \
            what was sent, and the share above SFace's same-person threshold. Codes go through the daemons' modem. With \
            --record it writes each face's scores to a file in the end, as JSON lines.
            Example: modelctl evaluate snr --photos test/*.jpg --aligned --snr -6 0 6 12 --record snr.jsonl
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Photos: PNG, JPEG, WebP, HEIC or AVIF.") var photos: [String]
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(parsing: .upToNextOption, help: "How codes are made for the channel: blind, linear, full.")
    var ways: [SNREvaluation.Mode] = SNREvaluation.Mode.allCases
    @OptionGroup var search: InversionOptions
    @Option(parsing: .upToNextOption, help: "SNRs of the channel in dB.") var snr: [Double] = [-6, 0, 6, 12]
    @Option(help: "What the code is made for lies so many dB above what the channel has.") var mismatch = 0
    @Option(parsing: .upToNextOption, help: "Seeds of the noise.") var seed: [UInt64] = [1]
    @Option(help: "Matching: steps.") var matchingSteps = ChannelMatchingSettings().steps
    @Option(help: "Matching: Adam's rate, in deviations of codes.") var matchingRate = ChannelMatchingSettings().rate
    @Option(help: "Matching: draws of noise a step.") var matchingDraws = ChannelMatchingSettings().draws
    @Option(help: "Matching: weight of 1 - cosine.") var matchingIdentity = ChannelMatchingSettings().identityWeight
    @Option(help: "Matching: weight of the squared distance.")
    var matchingDistance = ChannelMatchingSettings().distanceWeight
    @Option(help: "File of each face's scores, written in the end.") var record: String?

    func run() throws {
        try checkOutput(record)
        let models = options.store
        var settings = search.settings(.expanded)
        settings.workingResolution = InversionEncoder.edge
        if let complaint = settings.complaint { throw ValidationError(complaint) }
        let space = try models.latentSpace(settings.code, network: models.generator())
        let encoder = try ImageSemanticEncoder(models: models, space: space, settings: settings)
        let identity = try encoder.identity ?? models.identityNet()
        let student = try models.student()
        let receiver = try EditingDecoder(space: space, student: student)
        var matching = ChannelMatchingSettings()
        (matching.steps, matching.rate, matching.draws) = (matchingSteps, matchingRate, matchingDraws)
        (matching.identityWeight, matching.distanceWeight) = (matchingIdentity, matchingDistance)
        let evaluation = SNREvaluation(
            encoder: encoder,
            receiver: receiver,
            matching: ChannelMatching(
                space: space,
                student: space.generator(by: student),
                lpips: encoder.lpips,
                identity: identity,
                precoding: receiver.precoding
            ),
            identity: identity,
            settings: matching
        )
        let aligner = FaceAligner(detector: try models.faceDetector())
        var scores: [SNRScore] = []
        var bar = ProgressBar("sending")
        for (index, path) in photos.enumerated() {
            let name = URL(fileURLWithPath: path).lastPathComponent
            let photo = try aligner.align(photo: readBytes(path), alreadyAligned: aligned).square
            scores += try evaluation.scores(
                photo: photo,
                name: name,
                modes: ways,
                snrs: snr,
                mismatch: mismatch,
                seeds: seed
            ) { bar.update(Double(index) / Double(photos.count), "\(index) of \(photos.count), \($0)") }
        }
        bar.finish()
        if let record {
            let lines = try scores.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
            try AtomicFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: record, mode: 0o644)
        }
        for summary in SNRSummary.all(of: scores) { try printJSON(summary) }
    }
}

extension SNREvaluation.Mode: ExpressibleByArgument {}
