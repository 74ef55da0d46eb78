import Foundation
import Imaging
import Networks
import SemanticCoding
import SemanticTraining

/// How near the receiver's pictures come to those that were sent, at one SNR.
package struct ReceptionScore: Encodable, Sendable {
    /// Of the channel's reals, in dB.
    package let snr: Double
    package let pictures: Int
    /// Transmissions in which no signal was found, and which were sent again.
    package let repeats: Int
    /// LPIPS (VGG16) of the picture of the code as sent and of the received one.
    package let lpips: InversionScore.Spread
    /// SFace cosine of the two.
    package let cosine: InversionScore.Spread
}

/// Sends codes through the daemons' modem and noise and scores what is drawn of them.
package struct ReceptionEvaluation {
    private let space: LatentSpace
    private let receiver: EditingDecoder
    private let lpips: LPIPS
    private let identity: IdentityNet

    /// - Parameters:
    ///   - receiver: of the space's codes.
    ///   - lpips: the VGG16 variant.
    package init(space: LatentSpace, receiver: EditingDecoder, lpips: LPIPS, identity: IdentityNet) {
        (self.space, self.receiver, self.lpips, self.identity) = (space, receiver, lpips, identity)
    }

    /// - Parameters:
    ///   - codes: of the space.
    ///   - symbols: how many of their numbers are sent, the others being at the prior's mean; all by default.
    ///   - snrs: in dB.
    ///   - seed: of the noise.
    ///   - isGenie: the receiver is told the SNR in place of its estimate.
    /// - Throws: what `progress` throws.
    package func scores(
        codes: [[Float]],
        symbols: Int? = nil,
        snrs: [Double],
        seed: UInt64,
        isGenie: Bool = false,
        progress: (Double) throws -> Void
    ) throws -> [ReceptionScore] {
        // Each SNR has a link of its own: what is found at one does not depend on the others.
        var links = snrs.map { _ in SimulatedLink(seed: seed, isGenie: isGenie) }
        let dimension = symbols ?? codes.first?.count ?? space.dimension
        let designSNRs = snrs.map(space.kind.designSNR)
        let precoders = designSNRs.map { receiver.precoding.precoder(dimension: dimension, designSNR: $0) }
        var found = [[(lpips: Double, cosine: Double)]](repeating: [], count: snrs.count)
        for (index, code) in codes.enumerated() {
            try progress(Double(index) / Double(codes.count))
            let code = symbols.map { Array(code.prefix($0)) + space.statistics.mean.dropFirst($0) } ?? code
            let sent = space.generator.synthesizePicture(of: code, resolution: FaceDataset.edge)
            let similarity = ImageSimilarity(to: sent, lpips: lpips, identity: identity)
            for (place, snr) in snrs.enumerated() {
                let reals = try links[place].received(precoders[place].values(of: code), snr: snr)
                let received = try receiver.decode(
                    values: reals.values,
                    noiseVariance: reals.noiseVariance,
                    designSNR: designSNRs[place],
                    resolution: FaceDataset.edge
                )
                found[place].append(similarity.score(received.picture))
            }
        }
        return zip(zip(snrs, links), found).map { of, found in
            ReceptionScore(
                snr: of.0,
                pictures: codes.count,
                repeats: of.1.repeats,
                lpips: .init(found.map(\.lpips)),
                cosine: .init(found.map(\.cosine))
            )
        }
    }
}
