import Networks

/// The codecs there are, by the names that `codec = "…"` of the daemons knows them by.
public enum SemanticCodecs {
    /// A line for each.
    public static let all: [(key: String, codec: any SemanticCodec.Type)] = [
        (standard, EditableDeepSC.self),
        (DeepSC.name, DeepSC.self),
        (JPEGLDPC.name, JPEGLDPC.self),
        ("external", ExternalCodec.self),
    ]

    /// The one that is used unless another is named.
    public static let standard = "editable-deepsc"

    /// Says what is wrong with a daemon's choice, or nothing.
    ///
    /// - Parameters:
    ///   - key: of `codec`.
    ///   - external: the section `[external]`, where there is one.
    public static func complaint(of key: String, external: ExternalSettings?) -> String? {
        guard all.contains(where: { $0.key == key }) else {
            let names = all.map { "\"\($0.key)\"" }.joined(separator: ", ")
            return "codec must be one of \(names), not \"\(key)\""
        }
        if key == "external", external == nil {
            return "codec = \"external\" needs a section [external] with the socket of the process"
        }
        return external?.complaint.map { "[external] \($0)" }
    }

    /// Says what is wrong with the name of a generator of the user's, or nothing.
    public static func complaint(ofGenerator name: String?) -> String? {
        guard let name, !ModelStore.isGeneratorName(name) else { return nil }
        return "generator must be a name that `modelctl import stylegan2` has given, not \"\(name)\""
    }

    /// - Throws: `UnknownCodec`.
    public static func named(_ key: String) throws(UnknownCodec) -> any SemanticCodec.Type {
        guard let entry = all.first(where: { $0.key == key }) else {
            throw UnknownCodec(description: complaint(of: key, external: nil) ?? key)
        }
        return entry.codec
    }

    /// There is no such codec.
    public struct UnknownCodec: Error, CustomStringConvertible {
        /// The names there are.
        public let description: String
    }
}
