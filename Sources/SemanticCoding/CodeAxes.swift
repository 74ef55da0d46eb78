import Channel
import Glibc
import Networks
import Tensor

/// The directions along which codes of k numbers vary independently of each other, as far as the picture is concerned.
///
/// With C the curvature of the picture's loss, S any matrix of SᵀS = C and A = SΣSᵀ = UΛUᵀ the covariance of codes as the
/// picture sees them, a code's coordinates are x = Uᵀ·S·(c − c̄): of variances λ, and the harm of an error is its square.
package struct CodeAxes: Sendable {
    /// c̄, k numbers.
    let mean: [Float]
    /// U, [k, k]; orthogonal.
    let basis: Tensor
    /// UᵀS and its inverse, [k, k].
    package let forward, back: Tensor
    /// λ, k of them.
    package let variances: [Float]

    /// The best linear code of these numbers for a receiver that estimates by LMMSE: P = R·U·G·Uᵀ·S, the gains G those of
    /// `PowerAllocation`, R a rotation that spreads each axis over all values.
    ///
    /// - Parameter noiseVariance: of each value on the air at unit mean power, that the code is made for.
    func precoder(noiseVariance: Double) -> LinearPrecoder {
        let (powers, gains) = allocation(noiseVariance: noiseVariance)
        let spread = Variable(Self.rotation(mean.count)).matmul(Variable(basis))
        func scaled(_ factors: [Float]) -> Variable { Variable(Tensor(diagonal: factors)) }
        return LinearPrecoder(
            mean: mean,
            covariance: spread.matmul(scaled(powers)).linear(weight: spread).value.values,
            matrices: (
                spread.matmul(scaled(gains)).matmul(Variable(forward)).value.values,
                // What is not sent comes back as the mean.
                Variable(back).matmul(scaled(gains.map { $0 > 0 ? 1 / $0 : 0 })).linear(weight: spread).value.values
            )
        )
    }

    /// The power q of each axis on the air and its gain √(q/λ), the best for a noise.
    func allocation(noiseVariance: Double) -> (powers: [Float], gains: [Float]) {
        let powers = PowerAllocation.leePetersen(variances: variances, noiseVariance: noiseVariance)
        return (powers, zip(powers, variances).map { $1 > 0 ? ($0 / $1).squareRoot() : 0 })
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

/// How the picture sees codes of any dimension: what the axes of each are derived from.
struct PictureMetric: Sendable {
    private let photos: LatentStatistics
    /// Standard deviations of the prior: of the usual numbers, and of those that longer codes go on with.
    private let prior, fine: [Float]
    /// C, [n, n]: how the picture's loss grows with the squares of a code's numbers.
    private let curvature: Tensor
    /// Upper triangular M with M·Mᵀ = C⁻¹; its leading blocks are those of C's.
    private let coordinates: Tensor

    /// - Parameters:
    ///   - photos: of codes of photos, n numbers each.
    ///   - precoder: P [n, n] of `LatentStatistics.precoder`, which holds the curvature: without noise it is the best for Σ and
    ///     C, so PᵀP = Sᵀ·(SΣSᵀ)^(−½)·S, and C = PᵀP·Σ·PᵀP.
    ///   - deviations: of the prior, for all numbers of the longest code.
    /// - Returns: nil when the precoder, or the covariance, is singular.
    init?(photos: LatentStatistics, precoder: Tensor, deviations: [Float]) {
        precondition(precoder.shape == [photos.mean.count, photos.mean.count], "a precoder \(precoder.shape)")
        let own = Variable(Tensor(photos.covariance, shape: precoder.shape))
        let turned = Variable(precoder.transposed)
        let power = turned.linear(weight: turned)
        let curvature = power.matmul(own).matmul(power).value
        guard own.value.inverseCholesky != nil, let coordinates = curvature.inverseCholesky else { return nil }
        self.photos = photos
        prior = Array(deviations.prefix(photos.mean.count))
        fine = Array(deviations.dropFirst(photos.mean.count))
        (self.curvature, self.coordinates) = (curvature, coordinates)
    }

    /// Of codes of k numbers, 1 to as many as there are; nil on numbers that are not finite.
    func axes(dimension count: Int) -> CodeAxes? {
        let length = photos.mean.count
        guard let axes = usualAxes(min(count, length)) else { return nil }
        return count > length ? longer(axes, by: fine.prefix(count - length)) : axes
    }

    /// Of the first k numbers by themselves.
    private func usualAxes(_ count: Int) -> CodeAxes? {
        func block(_ matrix: Tensor) -> Variable {
            Variable(matrix).slice(axis: 0, range: 0..<count).slice(axis: 1, range: 0..<count)
        }
        let length = photos.mean.count
        let own = block(Tensor(photos.covariance, shape: [length, length]))
        let inverseRoot = block(coordinates)
        let root = Variable(inverseRoot.value.transposed).matmul(block(curvature))
        let seen = root.matmul(own).linear(weight: root)
        guard let (lengths, basis) = seen.value.eigendecomposition else { return nil }
        let least = (lengths.max() ?? 1) * 1e-6
        return CodeAxes(
            mean: Array(photos.mean.prefix(count)),
            basis: basis,
            forward: Variable(basis.transposed).matmul(root).value,
            back: inverseRoot.matmul(Variable(basis)).value,
            variances: lengths.map { max($0, least) }
        )
    }

    /// Fine numbers are axes of their own behind the usual ones.
    ///
    /// The picture's loss grows by d² for each squared unit of a fine number, d its deviation (`ExpansionTrainer`); the scale is
    /// that of the usual numbers' curvature.
    private func longer(_ usual: CodeAxes, by fine: ArraySlice<Float>) -> CodeAxes {
        let length = photos.mean.count
        let curvatures = curvature.values
        let steepness = (0..<length).reduce(Float(0)) { $0 + curvatures[$1 * (length + 1)] }
        let scale = (steepness / prior.reduce(0) { $0 + $1 * $1 }).squareRoot()
        return CodeAxes(
            mean: usual.mean + [Float](repeating: 0, count: fine.count),
            basis: usual.basis.extended(byDiagonal: fine.map { _ in 1 }),
            forward: usual.forward.extended(byDiagonal: fine.map { scale * $0 }),
            back: usual.back.extended(byDiagonal: fine.map { 1 / (scale * $0) }),
            variances: usual.variances + fine.map { scale * $0 * scale * $0 * $0 * $0 }
        )
    }
}

extension Tensor {
    /// A square matrix with a diagonal block behind it.
    fileprivate func extended(byDiagonal diagonal: [Float]) -> Tensor {
        let (old, size) = (shape[0], shape[0] + diagonal.count)
        let known = values
        var all = [Float](repeating: 0, count: size * size)
        for row in 0..<old {
            all.replaceSubrange(row * size..<row * size + old, with: known[row * old..<(row + 1) * old])
        }
        for (index, value) in diagonal.enumerated() { all[(old + index) * (size + 1)] = value }
        return Tensor(all, shape: [size, size])
    }
}
