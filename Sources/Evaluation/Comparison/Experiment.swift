import Networks
import SemanticCoding

/// An experiment of the paper (arXiv 2411.15702), or beside it: which chains are compared, and how.
package enum Experiment: String, CaseIterable, Sendable {
    /// Fig. 4: the baselines beside ours.
    case main
    /// Fig. 6 and table II.
    case highResolution = "high-resolution"
    /// Fig. 8.
    case outOfDistribution = "ood"
    /// Table III: T_inv.
    case inversionSteps = "inversion-steps"
    /// Fig. 10: attribute matching.
    case ablateMatching = "ablate-matching"
    /// Table IV: the channel adapters.
    case ablateAdapters = "ablate-adapters"
    /// Table V: pairs of several T_ft.
    case fineTuneSteps = "fine-tune-steps"
    /// Theorem 1: editing as a step of its own.
    case ablateJoint = "ablate-joint"

    /// Edge of the pictures in pixels, unless something else is asked for.
    package var resolution: Int { self == .highResolution ? 512 : 128 }

    /// What is asked for, unless something else is: the experiments about inversion and channel edit nothing.
    package var sentences: [String] {
        switch self {
        case .main, .highResolution, .outOfDistribution, .ablateMatching, .ablateJoint:
            [
                "make her smile a little more", "make him look a bit older", "she should have short bangs",
                "put thin glasses on him", "give him some stubble",
            ]
        case .inversionSteps, .ablateAdapters, .fineTuneSteps: []
        }
    }

    /// How photos are inverted, unless something else is asked for.
    package var settings: SemanticSettings {
        switch self {
        case .main, .highResolution, .outOfDistribution, .ablateMatching, .ablateJoint: SemanticSettings(mode: .full)
        case .inversionSteps, .ablateAdapters, .fineTuneSteps: SemanticSettings(mode: .paper)
        }
    }

    /// Table III's.
    private static let tableThree = [70, 90, 110, 130, 150]

    /// The chains in the order of the tables.
    ///
    /// - Parameters:
    ///   - settings: of the product's codes.
    ///   - resolution: edge of the pictures in pixels.
    ///   - adapters: for `ablateAdapters` and `fineTuneSteps`: pairs by their names; those that are installed when empty.
    ///   - names: only these; all when empty.
    /// - Throws: `ModelStoreError` when a model is missing or broken, `ExperimentError`.
    package func chains(
        models: ModelStore,
        settings: SemanticSettings,
        resolution: Int,
        adapters: [(name: String, adapters: ChannelAdapters)] = [],
        only names: [String] = []
    ) throws -> (chains: [any Chain], editor: FaceEditor) {
        let networks = try EditingNetworks(models: models)
        let editor = try FaceEditor(models: models, networks: networks, settings: settings)
        let installed =
            settings.code == .w
            ? try ChannelAdapterShelf(in: models, dimension: editor.dimension) : nil
        let given = adapters.flatMap(\.adapters.pairs)
        let decoder = try EditingDecoder(
            space: editor.space,
            student: models.student(),
            shelf: installed.map { given.isEmpty ? $0 : ChannelAdapterShelf(ChannelAdapters(given)) }
        )
        func ours(_ name: String, by editor: FaceEditor, _ editing: SemanticChain.Editing = .joint) -> SemanticChain {
            SemanticChain(
                name: name,
                editor: editor,
                decoder: decoder,
                editing: editing,
                isMatched: settings.mode == .full && settings.matchingSteps > 0
            )
        }
        var known: [String]?
        let all: [any Chain]
        switch self {
        case .main, .highResolution, .outOfDistribution:
            let coders: [(name: String, make: () throws -> any PictureCoder)] = [
                ("deepsc", { try DeepSCPictureCoder(models: models, edge: resolution) }),
                ("jpeg-ldpc", { try JPEGLDPCPictureCoder.paper(edge: resolution) }),
            ]
            let pictures = coders.flatMap { name, make in
                [(name: "\(name)+talk2edit", place: PictureChain.Place.after), ("talk2edit+\(name)", .before)]
                    .map { (name: $0.name, place: $0.place, make: make) }
            }
            // What nobody asks for need not be installed.
            let chosen = try pictures.filter { names.isEmpty || names.contains($0.name) }.map {
                PictureChain(name: $0.name, coder: try $0.make(), place: $0.place, editor: editor)
            }
            all = [ours("editable-deepsc", by: editor)] + chosen
            known = ["editable-deepsc"] + pictures.map(\.name)
        case .inversionSteps:
            all = try Self.tableThree.map { steps in
                var own = settings
                own.inversionSteps = steps
                return ours("t-inv-\(steps)", by: try FaceEditor(models: models, networks: networks, settings: own))
            }
        case .ablateMatching: all = [ours("matched", by: editor), ours("unmatched", by: editor, .unmatched)]
        case .ablateJoint: all = [ours("joint", by: editor), ours("apart", by: editor, .apart)]
        case .ablateAdapters, .fineTuneSteps:
            guard let installed else { throw ExperimentError.adaptersNeedPlainCodes }
            let pairs = adapters.isEmpty ? [(name: "adapters", adapters: installed.adapters)] : adapters
            guard pairs.allSatisfy({ !$0.adapters.pairs.isEmpty }) else { throw ExperimentError.noAdapters }
            let with = pairs.map { name, adapters in
                var chain = ours(name, by: editor)
                chain.adapters = adapters
                return chain
            }
            all = [ours("no-adapters", by: editor)] + with
        }
        let there = known ?? all.map(\.name)
        if let stranger = names.first(where: { !there.contains($0) }) {
            throw ExperimentError.noChain(stranger, there)
        }
        return (all.filter { names.isEmpty || names.contains($0.name) }, editor)
    }
}

/// Why an experiment cannot be made.
package enum ExperimentError: Error, Equatable, CustomStringConvertible {
    case noAdapters
    case adaptersNeedPlainCodes
    case noChain(String, [String])

    package var description: String {
        switch self {
        case .noAdapters:
            "no channel adapters are installed: tune some with `modelctl fine-tune --snr -6 --images FOLDER`"
        case .noChain(let name, let there): "there is no chain \(name) here, but \(there.joined(separator: ", "))"
        case .adaptersNeedPlainCodes: "channel adapters are for codes of plain W: leave --mode at paper"
        }
    }
}
