import Channel
import Networks
import Tensor

/// Another look at a code of which something is known: what arrives of it adds to that, in the parts that have not changed too.
struct CodeRefresh {
    /// The expected code, k numbers, and the precoder that it comes by.
    private let code: [Float]
    private let precoder: LinearPrecoder
    /// Σ·Pᵀ and P·Σ·Pᵀ, [k, k]: how the code, and the values on the air, have to do with the values.
    private let shared, covariance: [Float]

    /// - Parameters:
    ///   - code: as it is known.
    ///   - covariance: Σ of what is not known of it, [k, k].
    /// - Precondition: the precoder has a matrix.
    init(code: [Float], covariance: Variable, precoder: LinearPrecoder) {
        guard let matrix = precoder.matrices?.matrix else { preconditionFailure("codes go out as they are") }
        let forward = Variable(Tensor(matrix, shape: [code.count, code.count]))
        let shared = covariance.linear(weight: forward)
        (self.code, self.precoder) = (code, precoder)
        (self.shared, self.covariance) = (shared.value.values, forward.matmul(shared).value.values)
    }

    /// The code as it is known with received values (LMMSE).
    ///
    /// - Parameters:
    ///   - values: anything where erased.
    ///   - noiseVariance: of each value, infinite where erased.
    /// - Throws: as `LatentEstimator`.
    func estimate(values: [Float], noiseVariance: [Float]) throws(LatentEstimatorError) -> [Float] {
        let count = code.count
        let news = zip(values, precoder.values(of: code)).map { $0 - $1 }
        let weights = try LatentEstimator(covariance: covariance, dimension: count)
            .weights(values: news, noiseVariance: noiseVariance)
        return (0..<count).map { row in
            var sum = 0.0
            for (column, weight) in weights { sum += Double(shared[row * count + column]) * weight }
            return code[row] + Float(sum)
        }
    }
}
