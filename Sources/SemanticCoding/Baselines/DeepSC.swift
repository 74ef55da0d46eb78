import Imaging
import Networks
import Tensor

/// The paper's first baseline: Talk2Edit, then DeepSC's autoencoder, whose 4,096 reals are a 128-pixel picture.
public enum DeepSC: SemanticCodec {
    /// As the daemons' configuration names it.
    public static let name = "deepsc"

    /// Talk2Edit's networks, and the autoencoder's first half.
    public static func encoder(
        models: ModelStore,
        settings: SemanticSettings,
        resolution: Int
    ) throws -> any SemanticEncoder {
        try EditedPictureEncoder(
            models: models,
            settings: settings,
            resolution: resolution,
            coder: DeepSCPictureCoder(models: models)
        )
    }

    /// The autoencoder's second half.
    public static func decoders(
        models: ModelStore,
        settings: SemanticSettings
    ) throws -> [[UInt8]: any SemanticDecoder] {
        let coder = try DeepSCPictureCoder(models: models)
        return [coder.digest: SentPictureDecoder(coder: coder)]
    }
}

/// Pictures of one size as the autoencoder's reals.
package struct DeepSCPictureCoder: PictureCoder {
    private let autoencoder: DeepSCAutoencoder
    private let edge: Int
    package let digest: [UInt8]

    /// - Parameter edge: of the pictures in pixels; those of the daemons by default.
    /// - Throws: `ModelStoreError` when the autoencoder is missing or broken.
    package init(models: ModelStore, edge: Int = DeepSCAutoencoder.edge) throws {
        self.init(autoencoder: try models.deepSC(), edge: edge, digest: try models.deepSCDigest())
    }

    /// - Parameters:
    ///   - autoencoder: of both ends.
    ///   - edge: of the pictures in pixels, a multiple of `DeepSCAutoencoder.factor`.
    ///   - digest: 32 bytes.
    package init(autoencoder: DeepSCAutoencoder, edge: Int = DeepSCAutoencoder.edge, digest: [UInt8]) {
        precondition(edge.isMultiple(of: DeepSCAutoencoder.factor), "pictures of \(edge) pixels")
        (self.autoencoder, self.edge, self.digest) = (autoencoder, edge, digest)
    }

    /// Edge of the reals' map.
    private var mapEdge: Int { edge / DeepSCAutoencoder.factor }

    package var dimension: Int { mapEdge * mapEdge * DeepSCAutoencoder.depth }

    package func reals(of picture: Picture) throws -> [Float] {
        let small = picture.resizedArea(width: edge, height: edge)
        let reals = autoencoder.encode(small.networkInput).value.values
        // Of unit power, as the decoder was trained.
        let power = reals.reduce(0) { $0 + $1 * $1 } / Float(reals.count)
        guard power > 0, power.isFinite else { return reals }
        return reals.map { $0 / power.squareRoot() }
    }

    package func picture(values: [Float], noiseVariance: [Float]) throws -> Picture? {
        guard values.count == dimension, noiseVariance.count == dimension else {
            throw PictureCoderError.otherCount(values.count, expected: dimension)
        }
        let arrived = zip(values, noiseVariance).map { $1.isFinite && $0.isFinite ? $0 : 0 }
        let reals = Variable(Tensor(arrived, shape: [1, mapEdge, mapEdge, DeepSCAutoencoder.depth]))
        let drawn = autoencoder.decode(reals)
        return Picture(signed: drawn.value.values, width: edge, height: edge)
    }
}
