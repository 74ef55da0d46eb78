import Channel
import Glibc
import Networks
import Synchronization
import Tensor

/// How codes of any dimension go on the air: both ends derive the same from the statistics that they share, the dimension and
/// the SNR that the code is made for.
///
/// Every value on the air is a mixture of all numbers that are sent, so that lost values cost little and peaks stay far
/// below full scale. The matrices are continuous functions of the statistics, so that different rounding at the two ends makes
/// no difference to speak of. Codes of a space without a precoder go out as they are.
package final class Precoding: Sendable {
    private let space: LatentSpace
    /// Nil where codes go out as they are.
    private let metric: PictureMetric?
    /// Of codes of the usual dimension.
    private let usual: CodeAxes?
    /// Those of the usual dimension, by design SNR: each takes some ten products of matrices.
    private let made = Mutex<[Int?: LinearPrecoder]>([:])
    private static let mostKept = 16
    /// Of the unusual dimension that was asked for last: each takes an eigendecomposition.
    private let lastAxes = Mutex<(dimension: Int, CodeAxes)?>(nil)
    /// λ of codes that go out as they are, of the dimension that was asked for last.
    private let lastVariances = Mutex<(dimension: Int, [Float])?>(nil)

    /// - Throws: `PrecodingError.singular`.
    package init(_ space: LatentSpace) throws(PrecodingError) {
        self.space = space
        guard let precoder = space.precoder else {
            (metric, usual) = (nil, nil)
            return
        }
        metric = PictureMetric(photos: space.photos, precoder: precoder, deviations: space.deviations)
        usual = metric?.axes(dimension: space.dimension)
        guard usual != nil else { throw .singular }
    }

    /// Of codes of which `dimension` numbers are sent.
    ///
    /// - Parameters:
    ///   - dimension: 1 to the space's `maximumDimension`.
    ///   - designSNR: Es/N0 in dB that the code is made for; one without noise when nil.
    package func precoder(dimension: Int, designSNR: Int? = nil) -> LinearPrecoder {
        if dimension == space.dimension, let made = made.withLock({ $0[designSNR] }) { return made }
        guard let axes = axes(dimension: dimension) else { return LinearPrecoder(space.prior(dimension: dimension)) }
        let precoder = axes.precoder(noiseVariance: Self.noiseVariance(designSNR: designSNR))
        if dimension == space.dimension {
            made.withLock {
                if $0.count >= Self.mostKept { $0.removeAll() }
                $0[designSNR] = precoder
            }
        }
        return precoder
    }

    /// Of values of unit mean power at an Es/N0 in dB; 0 when nil.
    static func noiseVariance(designSNR: Int?) -> Double { designSNR.map { pow(10, -Double($0) / 10) } ?? 0 }

    /// Nil where codes go out as they are.
    package func axes(dimension: Int) -> CodeAxes? {
        guard let metric, dimension != space.dimension else { return usual }
        return Self.kept(lastAxes, dimension) { metric.axes(dimension: dimension) }
    }

    /// λ and power on the air of each number of codes of a dimension, made for an SNR.
    func allocation(dimension: Int, designSNR: Int?) -> (variances: [Float], powers: [Float])? {
        if let axes = axes(dimension: dimension) {
            return (axes.variances, axes.allocation(noiseVariance: Self.noiseVariance(designSNR: designSNR)).powers)
        }
        let variances = Self.kept(lastVariances, dimension) {
            let covariance = Tensor(space.prior(dimension: dimension).covariance, shape: [dimension, dimension])
            return covariance.eigendecomposition?.values.map { max(0, $0) }
        }
        return variances.map { ($0, $0) }
    }

    /// The harm that a change of a code does, as a share of that of a code of which nothing arrives; nil where codes go out as
    /// they are.
    package func harm(of difference: [Float]) -> Double? {
        guard let axes = axes(dimension: difference.count) else { return nil }
        let row = Variable(Tensor(difference, shape: [1, difference.count]))
        let along = row.linear(weight: Variable(axes.forward)).value.values
        let all = axes.variances.reduce(0) { $0 + Double($1) }
        return along.reduce(0) { $0 + Double($1) * Double($1) } / all
    }

    /// The share that errors of these variances, one for each number of a code, have in the harm of a code of which nothing
    /// arrives.
    func share(of errors: [Float]) -> Double {
        guard !errors.isEmpty, let variances = allocation(dimension: errors.count, designSNR: nil)?.variances else {
            return 1
        }
        let all = variances.reduce(0) { $0 + Double($1) }
        return all > 0 ? min(1, errors.reduce(0) { $0 + Double($1) } / all) : 1
    }

    /// The least error of any code that uses as many reals of the channel as the code has numbers (Shannon, for normal numbers);
    /// nil where codes go out as they are.
    package func leastError(dimension: Int, snr: Double) -> Double? {
        axes(dimension: dimension).map {
            ReverseWaterFilling.leastError(
                variances: $0.variances,
                bits: Double(dimension) / 2 * log2(1 + pow(10, snr / 10))
            )
        }
    }

    /// What is kept of a dimension, or else made for it.
    private static func kept<Value: Sendable>(
        _ last: borrowing Mutex<(dimension: Int, Value)?>,
        _ dimension: Int,
        _ make: () -> Value?
    ) -> Value? {
        if let kept = last.withLock({ $0 }), kept.dimension == dimension { return kept.1 }
        let made = make()
        if let made { last.withLock { $0 = (dimension, made) } }
        return made
    }
}

extension LatentKind {
    /// Es/N0 in whole dB that codes are made for on a channel of this one, in dB; nil for plain W, which knows of none.
    package func designSNR(on snr: Double) -> Int? { self == .w ? nil : Int(snr.rounded(.down)) }
}

/// Why codes cannot be precoded.
package enum PrecodingError: Error, CustomStringConvertible {
    /// The precoder, or the codes' covariance, is singular.
    case singular

    package var description: String {
        "the precoder or the covariance of photos' codes is singular: make code-statistics anew with "
            + "`modelctl train statistics`"
    }
}

extension LinearPrecoder {
    /// Codes go out as they are, without their mean.
    init(_ statistics: LatentStatistics) {
        self.init(mean: statistics.mean, covariance: statistics.covariance, matrices: nil)
    }
}
