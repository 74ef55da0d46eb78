/// A file that a stage makes or needs, by its name on disk.
public enum EncodingArtifact: String, Sendable, CaseIterable {
    case photo
    case request = "request.json"
    case aligned = "aligned.png"
    case inversion = "inversion.json"
    case invertedPicture = "inverted.png"
    /// The edited code that a conversation goes on from; missing where it is the photo's own.
    case start = "start.json"
    /// What was sent of the order before, as the receiver has it.
    case base = "base.json"
    case edited = "edited.json"
    case editedPicture = "edited.png"
    /// The reals, of a codec that edits and codes at once.
    case coded = "coded.json"
}

/// Where the artifacts of one order are kept.
public protocol EncodingArtifacts: Sendable {
    /// Whether it is there, damaged or not.
    func has(_ artifact: EncodingArtifact) -> Bool
    /// - Throws: when it is not there, or damaged.
    func read(_ artifact: EncodingArtifact) throws -> [UInt8]
    /// Whole or not at all.
    func write(_ bytes: [UInt8], as artifact: EncodingArtifact) throws
}
