import ArgumentParser
import Foundation
import Imaging
import Networks
import SemanticCoding
import SemanticTraining
import Tensor

struct CodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codes",
        abstract: "Inverts many photos: codes to take statistics of or to score edits with.",
        discussion: """
            Chooses photos, 128 x 128 in the FFHQ frame, among which every attribute has all its degrees, as the attribute \
            predictor sees them. Run it again with the same arguments and it goes on where it was.
            Example: modelctl codes --pictures celeba --labels attributes.csv --count 600 --steps 8 --output codes.safetensors
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Folder with photos.") var pictures: String
    @Option(help: "Label table, which says what photos are for training and for tests.") var labels: String
    @Option(help: "Which photos: train or test.") var split = "train"
    @Option(help: "Photos of the table to choose from, the first ones.") var among = 6000
    @Option(help: "Photos to invert.") var count = 600
    @Option(help: "full or linear: the best code that is known; paper: plain W.") var mode = SemanticMode.full
    @OptionGroup var search: InversionOptions
    @Option(help: "Result, written every 25 photos.") var output: String

    func validate() throws {
        if let complaint = settings.complaint { throw ValidationError(complaint) }
        guard count > 0, among > 0 else { throw ValidationError("--count and --among must be above zero") }
    }

    private var settings: SemanticSettings {
        var settings = search.settings(mode)
        settings.workingResolution = FaceDataset.edge
        return settings
    }

    func run() throws {
        try checkOutput(output, makingFolder: true)
        let models = options.store
        let editor = try FaceEditor(models: models, settings: settings)
        var codes = FaceCodes(kind: editor.kind)
        if FileManager.default.fileExists(atPath: output) { codes = try FaceCodes(path: output) }
        _ = try codes.of(editor.space)
        let photos = try FaceDataset(folder: pictures, labels: labels, split: split, limit: among)
        let predictor = try models.attributePredictor()
        var bar = ProgressBar("inverting")
        let degrees = (0..<photos.count).map { row in
            bar.update(0, "looking at photo \(row + 1) of \(photos.count)")
            return AttributePredictor.likeliestDegrees(predictor.logits(Variable(photos.images([row]))).value.values)
        }
        let chosen = FaceCodes.varied(degrees, count)
        for (index, row) in chosen.enumerated().dropFirst(codes.codes.count) {
            let picture = Picture(width: FaceDataset.edge, height: FaceDataset.edge, pixels: photos.pictures[row])
            let inversion = try editor.invert(picture, dimension: nil) { _ in }
            codes.append(inversion.code)
            bar.update(
                Double(index + 1) / Double(chosen.count),
                "\(index + 1) of \(chosen.count), LPIPS \(String(format: "%.3f", inversion.lpips))"
            )
            if (index + 1) % 25 == 0 { try codes.write(to: output) }
        }
        try codes.write(to: output)
        bar.finish()
        print("wrote \(codes.codes.count) codes to \(output)")
    }
}
