import Channel
import Glibc
import Networks
import Tensor

/// How codes of any dimension go on the air: both ends derive the same from the statistics that they share.
///
/// Every value on the air is a mixture of all numbers that are sent, so that lost values cost little and peaks stay far
/// below full scale. Codes of the usual dimension have the precoder that was found for them. What is derived for others are
/// continuous functions of the statistics, so that different rounding at the two ends makes no difference to speak of.
/// Codes of a space without a precoder go out as they are.
package struct Precoding: Sendable {
    private let space: LatentSpace
    /// Nil where codes go out as they are.
    private let mixing: Mixing?

    /// - Throws: `PrecodingError.singular`.
    package init(_ space: LatentSpace) throws(PrecodingError) {
        self.space = space
        guard let precoder = space.precoder else {
            mixing = nil
            return
        }
        mixing = Mixing(photos: space.photos, precoder: precoder, deviations: space.deviations)
        guard mixing != nil else { throw .singular }
    }

    /// Of codes of which `dimension` numbers are sent, 1 to the space's `maximumDimension`.
    package func precoder(dimension: Int) -> LinearPrecoder {
        mixing?.precoder(dimension: dimension) ?? LinearPrecoder(space.prior(dimension: dimension))
    }
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

/// The precoders of codes that are mixed, of any dimension.
struct Mixing: Sendable {
    /// Of codes of the usual dimension.
    private let usual: LinearPrecoder
    private let photos: LatentStatistics
    /// Standard deviations of the prior: of the usual numbers, and of those that longer codes go on with.
    private let prior, fine: [Float]
    /// C, [n, n]: how the picture's loss grows with the squares of a code's numbers.
    private let curvature: Tensor
    /// Upper triangular M with M·Mᵀ = C⁻¹; its leading blocks are those of C's.
    private let coordinates: Tensor

    /// - Parameters:
    ///   - photos: of codes of photos, n numbers each.
    ///   - precoder: [n, n], of codes of the usual length n.
    ///   - deviations: of the prior, for all numbers of the longest code.
    /// - Returns: nil when the precoder, or the covariance, is singular.
    init?(photos: LatentStatistics, precoder: Tensor, deviations: [Float]) {
        guard let usual = LinearPrecoder(photos: photos, precoder: precoder) else { return nil }
        // P is the best for Σ and the curvature C = SᵀS, so PᵀP = Sᵀ·(SΣSᵀ)^(−½)·S, and C = PᵀP·Σ·PᵀP.
        let own = Variable(Tensor(photos.covariance, shape: precoder.shape))
        let turned = Variable(precoder.transposed)
        let power = turned.linear(weight: turned)
        let curvature = power.matmul(own).matmul(power).value
        guard let coordinates = curvature.inverseCholesky else { return nil }
        (self.usual, self.photos) = (usual, photos)
        prior = Array(deviations.prefix(photos.mean.count))
        fine = Array(deviations.dropFirst(photos.mean.count))
        (self.curvature, self.coordinates) = (curvature, coordinates)
    }

    /// Of codes of which `count` numbers are sent, 1 to as many as there are.
    func precoder(dimension count: Int) -> LinearPrecoder {
        let length = photos.mean.count
        return count == length ? usual : count < length ? short(count) : long(count)
    }

    /// The first k numbers by themselves: P = R·A^(−¼)·S with SᵀS their curvature and A = SΣSᵀ, which of all linear codes of
    /// the same power does the picture the least harm (`LatentStatistics.precoder`), R any rotation.
    private func short(_ count: Int) -> LinearPrecoder {
        func block(_ matrix: Tensor) -> Variable {
            Variable(matrix).slice(axis: 0, range: 0..<count).slice(axis: 1, range: 0..<count)
        }
        let length = photos.mean.count
        let own = block(Tensor(photos.covariance, shape: [length, length]))
        let inverseRoot = block(coordinates)
        let root = Variable(inverseRoot.value.transposed).matmul(block(curvature))
        let seen = root.matmul(own).linear(weight: root)
        let mean = Array(photos.mean.prefix(count))
        // Fails on values that are not finite only, which no statistics have.
        guard let axes = seen.value.eigenbasis.map({ Variable($0) }) else {
            return LinearPrecoder(LatentStatistics(mean: mean, covariance: own.value.values))
        }
        let products = (seen.matmul(axes) * axes).value.values
        let lengths = (0..<count).map { column in
            stride(from: column, to: products.count, by: count).reduce(Float(0)) { $0 + products[$1] }
        }
        let least = (lengths.max() ?? 1) * 1e-6
        /// A^power.
        func power(_ exponent: Float) -> Variable {
            let gains = Variable(Tensor(diagonal: lengths.map { powf(max($0, least), exponent) }))
            return axes.matmul(gains).linear(weight: axes)
        }
        let rotation = Variable(Self.rotation(count))
        return LinearPrecoder(
            mean: mean,
            covariance: rotation.matmul(power(0.5)).linear(weight: rotation).value.values,
            matrices: (
                rotation.matmul(power(-0.25)).matmul(root).value.values,
                inverseRoot.matmul(power(0.25)).linear(weight: rotation).value.values
            )
        )
    }

    /// The usual numbers precoded as ever, the fine ones behind them, all rotated together.
    ///
    /// The picture's loss grows by d² for each squared unit of a fine number, d its deviation (`ExpansionTrainer`): the best
    /// gain is the same for all of them, and the scale is that of the usual numbers' curvature.
    private func long(_ count: Int) -> LinearPrecoder {
        let length = photos.mean.count
        let more = count - length
        let curvatures = curvature.values
        let steepness = (0..<length).reduce(Float(0)) { $0 + curvatures[$1 * (length + 1)] }
        let gain = (steepness / prior.reduce(0) { $0 + $1 * $1 }).squareRoot().squareRoot()
        let rotation = Variable(Self.rotation(count))
        let (left, right) = (
            rotation.slice(axis: 1, range: 0..<length), rotation.slice(axis: 1, range: length..<count)
        )
        let powers = fine.prefix(more).map { gain * gain * $0 * $0 }
        let (matrix, inverse) = (square(usual.matrices?.matrix), square(usual.matrices?.inverse))
        let spread =
            left.matmul(Variable(Tensor(usual.covariance, shape: [length, length]))).linear(weight: left)
            + right.matmul(Variable(Tensor(diagonal: Array(powers)))).linear(weight: right)
        let turned = (Variable(left.value.transposed), Variable(right.value.transposed))
        return LinearPrecoder(
            mean: photos.mean + [Float](repeating: 0, count: more),
            covariance: spread.value.values,
            matrices: (
                left.matmul(matrix).concatenated(right * gain, axis: 1).value.values,
                inverse.matmul(turned.0).concatenated(turned.1 * (1 / gain), axis: 0).value.values
            )
        )
    }

    /// A matrix of the usual precoder.
    private func square(_ values: [Float]?) -> Variable {
        let length = photos.mean.count
        guard let values else { return Variable(Tensor(diagonal: [Float](repeating: 1, count: length))) }
        return Variable(Tensor(values, shape: [length, length]))
    }

    /// An orthogonal matrix [k, k] whose columns reach all rows alike: the cosine transform of numbers with random signs.
    static func rotation(_ count: Int) -> Tensor {
        // Not the stream that a small seed gives the noise of an evaluation.
        var random = SeededGenerator(seed: 0x5052_4543 << 32 | UInt64(count))
        let signs = (0..<count).map { _ in random.next() & 1 == 0 ? 1.0 : -1.0 }
        let level = (2 / Double(count)).squareRoot()
        let cosines = (0..<4 * count).map { cos(Double.pi * Double($0) / Double(2 * count)) * level }
        let values = (0..<count * count).map { place -> Float in
            let (row, column) = (place / count, place % count)
            let cosine = row == 0 ? level / 2.0.squareRoot() : cosines[(2 * column + 1) * row % (4 * count)]
            return Float(signs[column] * cosine)
        }
        return Tensor(values, shape: [count, count])
    }
}

extension LinearPrecoder {
    /// Codes go out as they are, without their mean.
    init(_ statistics: LatentStatistics) {
        self.init(mean: statistics.mean, covariance: statistics.covariance, matrices: nil)
    }

    /// All numbers together, multiplied by a matrix.
    ///
    /// - Parameters:
    ///   - photos: of codes of photos, k numbers each.
    ///   - precoder: P [k, k]; `LatentStatistics.precoder` finds it.
    /// - Returns: nil when the precoder, or the covariance, is singular.
    init?(photos: LatentStatistics, precoder: Tensor) {
        precondition(precoder.shape == [photos.mean.count, photos.mean.count], "a precoder \(precoder.shape)")
        let (own, matrix) = (Variable(Tensor(photos.covariance, shape: precoder.shape)), Variable(precoder))
        let sent = matrix.matmul(own).linear(weight: matrix).value
        guard let whitening = sent.inverseCholesky.map({ Variable($0) }) else { return nil }
        // P⁻¹ = ΣPᵀ·(PΣPᵀ)⁻¹
        let inverse = own.linear(weight: matrix).matmul(whitening).linear(weight: whitening)
        self.init(
            mean: photos.mean,
            covariance: sent.values,
            matrices: (precoder.values, inverse.value.values)
        )
    }
}
