import ArgumentParser
import Foundation
import Imaging
import Networks
import SemanticCoding
import Tensor

struct InvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invert",
        abstract: "Finds the latent code whose picture is nearest to a photo.",
        discussion: """
            Prints one JSON line: lpips (VGG16, at the working resolution), mse, steps, seconds.
            Example: modelctl invert docs/images/astronaut.png --output code.safetensors --picture inverted.png
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "A photo: PNG, JPEG, WebP, HEIC or AVIF.") var photo: String
    @Option(help: "Where the code goes, as safetensors.") var output: String?
    @Option(help: "Where the code's picture goes, as PNG.") var picture: String?
    @Option(help: "Edge of that picture in pixels: 128, 256, 512 or 1024.") var resolution = 1024
    @Option(help: "Which face, counted from 0, the largest first.") var face: Int?
    @Flag(help: "The photo is in the FFHQ frame already.") var aligned = false
    @Option(help: "full or linear: the best code that is known; paper: plain W.") var mode = SemanticMode.full
    @Option(help: "How many numbers of an expanded code to look for, 1 to 2048; 512 by default.") var symbols: Int?
    @OptionGroup var own: GeneratorOption
    @OptionGroup var search: InversionOptions

    func validate() throws {
        if let complaint = search.settings(own.mode(mode)).complaint { throw ValidationError(complaint) }
        try own.mode(mode).check(symbols: symbols)
        guard [128, 256, 512, 1024].contains(resolution) else {
            throw ValidationError("--resolution must be 128, 256, 512 or 1024")
        }
    }

    func run() throws {
        try checkOutput(output, makingFolder: true)
        try checkOutput(picture)
        let editor = try FaceEditor(models: options.store(own), settings: search.settings(own.mode(mode)))
        let square = try editor.align(photo: readBytes(photo), face: face, alreadyAligned: aligned).square
        let inversion = try invertWithBar(symbols: symbols) { try editor.invert(square, dimension: $0, progress: $1) }
        if let output {
            let code = Tensor(inversion.code, shape: [1, inversion.code.count])
            try SafetensorsWriter.write(
                [(name: "code", tensor: code, fp16: false)],
                metadata: ["code": inversion.kind.rawValue],
                to: output
            )
        }
        if let picture {
            try PictureFile.writePNG(
                editor.synthesizePicture(of: inversion.code, resolution: resolution),
                to: picture
            )
        }
        struct Line: Encodable {
            let file: String
            let lpips, mse: Double
            let steps: Int
            let seconds: Double
        }
        try printJSON(
            Line(
                file: photo,
                lpips: inversion.lpips,
                mse: inversion.mse,
                steps: inversion.steps,
                seconds: inversion.seconds
            )
        )
    }
}

extension SemanticMode: ExpressibleByArgument {
    /// Refuses a `--symbols` that does not go with the mode.
    func check(symbols: Int?) throws {
        if let symbols, symbols < 1 || self == .paper {
            throw ValidationError("--symbols must be above zero, and plain W is 512 numbers, no more and no fewer")
        }
    }
}

func invertWithBar(
    symbols: Int?,
    _ invert: (Int?, (StageProgress) throws -> Void) throws -> Inversion
) throws -> Inversion {
    var bar = ProgressBar("inverting")
    let inversion = try invert(symbols) { bar.update($0.fraction, $0.note) }
    bar.update(1, String(format: "LPIPS %.3f", inversion.lpips))
    bar.finish()
    return inversion
}

struct EditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Edits a face as a sentence says, with no network between.",
        discussion: """
            Prints one JSON line: the requests as read, each edit's degrees before, expected and after, and, of a photo, \
            the inversion's LPIPS. A code that was found before is edited in seconds.
            Example: modelctl edit docs/images/astronaut.png "she should not smile" --output edited.png
                     modelctl invert docs/images/astronaut.png --output code.safetensors
                     modelctl edit code.safetensors "make her look older" --output edited.png
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "A photo, or a code that `modelctl invert --output` wrote (FILE.safetensors).")
    var photo: String
    @Argument(help: "What to change, in English: one edit, or several.") var sentence: String
    @Option(help: "Where the edited picture goes, as PNG.") var output: String
    @Option(help: "Where the inverted picture, before the edit, goes, as PNG.") var inverted: String?
    @Option(help: "Which face, counted from 0, the largest first.") var face: Int?
    @Flag(help: "The photo is in the FFHQ frame already.") var aligned = false
    @Option(help: "full or linear: the best code that is known; paper: plain W.") var mode = SemanticMode.full
    @Option(help: "How many numbers of an expanded code to use, 1 to 2048; 512 by default.") var symbols: Int?
    @OptionGroup var own: GeneratorOption
    @OptionGroup var search: InversionOptions

    func validate() throws {
        try own.mode(mode).check(symbols: symbols)
        if let complaint = search.settings(own.mode(mode)).complaint { throw ValidationError(complaint) }
    }

    func run() throws {
        for path in [output, inverted] { try checkOutput(path) }
        let editor = try FaceEditor(models: options.store(own), settings: search.settings(own.mode(mode)))
        let requests = try editor.understand(sentence)
        for requested in requests { try editor.check(requested.request) }
        let (code, lpips): ([Float], Double?)
        if photo.hasSuffix(".safetensors") {
            (code, lpips) = (try savedCode(photo, of: editor), nil)
        } else {
            let square = try editor.align(photo: readBytes(photo), face: face, alreadyAligned: aligned).square
            let inversion = try invertWithBar(symbols: symbols) {
                try editor.invert(square, dimension: $0, progress: $1)
            }
            (code, lpips) = (inversion.code, inversion.lpips)
        }
        var bar = ProgressBar("editing")
        let edited = try editor.edit(code, requests.map(\.request), dimension: symbols) {
            bar.update($0.fraction, $0.note)
        }
        bar.update(
            1,
            edited.edits.map { "\($0.attribute) \($0.degreeBefore) to \($0.degreeAfter)" }.joined(separator: ", ")
        )
        bar.finish()
        if let inverted {
            try PictureFile.writePNG(editor.synthesizePicture(of: code, resolution: 1024), to: inverted)
        }
        try PictureFile.writePNG(editor.synthesizePicture(of: edited.code, resolution: 1024), to: output)
        struct Line: Encodable {
            let requests: [RequestedEdit]
            let edits: [AttributeEdit]
            let lpips: Double?
        }
        try printJSON(Line(requests: requests, edits: edited.edits, lpips: lpips))
    }

    private func savedCode(_ path: String, of editor: FaceEditor) throws -> [Float] {
        let file = try SafetensorsFile(path: path)
        let code = try file.tensor("code")
        let lengths = editor.dimension...editor.maximumDimension
        guard file.metadata["code"] == editor.kind.rawValue, code.shape == [1, code.count],
            lengths.contains(code.count)
        else {
            throw ValidationError("\(path) has no \(editor.kind.rawValue) code: --mode chooses the kind of codes")
        }
        return code.values
    }
}
