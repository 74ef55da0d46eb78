import ArgumentParser
import Imaging
import Networks
import SemanticCoding
import Tensor

struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Says how much of each attribute the predictor sees in faces.",
        discussion: """
            Prints one JSON line a photo: the most likely degree, 0 to 5, and the six probabilities of each attribute.
            A photo that cannot be scored gives a line with "error", and the exit code is 1.
            Example: modelctl score --aligned demo/received.png
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "Photos: PNG, JPEG, WebP, HEIC or AVIF.") var photos: [String]
    @Option(help: "Which face, counted from 0, the largest first.") var face: Int?
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false

    private struct Attribute: Encodable {
        let degree: Int
        let probabilities: [Float]
    }

    private struct Line: Encodable {
        let file: String
        var attributes: [String: Attribute]?
        var error: String?
    }

    func run() throws {
        let predictor = try options.store.attributePredictor()
        let aligner = FaceAligner(detector: try options.store.faceDetector())
        var failed = false
        for photo in photos {
            do {
                let square = try aligner.align(photo: readBytes(photo), face: face, alreadyAligned: aligned).square
                try printJSON(Line(file: photo, attributes: attributes(of: square, predictor)))
            } catch {
                failed = true
                try printJSON(Line(file: photo, error: "\(error)"))
            }
        }
        if failed { throw ExitCode.failure }
    }

    private func attributes(of square: Picture, _ predictor: AttributePredictor) -> [String: Attribute] {
        let small = square.resizedArea(width: 128, height: 128)
        let image = small.networkInput
        let probabilities = predictor.logits(image).reshaped([5, 6]).softmax().value.values
        var result: [String: Attribute] = [:]
        for (head, degree) in AttributePredictor.likeliestDegrees(probabilities).enumerated() {
            result[AttributePredictor.attributes[head]] = Attribute(
                degree: degree,
                probabilities: Array(probabilities[head * 6..<head * 6 + 6])
            )
        }
        return result
    }
}
