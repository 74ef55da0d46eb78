import Channel
import Glibc
import Networks
import Tensor

/// How edits, or a face's movements, change codes, so that what follows a picture is sent as what it changes: by few numbers, and
/// nothing else of the face moves.
///
/// Differences of codes lie close to a few axes: a difference is U·x, the x independent and of unit variance, and the harm that
/// an error of one of them does is λ times its square. What goes on the air is R·G·x, the gains G those of `PowerAllocation` for
/// λ and R the first columns of a rotation, so that each x is spread over all reals.
package struct CodeDifferences: Sendable {
    /// Reals that an edit's difference is sent as.
    package static let ofEdits = 64
    /// Reals that the difference of a stream's frame from its key is sent as.
    package static let ofMotion = 128
    /// Es/N0 in dB below which a whole code is sent instead: it adds to what the receiver knows of the face.
    static let leastSNR = 9
    /// The share of a difference's harm that may be lost between the axes. Harms, as shares of that of a code of which nothing
    /// arrives: what may be lost of any difference, and less than which there is none to speak of.
    static let mostLost = 0.05
    static let neglected = 0.001
    static let least = 1e-6

    /// U, [r, k].
    let axes: Tensor
    /// What makes x of a difference, [r, k].
    private let analysis: Tensor
    /// λ, as shares of the harm of a code of which nothing arrives.
    private let harms: [Float]
    /// R, [n, r].
    private let spread: Tensor
    /// n, the reals that a difference is sent as.
    package let dimension: Int

    /// Takes `axes` and `analysis` [r, k], and `harms` [r]; r is at most n.
    ///
    /// - Parameters:
    ///   - count: k.
    ///   - dimension: n.
    /// - Throws: `SafetensorsError` when they are missing, misshapen or no numbers.
    package init(
        file: SafetensorsFile,
        count: Int,
        dimension: Int = CodeDifferences.ofEdits
    ) throws(SafetensorsError) {
        self.dimension = dimension
        (axes, analysis) = (try file.tensor("axes"), try file.tensor("analysis"))
        let rank = axes.shape.first ?? 0
        guard axes.shape == [rank, count], (1...dimension).contains(rank) else {
            throw .shapeMismatch(name: "axes", expected: [rank, count], found: axes.shape)
        }
        guard analysis.shape == axes.shape else {
            throw .shapeMismatch(name: "analysis", expected: axes.shape, found: analysis.shape)
        }
        let harms = try file.tensor("harms")
        guard harms.shape == [rank] else {
            throw .shapeMismatch(name: "harms", expected: [rank], found: harms.shape)
        }
        self.harms = harms.values
        guard (self.harms + axes.values + analysis.values).allSatisfy(\.isFinite), self.harms.allSatisfy({ $0 > 0 })
        else {
            throw .malformed(path: file.path, reason: "its numbers must be finite, and harms above zero")
        }
        spread = Variable(CodeAxes.rotation(dimension)).slice(axis: 1, range: 0..<rank).value
    }

    /// What goes on the air for a difference of two codes.
    ///
    /// - Parameter designSNR: Es/N0 in dB that it is made for; one without noise when nil.
    /// - Returns: the reals, and what of the difference they stand for.
    package func coded(_ difference: [Float], designSNR: Int?) -> (reals: [Float], kept: [Float]) {
        let x = Variable(row(difference)).linear(weight: Variable(analysis))
        let reals = (x * Variable(row(gains(designSNR)))).linear(weight: Variable(spread))
        return (reals.value.values, x.matmul(Variable(axes)).value.values)
    }

    /// The difference that received reals stand for, by LMMSE.
    ///
    /// - Parameters:
    ///   - noiseVariance: of each value; infinite where erased.
    ///   - designSNR: as of `coded`.
    /// - Returns: the difference, and the harm that is expected of its errors, as a share of that of a code of which nothing
    ///   arrives.
    /// - Throws: `LatentEstimatorError.invalidObservation`.
    package func estimate(
        values: [Float],
        noiseVariance: [Float],
        designSNR: Int?
    ) throws(LatentEstimatorError) -> (difference: [Float], error: Double) {
        guard values.count == dimension, noiseVariance.count == dimension,
            noiseVariance.allSatisfy({ $0 >= 0 }),
            zip(values, noiseVariance).allSatisfy({ $0.isFinite || $1 == .infinity })
        else { throw .invalidObservation(expected: dimension) }
        let (gains, columns) = (gains(designSNR), spread.values)
        let rank = gains.count
        // How much larger than usual this difference is: its power on the air says so.
        var (power, usual) = (0.0, 0.0)
        let mean = gains.reduce(0) { $0 + Double($1) * Double($1) } / Double(dimension)
        for (value, noise) in zip(values, noiseVariance) where noise.isFinite {
            power += Double(value) * Double(value) - Double(noise)
            usual += mean
        }
        let size = usual > 0 ? max(0.01, power / usual) : 1
        var information = [Double](repeating: 0, count: rank * rank)
        var right = [Double](repeating: 0, count: rank)
        for place in 0..<dimension where noiseVariance[place].isFinite {
            let weight = 1 / max(Double(noiseVariance[place]), 1e-9)
            let row = (0..<rank).map { Double(columns[place * rank + $0]) * Double(gains[$0]) }
            for i in 0..<rank {
                right[i] += row[i] * weight * Double(values[place])
                for j in 0..<rank { information[i * rank + j] += row[i] * weight * row[j] }
            }
        }
        for i in 0..<rank { information[i * rank + i] += 1 / size }
        guard let factor = CholeskyFactor(of: information, dimension: rank) else { throw .notPositiveDefinite }
        let x = factor.solve(right).map { Float($0) }
        var error = 0.0
        for i in 0..<rank {
            var unit = [Double](repeating: 0, count: rank)
            unit[i] = 1
            error += Double(harms[i]) * factor.solve(unit)[i]
        }
        return (Variable(row(x)).matmul(Variable(axes)).value.values, error)
    }

    /// Differences such as there are, each number of x a slow and random wave about zero.
    ///
    /// - Parameters:
    ///   - count: of them; the first is no difference.
    ///   - size: how large they are, 1 as usual.
    ///   - seed: of the waves.
    package func walk(count: Int, size: Float, seed: UInt64) -> [[Float]] {
        var random = SeededGenerator(seed: seed)
        let waves = harms.map { _ in (rate: 0.05 + 0.15 * random.uniform(), size: size * random.normal()) }
        return (0..<count).map { number in
            let x = waves.map { $0.size * sin($0.rate * Float(number)) }
            return Variable(row(x)).matmul(Variable(axes)).value.values
        }
    }

    /// How much differences vary along the axes of codes, when they are as large as usual.
    ///
    /// - Parameter forward: [k, k], makes coordinates of codes.
    func variances(along forward: Tensor) -> [Float] {
        let (rank, count) = (harms.count, forward.shape[0])
        let moved = Variable(axes).linear(weight: Variable(forward)).value.values
        return (0..<count).map { column in
            (0..<rank).reduce(0) { $0 + moved[$1 * count + column] * moved[$1 * count + column] }
        }
    }

    /// The covariance of differences [k, k], when they are as large as usual: U·Uᵀ.
    var covariance: Variable { Variable(axes.transposed).matmul(Variable(axes)) }

    /// √q: what each x is multiplied by, so that the reals have unit mean power.
    private func gains(_ designSNR: Int?) -> [Float] {
        let silent = [Float](repeating: 0, count: dimension - harms.count)
        return PowerAllocation.leePetersen(
            variances: harms + silent,
            noiseVariance: Precoding.noiseVariance(designSNR: designSNR)
        ).prefix(harms.count).map { $0.squareRoot() }
    }

    private func row(_ values: [Float]) -> Tensor { Tensor(values, shape: [1, values.count]) }
}
