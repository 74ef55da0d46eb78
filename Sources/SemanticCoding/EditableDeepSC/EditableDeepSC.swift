import Networks

/// The paper's system: a photo's latent code, edited and channel-coded in one step.
public enum EditableDeepSC: SemanticCodec {
    /// As the paper calls it.
    public static let name = "Editable-DeepSC"

    /// Text and image encoders, editing fields and the generator. Mode paper is drawn by the generator that the user has
    /// brought, where the store names one.
    public static func encoder(
        models: ModelStore,
        settings: SemanticSettings,
        resolution: Int
    ) throws -> any SemanticEncoder {
        let networks = try EditingNetworks(models: models)
        let other = settings.of(settings.mode == .paper ? .full : .paper)
        let editors = try [settings, other].map {
            try FaceEditor(models: models, networks: networks, settings: $0)
        }
        let plain = editors.first { $0.kind == .w }
        return EditingEncoder(
            editors: editors,
            mode: settings.mode,
            shelf: try plain.map { try ChannelAdapterShelf(in: models, dimension: $0.dimension) },
            resolution: resolution
        )
    }

    /// A decoder for each kind of code, and for plain W of the generator that the user has brought.
    public static func decoders(
        models: ModelStore,
        settings: SemanticSettings
    ) throws -> [[UInt8]: any SemanticDecoder] {
        let (network, student) = (try models.generator(), try models.student())
        let (predictor, likeness) = (try models.attributePredictor(), try models.likeness())
        var decoders: [[UInt8]: any SemanticDecoder] = [:]
        let shipped = ModelStore(root: models.root)
        let stores = LatentKind.allCases.map { ($0, shipped) } + (models.ownGenerator == nil ? [] : [(.w, models)])
        for (kind, models) in stores {
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
