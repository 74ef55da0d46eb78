import Channel
import Crypto
import Imaging
import Networks

/// The paper's second baseline: Talk2Edit, then a JPEG file of 0.35 bits a pixel, 5G NR's LDPC code of rate 1/2, 64-QAM.
public enum JPEGLDPC: SemanticCodec {
    /// As the daemons' configuration names it.
    public static let name = "jpeg-ldpc"

    /// Talk2Edit's networks, and the classical chain.
    public static func encoder(
        models: ModelStore,
        settings: SemanticSettings,
        resolution: Int
    ) throws -> any SemanticEncoder {
        try EditedPictureEncoder(
            models: models,
            settings: settings,
            resolution: resolution,
            coder: JPEGLDPCPictureCoder.paper()
        )
    }

    /// The classical chain, backwards.
    public static func decoders(
        models: ModelStore,
        settings: SemanticSettings
    ) throws -> [[UInt8]: any SemanticDecoder] {
        let coder = try JPEGLDPCPictureCoder.paper()
        return [coder.digest: SentPictureDecoder(coder: coder)]
    }
}

/// Pictures as JPEG files of one length in symbols of one modulation: k is twice their number.
package struct JPEGLDPCPictureCoder: PictureCoder {
    /// By which smaller pictures are sent where whole ones fit in no quality.
    private static let factors = [1, 2, 4, 8]
    /// Quality, which of `factors`, length of the scan.
    private static let headerBytes = 4

    private let edge: Int
    private let code: TransportBlockCode
    package let digest: [UInt8]

    /// - Parameters:
    ///   - edge: of the pictures in pixels.
    ///   - bitsPerPixel: of the file, less what both ends know of it beforehand.
    ///   - modulation: of the symbols.
    ///   - rate: information bits per coded bit.
    /// - Throws: `PictureCoderError.noCode` when nothing fits.
    package init(edge: Int, bitsPerPixel: Double, modulation: Modulation, rate: Double) throws(PictureCoderError) {
        let bits = (bitsPerPixel * Double(edge * edge)).rounded()
        let uses = Int((bits / rate / Double(modulation.bitsPerSymbol)).rounded(.up))
        let bytes = TransportBlockCode.payloadBytes(channelUses: uses, modulation: modulation, rate: rate)
        guard bytes > Self.headerBytes,
            let code = TransportBlockCode(payloadBytes: bytes, channelUses: uses, modulation: modulation, rate: rate)
        else { throw .noCode }
        (self.edge, self.code) = (edge, code)
        digest = Array(SHA256.hash(data: Array("jpeg-ldpc 1 \(edge) \(uses) \(bytes) \(modulation)\n".utf8)))
    }

    /// With the paper's CBR in complex symbols: 0.0389 up to 128 pixels, 0.0111 above.
    ///
    /// - Parameter edge: of the pictures in pixels; those of the daemons by default.
    /// - Throws: `PictureCoderError`.
    package static func paper(edge: Int = 128) throws(PictureCoderError) -> JPEGLDPCPictureCoder {
        try JPEGLDPCPictureCoder(edge: edge, bitsPerPixel: edge > 128 ? 0.1 : 0.35, modulation: .qam64, rate: 0.5)
    }

    package var dimension: Int { 2 * code.channelUses }

    package func reals(of picture: Picture) throws -> [Float] { code.encode(try payload(of: picture)).interleaved }

    package func picture(values: [Float], noiseVariance: [Float]) throws -> Picture? {
        guard values.count == dimension, noiseVariance.count == dimension else {
            throw PictureCoderError.otherCount(values.count, expected: dimension)
        }
        let variances = stride(from: 0, to: dimension, by: 2).map { noiseVariance[$0] + noiseVariance[$0 + 1] }
        // Where there is no number there is no knowledge either.
        let arrived = values.map { $0.isFinite ? $0 : 0 }
        let payload = code.decode([ComplexSymbol](interleaved: arrived), noiseVariances: variances)
        return payload.flatMap { picture(of: $0) }
    }

    /// The sharpest file that fits, without what the receiver knows: the header follows from size and quality.
    ///
    /// - Throws: `PictureError.encodingFailed`.
    func payload(of picture: Picture) throws(PictureError) -> [UInt8] {
        for (index, factor) in Self.factors.enumerated() {
            let small = picture.resizedArea(width: edge / factor, height: edge / factor)
            let room = min(code.payloadBytes - Self.headerBytes, Int(UInt16.max))
            guard let (coded, quality) = try ImageCoder.jpeg.largest(small, bytes: room),
                let scan = ImageCoder.scan(of: coded.file)
            else { continue }
            let header = [UInt8(quality), UInt8(index), UInt8(scan.count >> 8), UInt8(scan.count & 0xFF)]
            let rest = [UInt8](repeating: 0, count: room - scan.count)
            return header + coded.file[scan] + rest
        }
        throw .encodingFailed(reason: "jpeg: no quality fits \(code.payloadBytes) bytes")
    }

    /// Backwards; nil where there is no picture in it.
    func picture(of payload: [UInt8]) -> Picture? {
        guard payload.count >= Self.headerBytes, payload[0] <= 100, Int(payload[1]) < Self.factors.count else {
            return nil
        }
        let count = Int(payload[2]) << 8 | Int(payload[3])
        guard count <= payload.count - Self.headerBytes else { return nil }
        let small = edge / Self.factors[Int(payload[1])]
        let grey = Picture(width: small, height: small, red: 128, green: 128, blue: 128)
        guard let empty = try? ImageCoder.jpeg.encode(grey, quality: Int(payload[0])),
            let scan = ImageCoder.scan(of: empty.file)
        else { return nil }
        let file = empty.file[..<scan.lowerBound] + payload[Self.headerBytes..<Self.headerBytes + count] + [0xFF, 0xD9]
        guard let picture = try? PictureFile.decode(Array(file)), picture.width == small, picture.height == small else {
            return nil
        }
        return picture.resizedArea(width: edge, height: edge)
    }
}
