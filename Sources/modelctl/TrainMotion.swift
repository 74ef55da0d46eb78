import ArgumentParser
import Basics
import Imaging
import Networks
import SemanticCoding
import SemanticTraining

struct TrainMotion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "motion",
        abstract: "Finds how faces' movements change codes: what the frames of a stream are sent as.",
        discussion: """
            Both ends need the same result. Two photos of a person each are compared, as the learned start of the \
            inversion sees them; the axes that nearly all of the differences lie along are kept.
            Example: modelctl train motion --pictures celeba --labels attributes.csv
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "Folder with photos, 128 x 128 in the FFHQ frame.") var pictures: String
    @Option(help: "Label table, which says who is in them and which are for training.") var labels: String
    @Option(help: "People, two photos each, the first ones.") var limit = 400
    @Option(help: "Result; Models/trained/motion-differences.safetensors by default.") var output: String?

    func validate() throws {
        guard (CodeDifferences.ofMotion...100_000).contains(limit) else {
            throw ValidationError("--limit must be \(CodeDifferences.ofMotion) to 100000")
        }
    }

    func run() throws {
        let models = options.store
        let path = output ?? models.url(trained: "motion-differences").path
        try checkOutput(path, makingFolder: true)
        let space = try models.latentSpace(.expanded, network: models.generator())
        let start = LearnedStart(
            encoder: try models.inversionEncoder(count: space.dimension),
            generator: space.generator(by: try models.student()),
            statistics: space.statistics,
            lpips: try models.lpips(.vgg16)
        )
        var pairs: [(Picture, Picture)] = []
        for (first, second) in try FaceDataset.pairs(of: "train", in: labels) where pairs.count < limit {
            let files = [first, second].compactMap { try? AtomicFile.read(pictures + "/" + $0) }
            guard files.count == 2 else { continue }
            pairs.append((try PictureFile.decode(files[0]), try PictureFile.decode(files[1])))
        }
        guard !pairs.isEmpty else { throw FaceDatasetError.noPictures(pictures) }
        let trainer = try CodeDifferencesTrainer(space: space)
        var bar = ProgressBar("comparing")
        let movements = try trainer.movements(pairs, by: start) { [count = pairs.count] done in
            bar.update(Double(done) / Double(count), "\(done) of \(count) people")
        }
        bar.finish()
        let (rank, share) = try trainer.write(
            movements,
            dimension: CodeDifferences.ofMotion,
            source: "pairs of CelebA photos",
            seed: 0,
            to: path
        )
        print(
            "wrote \(path): \(rank) axes with \(Int((1000 * share).rounded()) / 10) % of \(movements.count) differences"
        )
    }
}
