import ArgumentParser
import Evaluation
import Foundation
import SemanticCoding
import SemanticTraining

struct EvaluateEditing: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "editing",
        abstract: "Edits photos, or codes of them, as sentences say, and says how often that succeeds.",
        discussion: """
            Prints one JSON line a sentence: the share of photos whose picture at the receiver has the degree it should \
            have, as the attribute predictor sees it, or one next to it (near), how far it went of each degree asked for (arrived), \
            SFace cosine to the picture before, how much the other attributes moved and how many did not, and LPIPS outside \
            the attribute's region (outside).
            Examples: modelctl evaluate editing --photos faces/*.jpg --aligned --steps 12 --snr 12
                      modelctl evaluate editing --codes codes.safetensors --snr 12
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Photos: PNG, JPEG, WebP, HEIC or AVIF.") var photos: [String] = []
    @Option(help: "Codes that `modelctl codes` found, instead of photos.") var codes: String?
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(parsing: .upToNextOption, help: "What to ask of each photo.")
    var requests = ["make her smile more", "she should not smile"]
    @Option(help: "full or linear: the best code that is known; paper: plain W.") var mode = SemanticMode.full
    @Option(help: "How many numbers of an expanded code to use; all by default.") var symbols: Int?
    @OptionGroup var search: InversionOptions
    @Option(help: "SNR of the channel in dB, through the daemons' modem; no noise without it.") var snr: Double?
    @Option(help: "Edge at which photos are inverted: 128, 256 or 512.") var resolution = 128
    @Option(help: "Seed of the noise.") var seed: UInt64 = 1
    @Option(help: "Steps that refine an edit; by default as in the mode.") var refinementSteps: Int?
    @Option(help: "Steps that match codes to the channel, in mode full with --snr; by default as tx-daemon takes.")
    var matchingSteps: Int?
    @Option(help: "Most photos or codes, the first ones.") var limit: Int?

    func validate() throws {
        try mode.check(symbols: symbols)
        if let complaint = settings.complaint { throw ValidationError(complaint) }
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be above zero") }
        guard photos.isEmpty == (codes != nil) else { throw ValidationError("either --photos or --codes is needed") }
    }

    private var settings: SemanticSettings {
        var settings = search.settings(mode)
        settings.workingResolution = resolution
        settings.editRefinementSteps = refinementSteps ?? settings.editRefinementSteps
        settings.matchingSteps = matchingSteps ?? settings.matchingSteps
        return settings
    }

    func run() throws {
        let models = options.store
        let editor = try FaceEditor(models: models, settings: settings)
        // Each edit of a sentence that asks for several is scored by itself.
        let understood = try requests.flatMap { sentence in
            let edits = try editor.understand(sentence)
            return edits.map { (sentence: edits.count == 1 ? sentence : $0.span, request: $0.request) }
        }
        let most = limit ?? .max
        let faces =
            try codes.map { try Array(FaceCodes(path: $0).of(editor.space).prefix(most)) }
            ?? invert(photos.prefix(most), by: editor)
        let evaluation = EditingEvaluation(
            editor: editor,
            receiver: try EditingDecoder(space: editor.space),
            predictor: try models.attributePredictor(),
            identity: try models.identityNet(),
            lpips: try models.lpips(.vgg16)
        )
        var bar = ProgressBar("editing")
        let scores = try evaluation.scores(
            codes: faces,
            requests: understood,
            symbols: symbols,
            snr: snr,
            seed: seed,
            isMatched: mode == .full && settings.matchingSteps > 0
        ) { bar.update($0, $1) }
        bar.finish()
        for score in scores { try printJSON(score) }
    }

    private func invert(_ photos: some Sequence<String>, by editor: FaceEditor) throws -> [[Float]] {
        let squares = try photos.map {
            try editor.align(photo: readBytes($0), face: nil, alreadyAligned: aligned).square
        }
        var bar = ProgressBar("inverting")
        defer { bar.finish() }
        return try squares.enumerated().map { index, square in
            let done = Double(index) / Double(squares.count)
            return try editor.invert(square, dimension: symbols) { bar.update(done, $0.note) }.code
        }
    }
}
