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
            Prints one JSON line: LPIPS (VGG16) and SFace cosine of photos and code's pictures, seconds for each.
            Example: modelctl evaluate inversion --photos faces/*.jpg --aligned --resolution 128 --sheet sheet.png
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Photos, PNG or JPEG.") var photos: [String]
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(help: "expanded: the best code that is known; paper: plain W.") var mode = SemanticMode.expanded
    @Option(help: "An expansion to try instead of the installed one.") var expansion: String?
    @Option(help: "How many numbers of an expanded code to look for, 1 to 2048; 512 by default.") var symbols: Int?
    @Option(help: "An inversion encoder to try instead of the installed one.") var encoder: String?
    @OptionGroup var search: InversionOptions
    @Option(parsing: .upToNextOption, help: "Steps before which codes are scored too; 0 is the start.")
    var curve: [Int] = []
    @Option(help: "Peak learning rate.") var rate: Float?
    @Option(help: "Damping of Adam.") var damping: Float?
    @Option(help: "Noise on the code.") var noise: Float?
    @Option(help: "Weight of the SFace cosine.") var identityWeight: Float?
    @Option(help: "Edge at which pictures are compared and inverted: 128, 256 or 512.") var resolution = 128
    @Option(help: "Where a sheet of photos and inversions goes, as PNG.") var sheet: String?

    func validate() throws {
        try mode.check(symbols: symbols)
    }

    func run() throws {
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
            try InversionEncoder(file: SafetensorsFile(path: $0), count: space.usualLength)
        }
        let encoder = try ImageSemanticEncoder(models: models, space: space, encoder: trial, settings: settings)
        let evaluation = InversionEvaluation(
            encoder: encoder,
            identity: try encoder.identity ?? models.identityNet(),
            resolution: resolution
        )
        let aligner = FaceAligner(detector: try models.faceDetector())
        let squares = try photos.map { try aligner.align(photo: readBytes($0), alreadyAligned: aligned) }
        var bar = ProgressBar("inverting")
        var pairs: [(Picture, Picture)] = []
        let score = try evaluation.score(
            photos: squares,
            symbols: symbols,
            curve: curve,
            shown: { pairs.append(($0, $1)) }
        ) {
            bar.update(Double($0) / Double(squares.count), "\($0) of \(squares.count), \($1)")
        }
        bar.finish()
        if let sheet {
            let tiles = pairs.map { Picture(stacking: [$0.0, $0.1]) }
            try PictureFile.writePNG(Picture(grid: tiles, columns: 8), to: sheet)
        }
        try printJSON(score)
    }
}
