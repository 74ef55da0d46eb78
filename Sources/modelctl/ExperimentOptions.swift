import ArgumentParser
import Evaluation
import Foundation
import Imaging
import Networks
import SemanticCoding

/// Which chains are compared, and how.
struct ComparisonOptions: ParsableArguments {
    @Option(parsing: .upToNextOption, help: "SNRs of the channel in dB.") var snr: [Double] = [-6, -3, 0, 3, 6]
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

    func validate() throws {
        guard !snr.isEmpty, snr.allSatisfy({ (-30...60).contains($0) }) else {
            throw ValidationError("--snr must be -30 to 60 dB")
        }
        guard ask.isEmpty || !noEdits else { throw ValidationError("--ask and --no-edits exclude each other") }
        if let resolution, ![128, 256, 512, 1024].contains(resolution) {
            throw ValidationError("--resolution must be 128, 256, 512 or 1024, not \(resolution)")
        }
        for path in adapters where !FileManager.default.fileExists(atPath: path) {
            throw ValidationError("--adapters: there is no file \(path)")
        }
    }

    /// What is asked for.
    func sentences(_ experiment: Experiment) -> [String] {
        noEdits ? [] : ask.isEmpty ? experiment.sentences : ask
    }

    /// How photos are inverted and coded.
    func settings(_ experiment: Experiment) throws -> SemanticSettings {
        var settings = search.settings(experiment.settings.mode)
        settings.workingResolution = min(512, max(128, resolution ?? experiment.resolution))
        settings.matchingSteps = matchingSteps ?? settings.matchingSteps
        if let complaint = settings.complaint { throw ValidationError(complaint) }
        return settings
    }

    /// The experiment's chains, or those that were chosen, and the editor that reads its sentences.
    func chains(_ experiment: Experiment, models: ModelStore) throws -> (chains: [any Chain], editor: FaceEditor) {
        let dimension = try models.latentStatistics().mean.count
        let pairs = try adapters.map { path in
            let pair = try ChannelAdapterPair(file: SafetensorsFile(path: path), dimension: dimension)
            let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
            return (name: name, adapters: ChannelAdapters([pair]))
        }
        return try experiment.chains(
            models: models,
            settings: settings(experiment),
            resolution: resolution ?? experiment.resolution,
            adapters: pairs,
            only: chains
        )
    }
}

/// What every experiment takes.
struct ExperimentOptions: ParsableArguments {
    @OptionGroup var options: ModelOptions
    @OptionGroup var photos: FaceOptions
    @OptionGroup var comparison: ComparisonOptions
    @Option(parsing: .upToNextOption, help: "Seeds of the noise.") var seed: [UInt64] = [1]
    @Option(
        help: "Whose features FID and KID compare: vgg16, or inception once `modelctl import inception` has it."
    ) var trunk = FeatureTrunk.Kind.vgg16
    @Option(help: "This machine's part, such as 3/8: the third of eight; see `evaluate merge`.") var shard: String?
    @Option(help: "A sheet of so many faces is drawn beside the record, as .png.") var sheet = 0

    func validate() throws {
        guard !seed.isEmpty else { throw ValidationError("--seed needs a value") }
        guard (0...100).contains(sheet) else { throw ValidationError("--sheet must be 0 to 100") }
        if let shard { _ = try ComparisonRecord.Shard(shard) }
    }

    /// Sends what is missing of the experiment, and prints its summaries once it is whole.
    ///
    /// - Parameter path: of each face's scores.
    func run(_ experiment: Experiment, record path: String) throws {
        try checkOutput(path)
        let models = options.store
        let source = try photos.source()
        let (chains, editor) = try comparison.chains(experiment, models: models)
        let sentences = comparison.sentences(experiment)
        let settings = try comparison.settings(experiment)
        let conditions = ComparisonConditions(
            experiment: experiment.rawValue,
            chains: chains,
            snrs: comparison.snr,
            seeds: seed,
            resolution: comparison.resolution ?? experiment.resolution,
            sentences: sentences,
            settings: settings,
            trunk: trunk,
            models: try models.bundleDigest(of: settings.code).hexadecimal,
            faces: source.names
        )
        let record = try ComparisonRecord(path: path, conditions: conditions)
        let sender = try Comparison(
            chains: chains,
            editor: editor,
            networks: ComparisonNetworks(models: models, resolution: conditions.resolution, trunk: trunk),
            sentences: sentences
        )
        try send(source, by: sender, record, aligner: FaceAligner(detector: models.faceDetector()))
        if record.faces.count == source.names.count {
            for summary in ComparisonSummary.all(of: record.faces, under: conditions) { try printJSON(summary) }
        }
    }

    /// The faces of this shard that are not in the record yet.
    private func send(
        _ source: FaceSource,
        by sender: Comparison,
        _ record: ComparisonRecord,
        aligner: FaceAligner
    ) throws {
        let part = try shard.map { try ComparisonRecord.Shard($0) } ?? .whole
        let done = Set(record.faces.map(\.index))
        let open = source.names.indices.filter { part.contains($0) && !done.contains($0) }
        var bar = ProgressBar("sending")
        var rows: [[Picture]] = []
        let began = ContinuousClock.now
        for (place, index) in open.enumerated() {
            let name = source.names[index]
            var row: [Picture] = []
            let found = try sender.scores(
                photo: source.square(name, aligner: aligner, edge: record.conditions.resolution),
                name: name,
                index: index,
                snrs: record.conditions.snrs,
                seeds: record.conditions.seeds,
                show: { _, picture in row.append(picture) },
                progress: { share, note in
                    let past = Double(place) + share
                    let pace = (ContinuousClock.now - began) / .seconds(1) / max(past, 1e-9)
                    let left = past > 0 ? ", " + ProgressBar.timeLeft(pace * (Double(open.count) - past)) : ""
                    bar.update(past / Double(open.count), "\(place + 1) of \(open.count), \(note)\(left)")
                }
            )
            try record.add(found.comparison, seconds: found.seconds)
            if rows.count < sheet { rows.append(row) }
        }
        bar.finish()
        if let columns = rows.first?.count {
            try PictureFile.writePNG(
                Picture(grid: rows.flatMap(\.self), columns: columns),
                to: record.path + ".png"
            )
        }
    }
}

extension FeatureTrunk.Kind: ExpressibleByArgument {}
