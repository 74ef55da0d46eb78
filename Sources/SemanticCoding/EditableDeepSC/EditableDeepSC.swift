import Networks

/// The paper's system: a photo's latent code, edited and channel-coded in one step.
public enum EditableDeepSC: SemanticCodec {
    /// As the paper calls it.
    public static let name = "Editable-DeepSC"

    /// Text and image encoders, editing fields and the generator.
    public static func encoder(
        models: ModelStore,
        settings: SemanticSettings,
        resolution: Int
    ) throws -> any SemanticEncoder {
        let networks = try EditingNetworks(models: models)
        let other = SemanticSettings(mode: settings.mode == .paper ? .full : .paper)
        return EditingEncoder(
            editors: try [settings, other].map { try FaceEditor(models: models, networks: networks, settings: $0) },
            mode: settings.mode,
            shelf: try ChannelAdapterShelf(in: models, dimension: models.latentStatistics().mean.count),
            resolution: resolution
        )
    }

    /// A decoder for each kind of code.
    public static func decoders(
        models: ModelStore,
        settings: SemanticSettings
    ) throws -> [[UInt8]: any SemanticDecoder] {
        let (network, student) = (try models.generator(), try models.student())
        let (predictor, likeness) = (try models.attributePredictor(), try models.likeness())
        var decoders: [[UInt8]: any SemanticDecoder] = [:]
        for kind in LatentKind.allCases {
            let space = try models.latentSpace(kind, network: network)
            decoders[try models.bundleDigest(of: kind)] = try EditingDecoder(
                space: space,
                student: student,
                predictor: predictor,
                likeness: likeness,
                shelf: kind == .w ? ChannelAdapterShelf(in: models, dimension: space.dimension) : nil,
                differences: models.editDifferences(of: space),
                movements: models.motionDifferences(of: space)
            )
        }
        return decoders
    }
}
