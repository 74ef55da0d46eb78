import ArgumentParser
import Evaluation
import Networks
import SemanticCoding
import SemanticTraining

struct TrainLikeness: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness",
        abstract: "Fits what a receiver expects of its pictures to what evaluations found.",
        discussion: """
            Takes the files that `modelctl evaluate snr --record` wrote, of faces that are not test faces. A receiver then \
            knows how like the photo a picture probably is, from how much of its code the channel has taken.
            Example: modelctl train likeness --records snr.json
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(parsing: .upToNextOption, help: "Files of `modelctl evaluate snr --record`.") var records: [String]
    @Option(help: "Result; Models/trained/likeness.safetensors by default.") var output: String?

    func run() throws {
        let path = output ?? options.store.url(trained: "likeness").path
        try checkOutput(path, makingFolder: true)
        let examples = try records.flatMap { try SNRRecord.faces(at: $0).flatMap { $0.compactMap(\.example) } }
        guard !examples.isEmpty else { throw ValidationError("no received picture in the records") }
        try SafetensorsWriter.write(
            LikenessTrainer.fit(examples),
            metadata: [
                "pictures": "\(examples.count)",
                "licence": "research use: fitted to pictures of CelebA faces",
            ],
            to: path
        )
        print("wrote \(path) from \(examples.count) pictures")
    }
}
