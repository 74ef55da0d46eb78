import ArgumentParser
import Basics
import Evaluation
import Foundation
import Imaging
import Networks
import SemanticCoding

/// What every experiment takes.
struct ExperimentOptions: ParsableArguments {
    @OptionGroup var options: ModelOptions
    @Option(help: "Photos: a folder, a .tar archive, or CelebA, CelebA-HQ, FFHQ or MetFaces as published.") var faces:
        String
    @Option(help: "folder, tar, celeba, celeba-hq, ffhq, ffhq-thumbnails or metfaces; by default as it looks.")
    var layout: FaceLayout?
    @Option(help: "train, val or test, where the data set has them.") var split: FaceSplit?
    @Option(help: "Most faces.") var limit: Int?
    @Option(help: "Draw them at random with this seed; without it they are the first ones.") var draw: UInt64?
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false
    @Option(parsing: .upToNextOption, help: "SNRs of the channel in dB.") var snr: [Double] = [-6, -3, 0, 3, 6]
    @Option(parsing: .upToNextOption, help: "Seeds of the noise.") var seed: [UInt64] = [1]
    @Option(help: "Edge of the pictures: 128, 256, 512 or 1024; by default as the experiment has it.") var resolution:
        Int?
    @Option(parsing: .upToNextOption, help: "What to ask for, face by face; by default as the experiment has it.")
    var ask: [String] = []
    @Flag(help: "Ask for nothing: pictures are sent as they are.") var noEdits = false
    @Option(parsing: .upToNextOption, help: "Only these chains, by their names in the tables.") var chains: [String] =
        []
    @OptionGroup var search: InversionOptions
    @Option(help: "Steps that match codes to the channel; by default as tx-daemon takes.") var matchingSteps: Int?
    @Option(parsing: .upToNextOption, help: "ablate-adapters: files of `modelctl fine-tune`, a chain for each name.")
    var adapters: [String] = []
    @Option(help: "File of each face's scores, which is gone on with when it is there.") var record: String
    @Option(help: "This machine's part, such as 3/8: the third of eight; see `evaluate merge`.") var shard: String?
    @Option(help: "A sheet of so many faces is drawn beside the record, as .png.") var sheet = 0

    func validate() throws {
        guard snr.allSatisfy({ (-30...60).contains($0) }) else { throw ValidationError("--snr must be -30 to 60 dB") }
        guard !snr.isEmpty, !seed.isEmpty else { throw ValidationError("--snr and --seed need a value") }
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be above zero") }
        guard (0...100).contains(sheet) else { throw ValidationError("--sheet must be 0 to 100") }
        guard ask.isEmpty || !noEdits else { throw ValidationError("--ask and --no-edits exclude each other") }
        if let resolution, ![128, 256, 512, 1024].contains(resolution) {
            throw ValidationError("--resolution must be 128, 256, 512 or 1024, not \(resolution)")
        }
        if let shard { _ = try ComparisonRecord.Shard(shard) }
        for path in adapters where !FileManager.default.fileExists(atPath: path) {
            throw ValidationError("--adapters: there is no file \(path)")
        }
    }

    /// Sends what is missing of the experiment, and prints its summaries once it is whole.
    func run(_ experiment: Experiment) throws {
        try checkOutput(record)
        let models = options.store
        let edge = resolution ?? experiment.resolution
        let settings = try settings(experiment, edge: edge)
        let source = try FaceSource(
            path: faces,
            layout: layout,
            split: split,
            limit: limit,
            seed: draw,
            isAligned: aligned ? true : nil
        )
        guard !source.names.isEmpty else { throw ValidationError("no faces in \(faces)") }
        let found = try experiment.chains(
            models: models,
            settings: settings,
            resolution: edge,
            adapters: adapterSets(models)
        )
        let chosen = chains.isEmpty ? found.chains : found.chains.filter { chains.contains($0.name) }
        guard chosen.count == chains.count || chains.isEmpty else {
            let names = found.chains.map(\.name).joined(separator: ", ")
            throw ValidationError("--chains: \(experiment.rawValue) has \(names)")
        }
        let sentences = noEdits ? [] : ask.isEmpty ? experiment.sentences : ask
        let comparison = try Comparison(
            chains: chosen,
            editor: found.editor,
            networks: ComparisonNetworks(models: models),
            sentences: sentences
        )
        let conditions = ComparisonConditions(
            experiment: experiment.rawValue,
            chains: chosen,
            snrs: snr,
            seeds: seed,
            resolution: edge,
            sentences: sentences,
            settings: settings,
            models: try models.bundleDigest(of: settings.code).hexadecimal,
            faces: source.names
        )
        let record = try ComparisonRecord(path: record, conditions: conditions)
        try send(source, comparison, record, models: models)
        if record.faces.count == source.names.count {
            for summary in ComparisonSummary.all(of: record.faces, under: conditions) { try printJSON(summary) }
        }
    }

    /// The faces of this shard that are not in the record yet.
    private func send(
        _ source: FaceSource,
        _ comparison: Comparison,
        _ record: ComparisonRecord,
        models: ModelStore
    ) throws {
        let part = try shard.map { try ComparisonRecord.Shard($0) } ?? .whole
        let all = source.names.indices.filter(part.contains)
        let done = Set(record.faces.map(\.index))
        let open = all.filter { !done.contains($0) }
        let aligner = FaceAligner(detector: try models.faceDetector())
        let edge = record.conditions.resolution
        var bar = ProgressBar("sending")
        var tiles: [Picture] = []
        let began = ContinuousClock.now
        for (place, index) in open.enumerated() {
            let name = source.names[index]
            let bytes = try PictureFile.encodePNG(source.picture(name))
            let photo = try aligner.align(photo: bytes, alreadyAligned: source.isAligned).square
            let found = try comparison.scores(
                photo: photo.resizedArea(width: edge, height: edge),
                name: name,
                index: index,
                snrs: snr,
                seeds: seed,
                show: { _, picture in if place < sheet { tiles.append(picture) } },
                progress: { share, note in
                    let past = Double(place) + share
                    let seconds = (ContinuousClock.now - began) / .seconds(1)
                    let left = past > 0 ? ", " + ProgressBar.timeLeft(seconds / past * (Double(open.count) - past)) : ""
                    bar.update(past / Double(open.count), "\(place + 1) of \(open.count), \(note)\(left)")
                }
            )
            try record.add(found.comparison, seconds: found.seconds)
        }
        bar.finish()
        if !tiles.isEmpty {
            let columns = tiles.count / min(sheet, open.count)
            try PictureFile.writePNG(Picture(grid: tiles, columns: columns), to: record.path + ".png")
        }
    }

    private func settings(_ experiment: Experiment, edge: Int) throws -> SemanticSettings {
        var settings = search.settings(experiment.settings.mode)
        settings.workingResolution = min(512, max(128, edge))
        settings.matchingSteps = matchingSteps ?? settings.matchingSteps
        if let complaint = settings.complaint { throw ValidationError(complaint) }
        return settings
    }

    private func adapterSets(_ models: ModelStore) throws -> [(name: String, adapters: ChannelAdapters)] {
        let dimension = try models.latentStatistics().mean.count
        return try adapters.map { path in
            let pair = try ChannelAdapterPair(file: SafetensorsFile(path: path), dimension: dimension)
            return (URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent, ChannelAdapters([pair]))
        }
    }
}

extension FaceLayout: ExpressibleByArgument {}
extension FaceSplit: ExpressibleByArgument {}

/// A command that makes one experiment.
protocol ExperimentCommand: ParsableCommand {
    static var experiment: Experiment { get }
    var options: ExperimentOptions { get }
}

extension ExperimentCommand {
    static func configuration(_ abstract: String, _ discussion: String = "") -> CommandConfiguration {
        CommandConfiguration(
            commandName: experiment.rawValue,
            abstract: abstract,
            discussion: """
                \(discussion)Each face goes through the daemons' modem; scores go to --record, which is gone on with after \
                an interruption. Prints one JSON line a chain and SNR; `modelctl evaluate report` makes a page of records.
                Example: modelctl evaluate \(experiment.rawValue) --faces celeba/test.tar --aligned --limit 20 \\
                           --record \(experiment.rawValue).jsonl
                """
        )
    }

    func run() throws { try options.run(Self.experiment) }
}

struct EvaluateMain: ExperimentCommand {
    static let experiment = Experiment.main
    static let configuration = configuration("The paper's baselines beside ours (Fig. 4, table I).")
    @OptionGroup var options: ExperimentOptions
}

struct EvaluateHighResolution: ExperimentCommand {
    static let experiment = Experiment.highResolution
    static let configuration = configuration("The same at 512 or 1024 pixels (Fig. 6, table II).")
    @OptionGroup var options: ExperimentOptions
}

struct EvaluateOutOfDistribution: ExperimentCommand {
    static let experiment = Experiment.outOfDistribution
    static let configuration = configuration("The same with faces such as nobody was trained on (Fig. 8).")
    @OptionGroup var options: ExperimentOptions
}

struct EvaluateInversionSteps: ExperimentCommand {
    static let experiment = Experiment.inversionSteps
    static let configuration = configuration("The paper's own inversion with 70 to 150 steps (table III).")
    @OptionGroup var options: ExperimentOptions
}

struct EvaluateAblateMatching: ExperimentCommand {
    static let experiment = Experiment.ablateMatching
    static let configuration = configuration("Edits with and without attribute matching (Fig. 10).")
    @OptionGroup var options: ExperimentOptions
}

struct EvaluateAblateAdapters: ExperimentCommand {
    static let experiment = Experiment.ablateAdapters
    static let configuration = configuration(
        "Plain W with and without channel adapters (tables IV and V).",
        "Adapters are those installed, or the files of --adapters: tuned with several --iterations, they are table V. "
    )
    @OptionGroup var options: ExperimentOptions
}

struct EvaluateAblateJoint: ExperimentCommand {
    static let experiment = Experiment.ablateJoint
    static let configuration = configuration("Editing and coding in one step, and apart (theorem 1).")
    @OptionGroup var options: ExperimentOptions
}

struct EvaluateMerge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Puts the shards of one experiment together.",
        discussion: """
            The result is what one machine would have written, byte for byte; seconds lie beside it.
            Example: modelctl evaluate merge main-*.jsonl --output main.jsonl
            """
    )

    @Argument(help: "Records of all shards.") var records: [String]
    @Option(help: "The whole record.") var output: String

    func run() throws {
        try checkOutput(output)
        let merged = try ComparisonRecord.merged(records)
        try merged.record.write(to: URL(fileURLWithPath: output), options: .atomic)
        try merged.seconds.write(to: URL(fileURLWithPath: output + ".seconds"), options: .atomic)
        print("wrote \(output)")
    }
}

struct EvaluateReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes a page of experiments: charts, tables and pictures in one HTML file, CSV and JSON beside it.",
        discussion: "Example: modelctl evaluate report main.jsonl ablate-joint.jsonl --output report.html"
    )

    @Argument(help: "Whole records, in the order of the page.") var records: [String]
    @Option(help: "The page; .csv and .json lie beside it.") var output: String

    func run() throws {
        let stem = output.hasSuffix(".html") ? String(output.dropLast(5)) : output
        let paths = [output, stem + ".csv", stem + ".json"]
        for path in paths { try checkOutput(path) }
        let report = ComparisonReport(try records.map { try ComparisonReport.Part(record: $0) })
        for (path, bytes) in zip(paths, [Data(report.html.utf8), Data(report.csv.utf8), try report.json()]) {
            try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
            print("wrote \(path)")
        }
    }
}
