import Foundation
import Imaging
import Networks
import SemanticCoding
import Tensor

/// How near the receiver's pictures come to those that were sent, at one SNR.
public struct ReceptionScore: Encodable, Sendable {
    /// Of the channel's reals, in dB.
    public let snr: Double
    public let pictures: Int
    /// LPIPS (VGG16) of the picture of the code as sent and of the received one.
    public let lpips: InversionScore.Spread
    /// SFace cosine of the two.
    public let cosine: InversionScore.Spread
}

/// Sends codes through noise and scores what is drawn of them.
public struct ReceptionEvaluation {
    private let space: LatentSpace
    private let receiver: SemanticReceiver
    private let lpips: LPIPS
    private let identity: IdentityNet

    /// - Parameters:
    ///   - receiver: of the space's codes.
    ///   - lpips: the VGG16 variant.
    public init(space: LatentSpace, receiver: SemanticReceiver, lpips: LPIPS, identity: IdentityNet) {
        (self.space, self.receiver, self.lpips, self.identity) = (space, receiver, lpips, identity)
    }

    /// - Parameters:
    ///   - codes: of the space.
    ///   - snrs: in dB.
    ///   - seed: of the noise.
    /// - Throws: what `progress` throws.
    public func scores(
        codes: [[Float]],
        snrs: [Double],
        seed: UInt64,
        progress: (Double) throws -> Void
    ) throws -> [ReceptionScore] {
        var random = SeededGenerator(seed: seed)
        var found = [[(lpips: Double, cosine: Double)]](repeating: [], count: snrs.count)
        for (index, code) in codes.enumerated() {
            try progress(Double(index) / Double(codes.count))
            let sent = space.generator.picture(of: code, resolution: FaceDataset.edge)
            let nearness = Nearness(to: sent, lpips: lpips, identity: identity)
            for (place, snr) in snrs.enumerated() {
                let (values, noise) = Self.received(space.channelValues(of: code), snr: snr, random: &random)
                let received = try receiver.decode(values: values, noiseVariance: noise, resolution: FaceDataset.edge)
                found[place].append(nearness.score(received.picture))
            }
        }
        return zip(snrs, found).map { snr, found in
            ReceptionScore(
                snr: snr,
                pictures: codes.count,
                lpips: .init(found.map(\.lpips)),
                cosine: .init(found.map(\.cosine))
            )
        }
    }

    /// Values as the channel leaves them, and the noise's variance on each; no noise to speak of without an SNR.
    static func received(
        _ values: [Float],
        snr: Double?,
        random: inout SeededGenerator
    ) -> (values: [Float], noiseVariance: [Float]) {
        let power = values.reduce(0) { $0 + $1 * $1 } / Float(max(1, values.count))
        let variance = snr.map { power * Float(pow(10, -$0 / 10)) } ?? 0
        let noisy = values.map { $0 + variance.squareRoot() * random.normal() }
        // The estimator divides by it.
        return (noisy, [Float](repeating: max(variance, 1e-6), count: values.count))
    }
}
