import ArgumentParser
import Imaging
import Networks
import Tensor

struct LPIPSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lpips",
        abstract: "Prints the perceptual distance of two pictures (LPIPS v0.1).",
        discussion: """
            Of two sizes the larger picture is made as small as the other, by the means of areas.
            Example: modelctl lpips sent.png received.png --net alex
            """
    )

    enum Trunk: String, ExpressibleByArgument, CaseIterable {
        case vgg, alex
    }

    @OptionGroup var options: ModelOptions
    @Argument(help: "A picture.") var first: String
    @Argument(help: "Another of the same shape.") var second: String
    @Option(help: "Which trunk looks at the pictures.") var net = Trunk.vgg

    func run() throws {
        let pictures = try ofOneSize(first, second)
        guard min(pictures[0].width, pictures[0].height) >= 64 else {
            throw ValidationError("LPIPS needs pictures of at least 64 x 64 pixels")
        }
        let lpips = try options.store.lpips(net == .vgg ? .vgg16 : .alexNet)
        let variables = pictures.map(\.networkInput)
        print(lpips.distance(variables[0], variables[1]).value.values[0])
    }
}

/// Two pictures, the larger one made as small as the other.
///
/// - Throws: `ValidationError` where one has another shape than the other.
func ofOneSize(_ first: String, _ second: String) throws -> [Picture] {
    let pictures = try [first, second].map { try PictureFile.decode(readBytes($0)) }
    let (one, other) = (pictures[0], pictures[1])
    guard one.width * other.height == other.width * one.height else {
        throw ValidationError(
            "the pictures differ in shape: \(one.width)x\(one.height) and \(other.width)x\(other.height)"
        )
    }
    let (width, height) = (min(one.width, other.width), min(one.height, other.height))
    return pictures.map { $0.width == width ? $0 : $0.resizedArea(width: width, height: height) }
}
