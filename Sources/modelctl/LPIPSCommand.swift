import ArgumentParser
import Imaging
import Networks
import Tensor

struct LPIPSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lpips",
        abstract: "Prints the perceptual distance of two pictures of one size (LPIPS v0.1).",
        discussion: "Example: modelctl lpips sent.png received.png --net alex"
    )

    enum Trunk: String, ExpressibleByArgument, CaseIterable {
        case vgg, alex
    }

    @OptionGroup var options: ModelOptions
    @Argument(help: "A picture.") var first: String
    @Argument(help: "Another of the same size.") var second: String
    @Option(help: "Which trunk looks at the pictures.") var net = Trunk.vgg

    func run() throws {
        let pictures = try [first, second].map { try PictureFile.decode(readBytes($0)) }
        guard pictures[0].width == pictures[1].width, pictures[0].height == pictures[1].height else {
            throw ValidationError(
                "the pictures differ in size: \(pictures[0].width)x\(pictures[0].height) and "
                    + "\(pictures[1].width)x\(pictures[1].height)"
            )
        }
        guard min(pictures[0].width, pictures[0].height) >= 64 else {
            throw ValidationError("LPIPS needs pictures of at least 64 x 64 pixels")
        }
        let lpips = try options.store.lpips(net == .vgg ? .vgg16 : .alexNet)
        let variables = pictures.map(\.networkInput)
        print(lpips.distance(variables[0], variables[1]).value.values[0])
    }
}
