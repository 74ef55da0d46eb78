import Channel
import Glibc
import Networks
import SemanticCoding
import Tensor

/// Fits what a receiver expects of its pictures (`LikenessModel`) to pictures that were sent and compared with their photos.
package enum LikenessTrainer {
    /// One picture.
    package struct Example: Sendable {
        package let mode: SemanticMode
        /// Expected harm of the code's errors, as a share.
        package let error: Double
        package let lpips: Double
        package let isSamePerson: Bool

        package init(mode: SemanticMode, error: Double, lpips: Double, isSamePerson: Bool) {
            (self.mode, self.error, self.lpips, self.isSamePerson) = (mode, error, lpips, isSamePerson)
        }
    }

    /// Keeps coefficients small where the examples do not determine them.
    private static let ridge = 1e-3

    /// The tensors `lpips` and `same_person`, [3, 3] each; a mode without examples of its own gets the fit of all.
    package static func fit(_ examples: [Example]) -> [(name: String, tensor: Tensor, fp16: Bool)] {
        let groups = SemanticMode.allCases.map { mode in
            let own = examples.filter { $0.mode == mode }
            return own.isEmpty ? examples : own
        }
        let shape = [groups.count, LikenessModel.degree]
        func tensor(_ fit: ([Example]) -> [Double]) -> Tensor {
            Tensor(groups.flatMap(fit).map { Float($0) }, shape: shape)
        }
        return [
            ("lpips", tensor { leastSquares($0, weights: $0.map { _ in 1 }, targets: $0.map(\.lpips)) }, false),
            ("same_person", tensor(logistic), false),
        ]
    }

    /// Logistic regression by Newton's steps (iteratively reweighted least squares).
    private static func logistic(_ examples: [Example]) -> [Double] {
        var weights = [Double](repeating: 0, count: LikenessModel.degree)
        for _ in 0..<50 {
            let scores = examples.map { zip(LikenessModel.terms($0.error), weights).reduce(0) { $0 + $1.0 * $1.1 } }
            let chances = scores.map { 1 / (1 + exp(-min(20, max(-20, $0)))) }
            let slopes = chances.map { max(1e-6, $0 * (1 - $0)) }
            let targets = examples.indices.map { index in
                scores[index] + ((examples[index].isSamePerson ? 1 : 0) - chances[index]) / slopes[index]
            }
            weights = leastSquares(examples, weights: slopes, targets: targets)
        }
        return weights
    }

    /// Weighted least squares in the terms of `LikenessModel`.
    private static func leastSquares(_ examples: [Example], weights: [Double], targets: [Double]) -> [Double] {
        let count = LikenessModel.degree
        var matrix = [Double](repeating: 0, count: count * count)
        var right = [Double](repeating: 0, count: count)
        for (example, (weight, target)) in zip(examples, zip(weights, targets)) {
            let terms = LikenessModel.terms(example.error)
            for row in 0..<count {
                right[row] += weight * terms[row] * target
                for column in 0..<count { matrix[row * count + column] += weight * terms[row] * terms[column] }
            }
        }
        for index in 0..<count { matrix[index * count + index] += ridge }
        // Positive definite: sums of squares and the ridge.
        return CholeskyFactor(of: matrix, dimension: count)?.solve(right) ?? [Double](repeating: 0, count: count)
    }
}
