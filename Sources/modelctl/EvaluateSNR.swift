import ArgumentParser
import Basics
import Evaluation
import Foundation
import Imaging
import Networks
import SemanticCoding

struct EvaluateSNR: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snr",
        abstract:
            "Sends codes of photos through noise at many SNRs and says how like the photo the received pictures are.",
        discussion: """
            Prints one JSON line a mode and SNR, and one that says how well the receiver knew: medians of LPIPS (VGG16, \
            AlexNet) and SFace cosine against the photo and against what was sent, and the share above SFace's \
            same-person threshold; with --request LPIPS is against the edited picture before the channel, and the share \
            that arrives with the very degree is told. error is the harm of the code's errors, leastError what no code of \
            this airtime can go below. Codes go through the daemons' modem. With --record each face's scores go to a file, \
            and what is there already is not computed again; Scripts/chart_snr.py draws it. With --sheet there is a row \
            a photo: photo, sent, and received at each SNR in each way.
            Example: modelctl evaluate snr --photos test/*.jpg --aligned --snr -6 0 6 12 --record snr.json
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
    @Option(help: "block: a Rayleigh gain a transmission; doppler: Jakes' spectrum, 1 kHz. The SNR is the mean one.")
    var fading: SNREvaluation.FadingKind?
    @Option(parsing: .upToNextOption, help: "Seeds of the noise.") var seed: [UInt64] = [1]
    @Option(help: "What to ask of each face, such as 'make her smile more': one edit; nothing by default.")
    var request: String?
    @Option(help: "Copies at most that the receiver asks for, the first included, and combines.") var copies = 1
    @Option(help: "Probability of the same person below which it asks for another; 1: always.")
    var leastLikeness = ExpectedLikeness.leastSamePerson
    @Option(help: "Matching: steps.") var matchingSteps = ChannelMatchingSettings().steps
    @Option(help: "Matching: Adam's rate, in deviations of codes.") var matchingRate = ChannelMatchingSettings().rate
    @Option(help: "Matching: draws of noise a step.") var matchingDraws = ChannelMatchingSettings().draws
    @Option(help: "Matching: weight of 1 - cosine.") var matchingIdentity = ChannelMatchingSettings().identityWeight
    @Option(help: "Matching: weight of the squared distance.")
    var matchingDistance = ChannelMatchingSettings().distanceWeight
    @Option(help: "File of each face's scores, which is gone on with.") var record: String?
    @Option(help: "Where a sheet of pictures goes, as PNG.") var sheet: String?
    @Option(help: "Folder of all pictures; Scripts/second_recogniser.py judges them.") var pictures: String?

    func validate() throws {
        guard (1...100).contains(copies) else { throw ValidationError("--copies must be 1 to 100") }
        guard (0...1).contains(leastLikeness) else { throw ValidationError("--least-likeness must be 0 to 1") }
        if sheet != nil || pictures != nil, record.map(FileManager.default.fileExists) ?? false {
            throw ValidationError(
                "--sheet and --pictures show what one run sends: name a --record that is not there yet"
            )
        }
    }

    func run() throws {
        for path in [record, sheet] { try checkOutput(path) }
        if let pictures {
            try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
        }
        let models = options.store
        let settings = try search.settings(.linear, resolution: InversionEncoder.edge)
        var matching = ChannelMatchingSettings()
        (matching.steps, matching.rate, matching.draws) = (matchingSteps, matchingRate, matchingDraws)
        (matching.identityWeight, matching.distanceWeight) = (matchingIdentity, matchingDistance)
        let edit = try request.map { sentence in
            let edits = try TextSemanticEncoder(models: models).reading(of: sentence).editsAlone()
            guard edits.count == 1 else { throw ValidationError("--request must ask for one thing") }
            return edits[0].request
        }
        let evaluation = try SNREvaluation(models: models, settings: settings, matching: matching)
        let aligner = FaceAligner(detector: try models.faceDetector())
        let policy = copies == 1 ? nil : CopyPolicy(most: copies, leastLikeness: leastLikeness)
        let conditions = SNRConditions(
            settings: settings,
            matching: matching,
            modes: ways,
            snrs: snr,
            mismatch: mismatch,
            fading: fading,
            seeds: seed,
            copies: policy,
            request: request,
            models: try models.bundleDigest(of: settings.code).hexadecimal
        )
        var record = try self.record.map { try SNRRecord(path: $0, conditions: conditions) }
        var scores: [SNRScore] = []
        var tiles: [Picture] = []
        var bar = ProgressBar("sending")
        for (index, path) in photos.enumerated() {
            let name = URL(fileURLWithPath: path).lastPathComponent
            if let known = record?[name] {
                scores += known
                continue
            }
            let photo = try aligner.align(photo: readBytes(path), alreadyAligned: aligned).square
            let found = try evaluation.scores(
                photo: photo,
                name: name,
                modes: ways,
                snrs: snr,
                mismatch: mismatch,
                fading: fading,
                seeds: seed,
                request: edit,
                copies: policy,
                show: { kind, picture in
                    if sheet != nil { tiles.append(picture) }
                    if let pictures {
                        let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
                        try PictureFile.writePNG(picture, to: "\(pictures)/\(stem)-\(kind).png")
                    }
                }
            ) { bar.update(Double(index) / Double(photos.count), "\(index) of \(photos.count), \($0)") }
            try record?.add(found, of: name)
            scores += found
        }
        bar.finish()
        if let sheet {
            try PictureFile.writePNG(Picture(grid: tiles, columns: 2 + snr.count * ways.count), to: sheet)
        }
        for summary in SNRSummary.all(of: scores) { try printJSON(summary) }
        if let calibration = Calibration(of: scores) { try printJSON(calibration) }
    }
}

extension SNREvaluation.Mode: ExpressibleByArgument {}
extension SNREvaluation.FadingKind: ExpressibleByArgument {}
