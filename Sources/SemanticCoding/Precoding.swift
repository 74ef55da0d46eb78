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
    func axes(dimension: Int) -> CodeAxes? {
        dimension == space.dimension ? usual : metric?.axes(dimension: dimension)
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
