import ArgumentParser
import Foundation
import Networks
import SemanticCoding
import Tensor

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes in networks that you have and that nothing fetches.",
        subcommands: [ImportInception.self, ImportStyleGAN2.self]
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

struct ImportStyleGAN2: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stylegan2",
        abstract: "Takes in a StyleGAN2 generator: the paper's own, or one that you have trained.",
        discussion: """
            The file is a checkpoint of PyTorch that holds the generator's state dictionary, by itself or as g_ema or G_ema, \
            with the names of stylegan2-pytorch (rosinality's, which Talk-to-Edit uses) or of NVIDIA's stylegan2-ada-pytorch, or \
            one of the latter's .pkl files; 32 to 1024 pixels. It is read without PyTorch, and nothing in it is run.
            Its w is drawn --draws times for the mean and the covariance that plain W is sent with.
            Example: modelctl import stylegan2 550000.pt --name ffhq-1024
                     modelctl draw --generator ffhq-1024 --output faces.png
                     modelctl adopt ffhq-1024
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "The checkpoint.") var file: String
    @Option(help: "What it is called from here on: letters, digits and dashes.") var name = "own"
    @Option(help: "Draws for the statistics of w.") var draws = 50_000
    @Option(help: "Seed of the draws.") var seed: UInt64 = 1
    @Option(help: "Under which licence it is, as its card says.") var licence = "as its maker says: not stated here"
    @Option(help: "Where to write it; Models/imported by default.") var output: String?

    func validate() throws {
        try GeneratorOption.check(name)
        guard (1000...10_000_000).contains(draws) else { throw ValidationError("--draws must be 1000 to 10000000") }
    }

    func run() throws {
        let path = output ?? options.store.path(importedGenerator: name)
        try checkOutput(path, makingFolder: true)
        let checkpoint = try TorchCheckpoint(path: file)
        let found = try StyleGAN2Checkpoint(checkpoint)
        let tensors = try found.tensors()
        let metadata = [
            "network": "stylegan2", "layout": found.layout.rawValue, "source": "sha256:\(checkpoint.digest)",
            "licence": licence,
        ]
        // It is read back before it has its name: what cannot run is not left behind.
        let trial = path + ".new"
        defer { try? FileManager.default.removeItem(atPath: trial) }
        try SafetensorsWriter.write(tensors.map { ($0.name, $0.tensor, false) }, metadata: metadata, to: trial)
        let network = try StyleGAN2(weights: SafetensorsFile(path: trial))
        var random = SeededGenerator(seed: seed)
        let statistics = LatentStatistics(of: network, count: draws, using: &random)
        let width = network.latentDimension
        let all =
            tensors + [
                (name: "mean", tensor: Tensor(statistics.mean, shape: [width])),
                (name: "covariance", tensor: Tensor(statistics.covariance, shape: [width, width])),
            ]
        try SafetensorsWriter.write(all.map { ($0.name, $0.tensor, false) }, metadata: metadata, to: path)
        print(
            "wrote \(path): \(network.resolution) pixels, \(network.rows) rows of W+, \(found.layout.rawValue)'s names"
        )
    }
}

/// The option that names a generator of one's own.
struct GeneratorOption: ParsableArguments {
    @Option(help: "A generator of `modelctl import stylegan2`, by its name, instead of the shipped one: plain W.")
    var generator: String?

    func validate() throws {
        if let generator { try Self.check(generator) }
    }

    /// Refuses names that are no file names.
    static func check(_ name: String) throws {
        guard ModelStore.isGeneratorName(name) else {
            throw ValidationError("a generator's name is letters, digits and dashes, at most 60")
        }
    }

    /// Modes but the paper's know the shipped generator's codes alone.
    func mode(_ mode: SemanticMode) -> SemanticMode { generator == nil ? mode : .paper }

    /// Refuses codes that only the shipped generator draws.
    func check(_ space: LatentKind) throws {
        if generator != nil, space != .w { throw ValidationError("--generator goes with --space w alone") }
    }
}
