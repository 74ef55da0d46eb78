import Channel
import Imaging
import Networks

/// The receiver's half: noisy, partly erased channel reals in, picture out (eq. 7).
public final class SemanticReceiver: Sendable {
    /// Edge of the picture in pixels.
    public let resolution: Int
    private let generator: MobileStyleGAN
    private let mean: [Float]
    private let estimator: LatentEstimator

    /// Loads the generator and W's statistics.
    ///
    /// - Throws: `ModelStoreError` when a model is missing or broken.
    public init(models: ModelStore, resolution: Int) throws {
        self.resolution = resolution
        generator = try models.generator()
        let statistics = try models.latentStatistics()
        mean = statistics.mean
        estimator = LatentEstimator(covariance: statistics.covariance, dimension: statistics.mean.count)
    }

    /// Estimates the code by LMMSE under W's covariance and draws it.
    ///
    /// - Parameters:
    ///   - values: the code without W's mean, as the channel left it, at the code's own scale; anything where erased.
    ///   - noiseVariance: of each value, at the same scale; infinite where erased.
    public func decode(values: [Float], noiseVariance: [Float]) throws -> (code: [Float], picture: Picture) {
        let offset = try estimator.estimate(values, noiseVariance: noiseVariance)
        let code = zip(mean, offset).map { $0 + $1 }
        return (code, generator.picture(of: code, resolution: resolution))
    }
}
