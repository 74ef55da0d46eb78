import ArgumentParser
import Evaluation
import Foundation
import Networks
import SemanticCoding

/// Where one experiment's scores go.
struct RecordOption: ParsableArguments {
    @Option(help: "File of each face's scores, which is gone on with when it is there.") var record: String
}

/// A command that makes one experiment.
protocol ExperimentCommand: ParsableCommand {
    static var experiment: Experiment { get }
    var options: ExperimentOptions { get }
    var output: RecordOption { get }
}

extension ExperimentCommand {
    static func described(_ abstract: String, _ discussion: String = "") -> CommandConfiguration {
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

    func run() throws { try options.run(Self.experiment, record: output.record) }
}

struct EvaluateMain: ExperimentCommand {
    static let experiment = Experiment.main
    static let configuration: CommandConfiguration = described("The paper's baselines beside ours (Fig. 4, table I).")
    @OptionGroup var options: ExperimentOptions
    @OptionGroup var output: RecordOption
}

struct EvaluateHighResolution: ExperimentCommand {
    static let experiment = Experiment.highResolution
    static let configuration: CommandConfiguration = described("The same at 512 or 1024 pixels (Fig. 6, table II).")
    @OptionGroup var options: ExperimentOptions
    @OptionGroup var output: RecordOption
}

struct EvaluateOutOfDistribution: ExperimentCommand {
    static let experiment = Experiment.outOfDistribution
    static let configuration: CommandConfiguration = described(
        "The same with faces such as nobody was trained on (Fig. 8)."
    )
    @OptionGroup var options: ExperimentOptions
    @OptionGroup var output: RecordOption
}

struct EvaluateInversionSteps: ExperimentCommand {
    static let experiment = Experiment.inversionSteps
    static let configuration: CommandConfiguration = described(
        "The paper's own inversion with 70 to 150 steps (table III)."
    )
    @OptionGroup var options: ExperimentOptions
    @OptionGroup var output: RecordOption
}

struct EvaluateAblateMatching: ExperimentCommand {
    static let experiment = Experiment.ablateMatching
    static let configuration: CommandConfiguration = described("Edits with and without attribute matching (Fig. 10).")
    @OptionGroup var options: ExperimentOptions
    @OptionGroup var output: RecordOption
}

struct EvaluateAblateAdapters: ExperimentCommand {
    static let experiment = Experiment.ablateAdapters
    static let configuration: CommandConfiguration = described(
        "Plain W with and without channel adapters (table IV).",
        "Adapters are those installed, or the files of --adapters. "
    )
    @OptionGroup var options: ExperimentOptions
    @OptionGroup var output: RecordOption
}

struct EvaluateAblateJoint: ExperimentCommand {
    static let experiment = Experiment.ablateJoint
    static let configuration: CommandConfiguration = described("Editing and coding in one step, and apart (theorem 1).")
    @OptionGroup var options: ExperimentOptions
    @OptionGroup var output: RecordOption
}

struct EvaluateAll: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all",
        abstract: "All experiments on one set of faces, and the page of them.",
        discussion: """
            Records and report.html go to --folder; what is there already is not computed again. Channel adapters are those \
            installed; without any, their experiment is left out. A face takes minutes on two cores.
            Example: modelctl evaluate all --faces celeba/test.tar --aligned --limit 20 --folder results
            """
    )

    @OptionGroup var options: ExperimentOptions
    @Option(help: "Folder of the records and of the page.") var folder: String

    func run() throws {
        guard options.shard == nil else {
            throw ValidationError("--shard goes with one experiment at a time, or their records would not be whole")
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let models = options.options.store
        let hasAdapters = try !ChannelAdapters(in: models, dimension: models.latentStatistics().mean.count).pairs
            .isEmpty
        let experiments = Experiment.allCases.filter { experiment in
            switch experiment {
            // They want other faces, or faces to tune with.
            case .highResolution, .outOfDistribution, .fineTuneSteps: false
            case .ablateAdapters: hasAdapters || !options.comparison.adapters.isEmpty
            case .main, .inversionSteps, .ablateMatching, .ablateJoint: true
            }
        }
        let records = experiments.map { "\(folder)/\($0.rawValue).jsonl" }
        for (experiment, record) in zip(experiments, records) { try options.run(experiment, record: record) }
        try writeReport(of: records, to: folder + "/report.html")
    }
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

    func run() throws { try writeReport(of: records, to: output) }
}

/// Writes the page of whole records, and the same figures as CSV and JSON beside it.
private func writeReport(of records: [String], to path: String) throws {
    let stem = path.hasSuffix(".html") ? String(path.dropLast(5)) : path
    let paths = [path, stem + ".csv", stem + ".json"]
    for path in paths { try checkOutput(path) }
    let report = ComparisonReport(try records.map { try ComparisonReport.Part(record: $0) })
    for (path, bytes) in zip(paths, [Data(report.html.utf8), Data(report.csv.utf8), try report.json()]) {
        try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
        print("wrote \(path)")
    }
}

struct EvaluateCost: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost",
        abstract: "Seconds and memory of each chain (table VI).",
        discussion: """
            Prints one JSON line a chain: seconds a picture from the aligned photo to the received one, and the peak of the \
            process's memory with the networks of all chains loaded. Run it on an idle machine.
            Example: modelctl evaluate cost --faces celeba/test.tar --aligned --limit 4
            """
    )

    @OptionGroup var options: ModelOptions
    @OptionGroup var photos: FaceOptions
    @OptionGroup var comparison: ComparisonOptions

    func run() throws {
        let models = options.store
        let experiment = Experiment.main
        let source = try photos.source()
        let (chains, editor) = try comparison.chains(experiment, models: models)
        let requests = try comparison.sentences(experiment).map { try editor.understand($0).map(\.request) }
        let aligner = FaceAligner(detector: try models.faceDetector())
        let edge = comparison.resolution ?? experiment.resolution
        let squares = try source.names.map { ($0, try source.square($0, aligner: aligner, edge: edge)) }
        for chain in chains {
            try printJSON(ChainCost(of: chain, photos: squares, requests: requests, snr: comparison.snr[0]))
        }
    }
}

struct EvaluateParameters: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parameters",
        abstract: "Parameters of each network, and which of them are tuned for a channel (table VII).",
        discussion: """
            Prints one JSON line a file, and one for a pair of channel adapters: all else stays frozen when a channel is \
            tuned for.
            Example: modelctl evaluate parameters
            """
    )

    @OptionGroup var options: ModelOptions

    private struct Line: Encodable {
        let name, role: String
        let parameters: Int
        /// Whether fine-tuning for a channel changes it.
        let tuned: Bool
        /// Of all parameters, those of the adapters included.
        var share = 0.0
    }

    func run() throws {
        let models = options.store
        let files = try models.inventory().filter(\.present)
        var lines = try files.map { entry in
            let file = try SafetensorsFile(path: entry.path)
            let count = try file.names.reduce(0) { try $0 + file.tensor($1).count }
            return Line(name: entry.name, role: entry.role, parameters: count, tuned: false)
        }
        // W and b of A_E and of A_D.
        let dimension = try models.latentStatistics().mean.count
        lines.append(
            Line(
                name: "channel-adapters",
                role: "eq. 16 and 17, in mode paper",
                parameters: 2 * (dimension * dimension + dimension),
                tuned: true
            )
        )
        let all = Double(lines.reduce(0) { $0 + $1.parameters })
        for var line in lines {
            line.share = Double(line.parameters) / all
            try printJSON(line)
        }
    }
}
