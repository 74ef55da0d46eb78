import ArgumentParser
import Foundation
import Networks

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes in networks that you have and that nothing fetches.",
        subcommands: [ImportInception.self]
    )
}

struct ImportInception: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inception",
        abstract: "Takes in the network of published FID and KID: pytorch-fid's checkpoint.",
        discussion: """
            The file is pt_inception-2015-12-05-6726825d.pth of the pytorch-fid project. It is read without PyTorch, \
            and nothing in it is run. Experiments then take `--trunk inception`.
            Example: modelctl import inception pt_inception-2015-12-05-6726825d.pth
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "The checkpoint.") var file: String
    @Option(help: "Where to write it; Models/imported by default.") var output: String?

    func run() throws {
        let path = output ?? options.store.inceptionPath
        try checkOutput(path, makingFolder: true)
        let checkpoint = try TorchCheckpoint(path: file)
        let tensors = try InceptionTrunk.tensors(of: checkpoint)
        let metadata = [
            "network": "inception-fid", "source": "sha256:\(checkpoint.digest)",
            "licence": "Apache-2.0 (TensorFlow's Inception of 2015-12-05, as pytorch-fid holds it)",
        ]
        try SafetensorsWriter.write(tensors.map { ($0.name, $0.tensor, false) }, metadata: metadata, to: path)
        print("wrote \(path)")
    }
}
