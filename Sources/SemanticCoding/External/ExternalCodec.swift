import Crypto
import Networks

/// A codec in a process of its own, anybody's: it gets an aligned face and a sentence and gives reals, and gets reals and
/// their variances and gives a picture. docs/bring-your-own-codec.md has the protocol.
public enum ExternalCodec: SemanticCodec {
    /// What people call it.
    public static let name = "External"

    /// Most reals of a code word: a transmission has at most 65,536 symbols.
    static let mostReals = 2 * 65_536

    /// Aligns faces and has the process do the rest. The process need not be there yet.
    ///
    /// - Throws: `ModelStoreError` when the face detector is missing or broken, `MissingSettings`.
    public static func encoder(
        models: ModelStore,
        settings: SemanticSettings,
        resolution: Int
    ) throws -> any SemanticEncoder {
        ExternalEncoder(
            process: try process(settings),
            aligner: FaceAligner(detector: try models.faceDetector()),
            resolution: resolution
        )
    }

    /// One decoder, which looks at each code word's digest itself: the process need not be there yet.
    ///
    /// - Throws: `MissingSettings`.
    public static func decoders(
        models: ModelStore,
        settings: SemanticSettings
    ) throws -> [[UInt8]: any SemanticDecoder] {
        [[]: ExternalDecoder(process: try process(settings))]
    }

    /// Nobody said where the process is.
    struct MissingSettings: Error, CustomStringConvertible {
        let description = "codec = \"external\" needs a section [external] with the socket of the process"
    }

    private static func process(_ settings: SemanticSettings) throws(MissingSettings) -> CodecProcess {
        guard let external = settings.external else { throw MissingSettings() }
        return CodecProcess(external)
    }

    /// SHA-256, 32 bytes, by which both ends agree on the codec.
    ///
    /// - Parameter name: that the process gives itself.
    static func digest(of name: String) -> [UInt8] {
        Array(SHA256.hash(data: Array("external\0\(name)".utf8)))
    }
}
