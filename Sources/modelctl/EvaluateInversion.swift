import ArgumentParser
import Evaluation
import Foundation
import Imaging
import Networks
import SemanticCoding
import Tensor

struct EvaluateInversion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inversion",
        abstract: "Inverts photos and says how near the pictures of their codes come.",
        discussion: """
            Prints one JSON line: LPIPS (VGG16) and SFace cosine of photos and code's pictures, seconds for each; \
            with --snr of what is received too. With --record it keeps each photo's scores in a file: run it again and \
            it goes on where it was.
            Example: modelctl evaluate inversion --photos faces/*.jpg --aligned --resolution 128 --sheet sheet.png
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Photos: PNG, JPEG, WebP, HEIC or AVIF.") var photos: [String]
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(help: "full or linear: the best code that is known; paper: plain W.") var mode = SemanticMode.full
    @Option(help: "An expansion to try instead of the installed one.") var expansion: String?
    @Option(help: "How many numbers of an expanded code to look for, 1 to 2048; 512 by default.") var symbols: Int?
    @Option(help: "An inversion encoder to try instead of the installed one.") var encoder: String?
    @OptionGroup var search: InversionOptions
    @Flag(help: "As tx-daemon's first pictures are found: few steps, through the student.") var draft = false
    @Option(parsing: .upToNextOption, help: "Steps before which codes are scored too; 0 is the start.")
    var curve: [Int] = []
    @Option(
        parsing: .upToNextOption,
        help: "SNRs in dB: what the daemons' modem receives of the codes is compared with the photos too."
    )
    var snr: [Double] = []
    @Option(help: "Peak learning rate.") var rate: Float?
    @Option(help: "Damping of Adam.") var damping: Float?
    @Option(help: "Noise on the code.") var noise: Float?
    @Option(help: "Weight of the SFace cosine.") var identityWeight: Float?
    @Option(help: "Edge at which pictures are compared and inverted: 128, 256 or 512.") var resolution = 128
    @Option(help: "File of each photo's scores; photos that are in it already are not inverted again.")
    var record: String?
    @Option(help: "Where a sheet of photos and inversions goes, as PNG.") var sheet: String?

    func validate() throws {
        try mode.check(symbols: symbols)
        if sheet != nil, record != nil {
            throw ValidationError("--sheet shows what one run inverts, --record skips photos: give one of them")
        }
    }

    func run() throws {
        for path in [sheet, record] { try checkOutput(path) }
        let models = options.store
        var settings = search.settings(mode)
        settings.learningRate = rate ?? settings.learningRate
        settings.damping = damping ?? settings.damping
        settings.latentNoise = noise ?? settings.latentNoise
        settings.identityWeight = identityWeight ?? settings.identityWeight
        settings.workingResolution = resolution
        if let complaint = settings.complaint { throw ValidationError(complaint) }
        let network = try models.generator()
        let space =
            if let expansion {
                LatentSpace(
                    network: network,
                    expansion: try LatentExpansion(
                        file: SafetensorsFile(path: expansion),
                        mean: models.latentStatistics().mean
                    )
                )
            } else {
                try models.latentSpace(settings.code, network: network)
            }
        let trial = try self.encoder.map {
            try InversionEncoder(file: SafetensorsFile(path: $0), count: space.dimension)
        }
        var encoder = try ImageSemanticEncoder(models: models, space: space, encoder: trial, settings: settings)
        if draft {
            encoder = encoder.sketcher(
                by: space.generator(by: try models.student()),
                steps: search.steps ?? settings.draftSteps
            )
        }
        let evaluation = try InversionEvaluation(
            encoder: encoder,
            identity: try encoder.identity ?? models.identityNet(),
            resolution: resolution
        )
        let aligner = FaceAligner(detector: try models.faceDetector())
        let conditions = InversionConditions(
            settings: settings,
            isDraft: draft ? true : nil,
            symbols: symbols,
            curve: curve,
            snrs: snr,
            tried: [expansion, self.encoder].compactMap { $0 }
        )
        var record = try self.record.map {
            try EvaluationRecord<_, InversionScore.Face>(path: $0, conditions: conditions)
        }
        // Before the long work, so that a photo that cannot be read ends it at once.
        let missing = try photos.filter { record?[$0] == nil }.map { path in
            (path, try aligner.align(photo: readBytes(path), alreadyAligned: aligned).square)
        }
        var faces = photos.compactMap { record?[$0] }
        var tiles: [Picture] = []
        var bar = ProgressBar("inverting")
        let began = ContinuousClock.now
        for (index, (path, photo)) in missing.enumerated() {
            let pace = (ContinuousClock.now - began).seconds / Double(max(1, index))
            let left = index == 0 ? "" : ", " + ProgressBar.timeLeft(pace * Double(missing.count - index))
            // The noise of a photo is its own, whatever the record holds.
            let seed = UInt64(photos.firstIndex(of: path) ?? 0)
            let found = try evaluation.score(photo: photo, symbols: symbols, curve: curve, snrs: snr, seed: seed) {
                bar.update(Double(index) / Double(missing.count), "\(index) of \(missing.count), \($0)\(left)")
            }
            faces.append(found.face)
            if sheet != nil { tiles.append(Picture(stacking: [found.photo, found.inverted])) }
            try record?.add(found.face, of: path)
        }
        bar.finish()
        if let sheet { try PictureFile.writePNG(Picture(grid: tiles, columns: 8), to: sheet) }
        try printJSON(InversionScore(faces))
    }
}
