import Channel
import Imaging
import Networks
import Tensor

/// The receiver's half of Editable-DeepSC: noisy, partly erased reals in, picture out (eq. 7).
package final class EditingDecoder: SemanticDecoder {
    /// Share of what a sentence usually changes that may lie beside the axes of differences, as where an edit is taken back that was
    /// sent whole.
    private static let besideAxes: Float = 0.02

    private let space: LatentSpace
    private let student: (any StyleGenerator)?
    private let predictor: AttributePredictor?
    private let likeness: LikenessModel?
    private let shelf: ChannelAdapterShelf?
    private let differences, movements: CodeDifferences?
    /// How codes come on the air.
    package let precoding: Precoding

    /// - Parameters:
    ///   - space: of the codes, the transmitter's.
    ///   - student: draws pictures of 128 pixels, in a quarter of the generator's time; without it the generator does.
    ///   - predictor: looks at the pictures; without it nobody does.
    ///   - likeness: tells how like the photo they are; without it nobody knows.
    ///   - shelf: channel adapters for codes of plain W.
    ///   - differences: how edits change codes; without them no code goes on from another.
    ///   - movements: how movements do; without them there are no streams.
    /// - Throws: `PrecodingError` when the statistics have no use.
    package init(
        space: LatentSpace,
        student: StudentGenerator? = nil,
        predictor: AttributePredictor? = nil,
        likeness: LikenessModel? = nil,
        shelf: ChannelAdapterShelf? = nil,
        differences: CodeDifferences? = nil,
        movements: CodeDifferences? = nil
    ) throws {
        (self.differences, self.movements) = (differences, movements)
        (self.space, self.predictor, self.likeness, self.shelf) = (space, predictor, likeness, shelf)
        self.student = student.map { space.generator(by: $0) }
        precoding = try Precoding(space)
    }

    package var maximumDimension: Int { space.maximumDimension }

    package var goesOn: Bool { differences != nil }

    package func reload() throws { try shelf?.reload() }

    package func hasAdapters(digest: [UInt8]) -> Bool { shelf?.adapters.pair(digest: digest) != nil }

    package func decode(
        _ received: ReceivedCodeWord,
        resolution: Int,
        checkpoint: () throws -> Void
    ) throws -> DecodedPicture {
        try decode(
            values: received.values,
            noiseVariance: received.noiseVariance,
            designSNR: received.designSNR,
            isMatched: received.isMatched,
            adapterDigest: received.adapterDigest,
            base: received.base,
            resolution: resolution
        )
    }

    /// Estimates the code by LMMSE under its covariance over photos and draws it. Codes of plain W are taken as they come, or as
    /// the paper's adapter A_D makes them (eq. 17).
    ///
    /// - Parameters:
    ///   - values: what the transmitter made of the code, as the channel left it, at that scale; anything where erased.
    ///     Where there are fewer than the code has numbers, the others are at the prior's mean.
    ///   - noiseVariance: of each value, at the same scale; infinite where erased.
    ///   - designSNR: Es/N0 in dB that they were made for; one without noise when nil.
    ///   - isMatched: whether they were matched to the channel.
    ///   - adapterDigest: which channel adapters they were made for.
    ///   - base: what is known of the code that this one goes on from: as many values as a difference has are one, and a whole
    ///     code adds to what is known.
    ///   - resolution: edge of the picture in pixels.
    package func decode(
        values: [Float],
        noiseVariance: [Float],
        designSNR: Int? = nil,
        isMatched: Bool = false,
        adapterDigest: [UInt8]? = nil,
        base: CodeKnowledge? = nil,
        resolution: Int
    ) throws -> DecodedPicture {
        let count = values.count
        guard count > 0, count == noiseVariance.count, count <= space.maximumDimension else {
            throw LatentEstimatorError.invalidObservation(expected: space.maximumDimension)
        }
        let (code, variances, error): ([Float], [Float], Double)
        if let base {
            (code, variances) = try continued(base, values, noiseVariance, designSNR: designSNR)
            error = precoding.share(of: variances)
        } else {
            code =
                space.kind == .w
                ? try plainCode(values, noiseVariance, adapterDigest: adapterDigest)
                : try estimatedCode(values, noiseVariance, designSNR: designSNR)
            let left = left(noiseVariance: noiseVariance, designSNR: designSNR)
            variances = space.kind == .w ? [] : left
            error = precoding.share(of: left)
        }
        let small = resolution == 128 ? student : nil
        let picture = (small ?? space.generator).synthesizePicture(of: code, resolution: resolution)
        let mode: SemanticMode = space.kind == .w ? .paper : isMatched ? .full : .linear
        return DecodedPicture(
            picture: picture,
            code: code,
            variances: variances,
            likeness: likeness?.likeness(error: error, mode: mode),
            degrees: degrees(of: picture)
        )
    }

    private func estimatedCode(_ values: [Float], _ noiseVariance: [Float], designSNR: Int?) throws -> [Float] {
        let precoder = precoding.precoder(dimension: values.count, designSNR: designSNR)
        let estimator = try LatentEstimator(covariance: precoder.covariance, dimension: values.count)
        let powerScale = powerScale(values, noiseVariance, precoder.covariance)
        let offset = try estimator.estimate(values: values, noiseVariance: noiseVariance.map { $0 / powerScale })
        // A short code was found with its other numbers at the prior's mean, which is not that of longer codes.
        return precoder.code(of: offset) + space.statistics.mean.dropFirst(values.count)
    }

    /// A code that goes on from one of which something is known already, and the variances of what is not known of it.
    ///
    /// - Throws: `DecodingRefusal` where the receiver has nothing to go on with.
    private func continued(
        _ base: CodeKnowledge,
        _ values: [Float],
        _ noiseVariance: [Float],
        designSNR: Int?
    ) throws -> (code: [Float], variances: [Float]) {
        let count = space.dimension
        let kinds = [differences, movements].compactMap(\.self)
        let coded = kinds.first { $0.dimension == values.count } ?? (values.count == count ? differences : nil)
        guard let differences = coded, let axes = precoding.axes(dimension: count), base.code.count == count,
            base.variances.count == count
        else {
            throw DecodingRefusal("the receiver has nothing that this could go on from", isTemporary: false)
        }
        let changes = differences.variances(along: axes.forward)
        guard values.count == count else {
            let (difference, error) = try differences.estimate(
                values: values,
                noiseVariance: noiseVariance,
                designSNR: designSNR
            )
            let (whole, usual) = (axes.variances.reduce(0, +), changes.reduce(0, +))
            let share = usual > 0 ? Float(error) * whole / usual : 0
            return (zip(base.code, difference).map(+), zip(base.variances, changes).map { $0 + share * $1 })
        }
        let precoder = precoding.precoder(dimension: count, designSNR: designSNR)
        let power = powerScale(values, noiseVariance, precoder.covariance)
        // What changes beside the axes of differences, as much of each number as photos vary in it.
        let beside = Self.besideAxes * changes.reduce(0, +) / max(axes.variances.reduce(0, +), 1e-12)
        let rest = axes.variances.map { $0 * beside }
        let unknown = zip(base.variances, rest).map { $0 * power + $1 }
        let known = Variable(axes.back) * Variable(Tensor(unknown, shape: [1, count]))
        let code = try CodeRefresh(
            code: base.code,
            covariance: known.linear(weight: Variable(axes.back)) + differences.covariance,
            precoder: precoder
        ).estimate(values: values, noiseVariance: noiseVariance)
        let fresh = left(noiseVariance: noiseVariance.map { $0 / power }, designSNR: designSNR)
        // Both are what is left of an axis after one observation of it; information adds up.
        let variances = axes.variances.indices.map { index -> Float in
            let (own, before) = (axes.variances[index], base.variances[index] + changes[index] + rest[index])
            let information = 1 / max(before, 1e-12) + max(0, 1 / max(fresh[index], 1e-12) - 1 / max(own, 1e-12))
            return 1 / information
        }
        return (code, variances)
    }

    /// Y, or Y′ = A_D(Y) (eq. 17); erased values are taken for 0.
    private func plainCode(
        _ values: [Float],
        _ noiseVariance: [Float],
        adapterDigest: [UInt8]?
    ) throws(LatentEstimatorError) -> [Float] {
        let arrived = zip(values, noiseVariance).map { $1.isFinite ? $0 : 0 }
        guard arrived.count == space.dimension, arrived.allSatisfy(\.isFinite) else {
            throw .invalidObservation(expected: space.dimension)
        }
        let adapter = adapterDigest.flatMap { shelf?.adapters.pair(digest: $0)?.decoder }
        let offset = adapter.map { $0(arrived) } ?? arrived
        return zip(offset, space.photos.mean).map { $0 + $1 }
    }

    /// The expected harm of the errors of a code that arrives with this noise, as a share of that of a code of which nothing
    /// arrives.
    ///
    /// - Parameters:
    ///   - noiseVariance: of each value, at the transmitter's scale; infinite where erased.
    ///   - designSNR: as of `decode`.
    package func expectedError(noiseVariance: [Float], designSNR: Int?) -> Double {
        precoding.share(of: left(noiseVariance: noiseVariance, designSNR: designSNR))
    }

    /// The variances of what is not known of each number of a code that arrives with this noise.
    private func left(noiseVariance: [Float], designSNR: Int?) -> [Float] {
        let allocation = precoding.allocation(dimension: noiseVariance.count, designSNR: designSNR)
        guard let (variances, powers) = allocation else { return [] }
        let arrived = noiseVariance.filter(\.isFinite).map { Double(max($0, 1e-9)) }
        guard !arrived.isEmpty else { return variances }
        return ExpectedError.left(
            variances: variances,
            powers: powers,
            received: Double(arrived.count) / Double(noiseVariance.count),
            // What counts is the mean of the information that the values carry.
            noiseVariance: Double(arrived.count) / arrived.reduce(0) { $0 + 1 / $1 }
        )
    }

    private func degrees(of picture: Picture) -> [String: Int] {
        guard let predictor else { return [:] }
        let edge = AttributePredictor.edge
        let small = picture.width == edge ? picture : picture.resizedArea(width: edge, height: edge)
        let degrees = AttributePredictor.likeliestDegrees(predictor.logits(small.networkInput).value.values)
        return Dictionary(zip(AttributePredictor.attributes, degrees)) { first, _ in first }
    }

    /// How much more power this code has than codes have on average. An inverted photo lies further from the mean than
    /// a drawn latent; under the prior r·Σ the estimate is that under Σ with the noise divided by r.
    private func powerScale(_ values: [Float], _ noiseVariance: [Float], _ covariance: [Float]) -> Float {
        var (power, usual): (Float, Float) = (0, 0)
        for (index, (value, noise)) in zip(values, noiseVariance).enumerated() where noise.isFinite {
            power += value * value - noise
            usual += covariance[index * (values.count + 1)]
        }
        guard usual > 0 else { return 1 }
        return max(0.25, power / usual)
    }
}
