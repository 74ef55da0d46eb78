import Foundation

/// What a codec process is asked: the header, a JSON object. What is not known stands there as null.
enum CodecRequest: Encodable {
    /// Who it is; no payload.
    case hello
    /// Reals of a picture. Payload: the picture, a PNG file or raw RGB, as the process wants it.
    case encode(instruction: String, dimension: Int?, snr: Int?, resolution: Int, bytes: Int)
    /// A picture of reals. Payload: the values, then their variances, little-endian float32.
    case decode(reals: Int, snr: Int?, resolution: Int, bytes: Int)

    private enum CodingKeys: String, CodingKey {
        case kind, version, instruction, dimension, snr, resolution, reals, bytes
    }

    func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .hello:
            try keys.encode("hello", forKey: .kind)
            try keys.encode(1, forKey: .version)
            try keys.encode(0, forKey: .bytes)
        case .encode(let instruction, let dimension, let snr, let resolution, let bytes):
            try keys.encode("encode", forKey: .kind)
            try keys.encode(instruction, forKey: .instruction)
            try keys.encode(dimension, forKey: .dimension)
            try keys.encode(snr, forKey: .snr)
            try keys.encode(resolution, forKey: .resolution)
            try keys.encode(bytes, forKey: .bytes)
        case .decode(let reals, let snr, let resolution, let bytes):
            try keys.encode("decode", forKey: .kind)
            try keys.encode(reals, forKey: .reals)
            try keys.encode(snr, forKey: .snr)
            try keys.encode(resolution, forKey: .resolution)
            try keys.encode(bytes, forKey: .bytes)
        }
    }
}

/// The header of an answer: everything that any answer may say, as it came.
struct CodecAnswer: Decodable, Equatable {
    /// Bytes of the payload behind it.
    let bytes: Int
    let name: String?
    let dimension: Int?
    let maximumDimension: Int?
    let picture: String?
    let reals: Int?
    let error: String?
    let code: String?
    let temporary: Bool?

    /// Longest header in bytes.
    static let longestHeader = 64 << 10
    /// Longest payload in bytes.
    static let longestPayload = 64 << 20

    private enum CodingKeys: String, CodingKey {
        case bytes, name, dimension, maximumDimension, picture, reals, error, code, temporary
    }

    /// Reads a header.
    ///
    /// - Throws: `CodecProcessError` when it is no such JSON, or speaks of a payload that no answer has.
    init(header: [UInt8]) throws(CodecProcessError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(header))
        } catch {
            throw .wrongAnswer("a header that is not the JSON that is expected")
        }
        guard (0...Self.longestPayload).contains(bytes) else {
            throw .wrongAnswer("a header that speaks of \(bytes) bytes, of at most \(Self.longestPayload)")
        }
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        bytes = try keys.decodeIfPresent(Int.self, forKey: .bytes) ?? 0
        name = try keys.decodeIfPresent(String.self, forKey: .name)
        dimension = try keys.decodeIfPresent(Int.self, forKey: .dimension)
        maximumDimension = try keys.decodeIfPresent(Int.self, forKey: .maximumDimension)
        picture = try keys.decodeIfPresent(String.self, forKey: .picture)
        reals = try keys.decodeIfPresent(Int.self, forKey: .reals)
        error = try keys.decodeIfPresent(String.self, forKey: .error)
        code = try keys.decodeIfPresent(String.self, forKey: .code)
        temporary = try keys.decodeIfPresent(Bool.self, forKey: .temporary)
    }
}

/// What a process says of itself, checked.
struct CodecIdentity: Equatable, Sendable {
    /// How pictures travel, either way.
    enum PictureForm: String, Sendable {
        /// As a PNG file.
        case png
        /// As rows of red, green and blue bytes.
        case rgb
    }

    /// Tells codecs, their weights included, from one another: both ends must have the same.
    let name: String
    /// k, unless an order asks for another number.
    let dimension: Int
    /// k of the longest code word that it makes or takes.
    let maximumDimension: Int
    let form: PictureForm

    private static let longestName = 200

    /// - Throws: `CodecProcessError` when the answer does not say it, or says what cannot be.
    init(_ answer: CodecAnswer) throws(CodecProcessError) {
        guard let name = answer.name, !name.isEmpty, name.utf8.count <= Self.longestName else {
            throw .wrongAnswer("no name of 1 to \(Self.longestName) bytes")
        }
        guard let dimension = answer.dimension, Self.isDimension(dimension) else {
            throw .wrongAnswer("no dimension that is even and 2 to \(ExternalCodec.mostReals)")
        }
        let most = answer.maximumDimension ?? dimension
        guard Self.isDimension(most), most >= dimension else {
            throw .wrongAnswer("a maximumDimension that is not even, or not \(dimension) to \(ExternalCodec.mostReals)")
        }
        guard let form = PictureForm(rawValue: answer.picture ?? PictureForm.png.rawValue) else {
            throw .wrongAnswer("a picture that is neither \"png\" nor \"rgb\"")
        }
        (self.name, self.dimension, self.maximumDimension, self.form) = (name, dimension, most, form)
    }

    private static func isDimension(_ number: Int) -> Bool {
        (2...ExternalCodec.mostReals).contains(number) && number.isMultiple(of: 2)
    }
}
