import Basics
import Crypto
import Foundation
import Tensor

/// The weight files below one folder: `imported/`, made by `make setup`, and `trained/`, which the project ships.
public struct ModelStore: Sendable {
    /// The folder that holds `imported` and `trained`.
    public let root: String
    /// The generator of plain W that the user has brought, by the name of its import; the shipped one where nil.
    public let ownGenerator: String?

    /// One weight file: what it is for, and whether it is there.
    public struct Entry: Sendable, Codable, Equatable {
        /// Without the suffix.
        public let name: String
        /// Where it lies, or should lie.
        public let path: String
        /// 0 where the file is missing.
        public let bytes: Int
        /// Lower-case hexadecimal; empty where the file is missing.
        public let sha256: String
        /// As its header states it.
        public let licence: String
        /// What it is for.
        public let role: String
        /// Whether it is there.
        public let present: Bool
        /// Whether everything works without it, but for what its role says.
        public let isOptional: Bool
        /// The command that makes the file.
        public let hint: String
    }

    /// A store on `root`; nothing is read yet.
    ///
    /// - Parameter ownGenerator: what plain W is drawn by, as `modelctl import stylegan2` has named it; nil for the shipped
    ///   generator.
    public init(root: String, ownGenerator: String? = nil) {
        (self.root, self.ownGenerator) = (root, ownGenerator)
    }

    /// Whether a generator may be called so: its name is part of files' names.
    public static func isGeneratorName(_ name: String) -> Bool {
        (1...60).contains(name.utf8.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }

    /// Where channel adapters lie: each generator has its own.
    public var adapterFolder: URL {
        let folder = URL(fileURLWithPath: root).appendingPathComponent("adapters")
        return ownGenerator.map { folder.appendingPathComponent($0) } ?? folder
    }

    /// The face generator and its mapping network.
    public func generator() throws -> MobileStyleGAN { try load(.generator, MobileStyleGAN.init(weights:)) }

    /// Plain W of a StyleGAN2 that the user has imported, whatever it draws.
    ///
    /// - Throws: `ModelStoreError`.
    public func latentSpace(ofImported name: String) throws -> LatentSpace {
        try load(.styleGAN2(name)) { (file) throws(SafetensorsError) in
            let network = try StyleGAN2(weights: file)
            let statistics = try LatentStatistics(file: file, count: network.latentDimension)
            return LatentSpace(network: network, statistics: statistics)
        }
    }

    /// Where it lies or should lie.
    public func path(importedGenerator name: String) -> String {
        url(Model.styleGAN2(name).folder, Model.styleGAN2(name).name).path
    }

    /// The generator's file, from which the student starts.
    public func generatorWeights() throws -> SafetensorsFile {
        try load(.generator) { (file) throws(SafetensorsError) in file }
    }

    /// The 128-pixel student of the face generator.
    public func student() throws -> StudentGenerator { try load(.student, StudentGenerator.init(weights:)) }

    /// The perceptual distance on one of its two trunks.
    public func lpips(_ trunk: LPIPS.Trunk) throws -> LPIPS {
        try load(trunk == .vgg16 ? .lpipsVGG16 : .lpipsAlexNet) { (file) throws(SafetensorsError) in
            try LPIPS(weights: file, trunk: trunk)
        }
    }

    /// The network of published FID and KID, where the user has imported it.
    public func inceptionTrunk() throws -> InceptionTrunk { try load(.inception, InceptionTrunk.init(weights:)) }

    /// Where it lies or should lie.
    public var inceptionPath: String { url(Model.inception.folder, Model.inception.name).path }

    /// The face detector.
    public func faceDetector() throws -> FaceDetector { try load(.yunet, FaceDetector.init(weights:)) }

    /// The network that tells people apart.
    public func identityNet() throws -> IdentityNet { try load(.sface, IdentityNet.init(weights:)) }

    /// What codecs' training asks whether a face looks like a photo; nil where it is not there.
    public func discriminator() throws -> Discriminator? {
        guard FileManager.default.fileExists(atPath: url(Model.discriminator.folder, Model.discriminator.name).path)
        else { return nil }
        return try load(.discriminator, Discriminator.init(weights:))
    }

    /// The network that says how much of each attribute a face shows.
    public func attributePredictor() throws -> AttributePredictor {
        try load(.attributePredictor, AttributePredictor.init(weights:))
    }

    /// Mean and covariance of w.
    public func latentStatistics() throws -> LatentStatistics {
        try load(.latentStatistics) { (file) throws(SafetensorsError) in try LatentStatistics(file: file) }
    }

    /// The encoder that the inversion of expanded codes starts from, of no concern to a receiver.
    ///
    /// - Parameter count: length of the codes.
    public func inversionEncoder(count: Int) throws -> InversionEncoder {
        try load(.inversionEncoder) { (file) throws(SafetensorsError) in
            try InversionEncoder(file: file, count: count)
        }
    }

    /// The coordinates [k, k] in which L-BFGS inverts expanded codes, of no concern to a receiver.
    ///
    /// - Parameter count: length k of the codes.
    public func inversionCoordinates(count: Int) throws -> Tensor {
        try load(.inversionCoordinates) { (file) throws(SafetensorsError) in
            try WeightReader(file: file).tensor("coordinates", [count, count])
        }
    }

    /// The autoencoder of the baseline DeepSC.
    public func deepSC() throws -> DeepSCAutoencoder {
        let encoder = try load(.deepSCEncoder) { (file) throws(SafetensorsError) in file }
        return try load(.deepSCDecoder) { (file) throws(SafetensorsError) in
            try DeepSCAutoencoder(encoder: encoder, decoder: file)
        }
    }

    /// SHA-256 over what both ends of DeepSC must have in common.
    public func deepSCDigest() throws -> [UInt8] { try digest("deepsc", of: [.deepSCEncoder, .deepSCDecoder]) }

    /// How edits change expanded codes.
    public func editDifferences() throws -> SafetensorsFile {
        try load(.editDifferences) { (file) throws(SafetensorsError) in file }
    }

    /// How movements change expanded codes.
    public func motionDifferences() throws -> SafetensorsFile {
        try load(.motionDifferences) { (file) throws(SafetensorsError) in file }
    }

    /// The text encoder's file.
    public func textEncoder() throws -> SafetensorsFile {
        try load(.textEncoder) { (file) throws(SafetensorsError) in file }
    }

    /// What makes W+ of expanded codes.
    ///
    /// - Parameter statistics: of W.
    public func expansion(of statistics: LatentStatistics) throws -> LatentExpansion {
        let fine = try load(.fineExpansion) { (file) throws(SafetensorsError) in
            try FineExpansion(file: file, width: statistics.mean.count)
        }
        return try load(.expansion) { (file) throws(SafetensorsError) in
            try LatentExpansion(file: file, mean: statistics.mean, fine: fine)
        }
    }

    /// What a kind of code means.
    ///
    /// - Parameters:
    ///   - kind: of codes.
    ///   - network: the shipped generator, so that several spaces share it.
    /// - Throws: `ModelStoreError`.
    public func latentSpace(_ kind: LatentKind, network: MobileStyleGAN) throws -> LatentSpace {
        if kind == .w, let generator = ownGenerator {
            let space = try latentSpace(ofImported: generator)
            guard space.generator.resolution >= AttributePredictor.edge else {
                throw ModelStoreError.tooSmall(name: generator, resolution: space.generator.resolution)
            }
            return space
        }
        let statistics = try latentStatistics()
        switch kind {
        case .w: return LatentSpace(network: network, statistics: statistics)
        case .expanded:
            let expansion = try expansion(of: statistics)
            return try load(.codeStatistics) { (file) throws(SafetensorsError) in
                let photos = try LatentStatistics(file: file, count: expansion.count)
                let matrix = try WeightReader(file: file).tensor("precoder", [expansion.count, expansion.count])
                return LatentSpace(network: network, expansion: expansion, photos: photos, precoder: matrix)
            }
        }
    }

    /// The editing codec of one attribute for one kind of code, or nil where none is installed.
    public func codec(attribute: String, for kind: LatentKind) throws -> SafetensorsFile? {
        let path = url(codec: attribute, for: kind).path
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try SafetensorsFile(path: path)
    }

    /// Where the trained file `name`, without its suffix, lies or should lie.
    public func url(trained name: String) -> URL { url("trained", name) }

    /// Where the editing codec of one attribute lies or should lie.
    public func url(codec attribute: String, for kind: LatentKind) -> URL {
        url(trained: Model.codec(attribute, kind, ownGenerator).name)
    }

    /// Every file that the system knows, present or not, with the metadata its header holds; broken files throw.
    public func inventory() throws -> [Entry] {
        let models =
            Model.fixed
            + LatentKind.allCases.flatMap { kind in AttributePredictor.attributes.map { Model.codec($0, kind, nil) } }
        return try models.map { model in
            let path = url(model.folder, model.name).path
            guard FileManager.default.fileExists(atPath: path) else {
                return Entry(
                    name: model.name,
                    path: path,
                    bytes: 0,
                    sha256: "",
                    licence: "unknown until it is installed",
                    role: model.role,
                    present: false,
                    isOptional: model.isOptional,
                    hint: model.hint
                )
            }
            let file = try SafetensorsFile(path: path)
            return Entry(
                name: model.name,
                path: path,
                bytes: file.byteCount,
                sha256: file.sha256.hexadecimal,
                licence: file.metadata["licence"] ?? "not stated",
                role: model.role,
                present: true,
                isOptional: model.isOptional,
                hint: model.hint
            )
        }
    }

    /// SHA-256 over what sender and receiver must have in common to understand a kind of code: the generator, the
    /// statistics of its latent, and of expanded codes the expansions and how they go on the air.
    ///
    /// - Throws: `ModelStoreError.missing` when one of them is not installed.
    public func bundleDigest(of kind: LatentKind) throws -> [UInt8] {
        let ofExpanded: [Model] = [
            .expansion, .fineExpansion, .codeStatistics, .editDifferences, .motionDifferences,
        ]
        if kind == .w, let generator = ownGenerator {
            return try digest("editable-deepsc", of: [.styleGAN2(generator)])
        }
        return try digest(
            "editable-deepsc",
            of: [.generator, .latentStatistics] + (kind == .expanded ? ofExpanded : [])
        )
    }

    private func digest(_ name: String, of models: [Model]) throws -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("\(name) bundle 1\n".utf8))
        for model in models {
            let digest = try load(model) { (file) throws(SafetensorsError) in file.sha256 }
            hash.update(data: Array("\(model.name) \(digest.hexadecimal)\n".utf8))
        }
        return Array(hash.finalize())
    }

    private func url(_ folder: String, _ name: String) -> URL {
        URL(fileURLWithPath: root).appendingPathComponent(folder).appendingPathComponent("\(name).safetensors")
    }

    private func load<T>(_ model: Model, _ build: (SafetensorsFile) throws(SafetensorsError) -> T) throws -> T {
        let path = url(model.folder, model.name).path
        guard FileManager.default.fileExists(atPath: path) else {
            throw ModelStoreError.missing(name: model.name, path: path, hint: model.hint)
        }
        do {
            return try build(try SafetensorsFile(path: path))
        } catch {
            throw ModelStoreError.broken(name: model.name, reason: "\(error)", hint: model.hint)
        }
    }
}

/// Why a model cannot be used.
public enum ModelStoreError: Error, Equatable, CustomStringConvertible {
    /// The file is not there; `hint` is the command that makes it.
    case missing(name: String, path: String, hint: String)
    /// The file is there and cannot be used.
    case broken(name: String, reason: String, hint: String)
    /// A generator that the user has brought draws pictures too small for faces.
    case tooSmall(name: String, resolution: Int)

    /// For people: the cause and the next step.
    public var description: String {
        switch self {
        case .missing(let name, let path, let hint): "model missing: \(name) (\(path)): run \(hint)"
        case .broken(let name, let reason, let hint): "model \(name) is broken: \(reason): run \(hint)"
        case .tooSmall(let name, let resolution):
            "the generator \(name) draws \(resolution) pixels: faces need 128 at least"
        }
    }
}

/// A file that the system knows.
private struct Model: Sendable {
    let name: String
    let folder: String
    let role: String
    let hint: String
    var isOptional = false

    static let generator = imported("mobile-stylegan-ffhq", "generator: mapping and synthesis, 1024 px faces")
    static let lpipsVGG16 = imported("lpips-vgg16", "perceptual distance of the inversion (VGG16)")
    static let lpipsAlexNet = imported("lpips-alexnet", "perceptual distance for reports (AlexNet)")
    static let yunet = imported("yunet", "face detector: boxes and five landmarks")
    static let sface = imported("sface", "identity: 128-dimensional face embedding")
    static let attributePredictor = trained(
        "attribute-predictor",
        "degrees of five attributes",
        "modelctl train attribute-predictor"
    )
    static let discriminator = optional(
        trained("discriminator", "photo or drawn, for training codecs", "Scripts/train_discriminator.py")
    )
    static let student = trained("faces-128", "student of the generator: 128 px faces", "modelctl train student")
    static let textEncoder = trained("text-encoder", "reads editing requests", "modelctl train text-encoder")
    static let inversionEncoder = trained(
        "inversion-encoder",
        "start of the inversion of expanded codes",
        "modelctl train encoder"
    )
    static let inversionCoordinates = trained(
        "inversion-coordinates",
        "coordinates of the inversion of expanded codes",
        "modelctl train coordinates"
    )
    static let latentStatistics = trained(
        "w-statistics",
        "mean and covariance of the latent w",
        "python3 Scripts/latent_statistics.py"
    )
    static let expansion = trained("expansion", "codes to rows of W+", "modelctl train expansion")
    static let fineExpansion = trained(
        "expansion-fine",
        "long codes to rows of W+",
        "modelctl train expansion --fine"
    )
    static let codeStatistics = trained(
        "code-statistics",
        "mean and covariance of photos' codes, and their precoder",
        "modelctl train statistics"
    )
    static let editDifferences = trained(
        "edit-differences",
        "how edits change codes: what a sentence that follows others is sent as",
        "modelctl train differences"
    )
    static let motionDifferences = trained(
        "motion-differences",
        "how movements change codes: what the frames of a stream are sent as",
        "modelctl train motion"
    )
    static let likeness = optional(
        trained("likeness", "what a receiver expects of its pictures", "modelctl train likeness")
    )
    static let deepSCEncoder = optional(
        trained("deepsc-encoder", "encoder of the baseline DeepSC", "modelctl train deepsc")
    )
    static let deepSCDecoder = optional(
        trained("deepsc-decoder", "decoder of the baseline DeepSC", "modelctl train deepsc")
    )
    static let inception = optional(
        Model(
            name: "inception-fid",
            folder: "imported",
            role: "features of published FID and KID",
            hint: "`modelctl import inception FILE` with pytorch-fid's checkpoint"
        )
    )
    static func styleGAN2(_ name: String) -> Model {
        Model(
            name: "stylegan2-\(name)",
            folder: "imported",
            role: "generator that the user has brought",
            hint: "`modelctl import stylegan2 FILE --name \(name)` with its checkpoint"
        )
    }
    static let fixed = [
        generator, student, lpipsVGG16, lpipsAlexNet, yunet, sface, attributePredictor, textEncoder, inversionEncoder,
        inversionCoordinates, latentStatistics, expansion, fineExpansion, codeStatistics, editDifferences,
        motionDifferences, likeness, discriminator, deepSCEncoder, deepSCDecoder, inception,
    ]

    static func codec(_ attribute: String, _ kind: LatentKind, _ generator: String?) -> Model {
        if kind == .w, let generator {
            let role = "editing codec for \(attribute), of the plain W of \(generator)"
            return optional(trained("jecc-\(attribute)-w-\(generator)", role, "modelctl adopt \(generator)"))
        }
        var model = trained(
            "jecc-\(attribute)" + (kind == .w ? "-w" : ""),
            "editing codec for \(attribute), of \(kind == .w ? "plain W" : "expanded codes")",
            "modelctl train jecc --attribute \(attribute)" + (kind == .w ? " --space w" : "")
        )
        model.isOptional = kind == .w
        return model
    }

    private static func optional(_ model: Model) -> Model {
        var model = model
        model.isOptional = true
        return model
    }

    private static func imported(_ name: String, _ role: String) -> Model {
        Model(
            name: name,
            folder: "imported",
            role: role,
            hint: "`make setup`, or `editable-deepsc-fetch-models` with the Debian packages"
        )
    }

    private static func trained(_ name: String, _ role: String, _ hint: String) -> Model {
        Model(name: name, folder: "trained", role: role, hint: "`\(hint)`")
    }
}
