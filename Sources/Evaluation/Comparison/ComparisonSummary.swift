import Foundation
import Networks
import SemanticCoding
import Tensor

/// What one chain made of all faces at one SNR.
package struct ComparisonSummary: Codable, Sendable, Equatable {
    package let chain: String
    package let snr: Double
    package let pictures: Int
    /// Share of them that could be decoded; the others count as grey.
    package let decoded: Double
    /// Medians over pictures with 95 % intervals by bootstrap over faces.
    package let lpips, lpipsAlex, psnr, similarity, cosine: Bootstrap
    /// Share of cosines above SFace's same-person threshold.
    package let same: Bootstrap
    /// Share of pictures whose edited attribute has the very degree, and one within one of it; nil without requests.
    package let reached, nearlyReached: Double?
    /// Mean change of the other four attributes, in degrees; nil without requests.
    package let others: Double?
    /// Distances of the received pictures to the photos by the features of the conditions' trunk; nil of too few
    /// pictures.
    package let frechet, kernel: Double?
    package let airtime: Airtime

    /// One for each chain and SNR, in their order.
    ///
    /// - Parameter seed: of the intervals' draws.
    package static func all(
        of faces: [FaceComparison],
        under conditions: ComparisonConditions,
        seed: UInt64 = 1
    ) -> [ComparisonSummary] {
        let photos = faces.compactMap { ComparisonNetworks.values($0.features) }
        return zip(conditions.chains, conditions.airtimes).flatMap { chain, airtime in
            conditions.snrs.compactMap { snr in
                summary(chain, snr, airtime, of: faces, photos: photos, seed: seed)
            }
        }
    }

    private static func summary(
        _ chain: String,
        _ snr: Double,
        _ airtime: Airtime,
        of faces: [FaceComparison],
        photos: [[Float]],
        seed: UInt64
    ) -> ComparisonSummary? {
        let pairs = faces.map { face in
            (face: face, scores: face.scores.filter { $0.chain == chain && $0.snr == snr })
        }
        let scores = pairs.flatMap(\.scores)
        // A face counts once, however many draws of the noise it had.
        func interval(_ statistic: Bootstrap.Statistic, _ value: (ChainScore) -> Double) -> Bootstrap? {
            let means = pairs.filter { !$0.scores.isEmpty }.map { pair in
                pair.scores.map(value).reduce(0, +) / Double(pair.scores.count)
            }
            return Bootstrap(of: means, statistic, seed: seed)
        }
        guard let lpips = interval(.median, \.lpips), let lpipsAlex = interval(.median, \.lpipsAlex),
            let psnr = interval(.median, { $0.psnr.isFinite ? $0.psnr : 100 }),
            let similarity = interval(.median, \.similarity), let cosine = interval(.median, \.cosine),
            let same = interval(.mean, { $0.cosine > Likeness.samePerson ? 1 : 0 })
        else { return nil }
        let edits = pairs.flatMap { pair in
            pair.scores.compactMap { score in pair.face.expected.flatMap { EditOutcome($0, pair.face, score) } }
        }
        func share(_ holds: (EditOutcome) -> Bool) -> Double? {
            edits.isEmpty ? nil : Double(edits.count(where: holds)) / Double(edits.count)
        }
        let features = scores.compactMap { ComparisonNetworks.values($0.features) }
        let (received, real) = (DoubleMatrix(rows: features), DoubleMatrix(rows: photos))
        return ComparisonSummary(
            chain: chain,
            snr: snr,
            pictures: scores.count,
            decoded: Double(scores.count(where: \.isDecoded)) / Double(scores.count),
            lpips: lpips,
            lpipsAlex: lpipsAlex,
            psnr: psnr,
            similarity: similarity,
            cosine: cosine,
            same: same,
            reached: share { $0.distance == 0 },
            nearlyReached: share { $0.distance <= 1 },
            others: edits.isEmpty ? nil : edits.reduce(0) { $0 + $1.others } / Double(edits.count),
            frechet: try? FrechetDistance.between(received, real),
            kernel: try? KernelDistance(between: received, real, subsets: scores.count > 1000 ? 100 : 1, seed: seed)
                .mean,
            airtime: airtime
        )
    }
}

/// How an edit looks to the predictor.
private struct EditOutcome {
    /// Degrees from what was asked for.
    let distance: Int
    /// Mean change of the others.
    let others: Double

    init?(_ expected: ExpectedEdit, _ face: FaceComparison, _ score: ChainScore) {
        guard let head = AttributePredictor.attributes.firstIndex(of: expected.attribute),
            score.degrees.indices.contains(head), face.degrees.count == score.degrees.count
        else { return nil }
        distance = abs(score.degrees[head] - expected.degree)
        let changes = face.degrees.indices.filter { $0 != head }.map { abs(face.degrees[$0] - score.degrees[$0]) }
        others = Double(changes.reduce(0, +)) / Double(max(1, changes.count))
    }
}
