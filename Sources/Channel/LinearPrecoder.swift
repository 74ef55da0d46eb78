/// How codes of k numbers go on the air: without their mean, multiplied by a matrix that both ends of the link know.
///
/// Codes of photos are no latents of the generator's prior. Their mean is another (it is not sent, so that the power goes
/// into what is particular about a face), faint numbers vary more, and numbers have to do with each other.
public struct LinearPrecoder: Sendable {
    /// Of the k values on the air, row by row, symmetric.
    public let covariance: [Float]
    /// Of the codes.
    public let mean: [Float]
    /// P and its inverse, k × k, row by row; nil where codes go out as they are.
    public let matrices: (matrix: [Float], inverse: [Float])?

    /// How many numbers a code has.
    public var dimension: Int { mean.count }

    /// - Parameters:
    ///   - mean: of the codes' k numbers.
    ///   - covariance: of the values on the air, k × k, as the matrix makes them.
    ///   - matrices: P and its inverse, k × k; nil for codes that go out as they are.
    /// - Precondition: all have the sizes that belong to `mean`.
    public init(mean: [Float], covariance: [Float], matrices: (matrix: [Float], inverse: [Float])?) {
        let size = mean.count * mean.count
        precondition(covariance.count == size && (matrices.map { $0.count == size && $1.count == size } ?? true))
        (self.mean, self.covariance, self.matrices) = (mean, covariance, matrices)
    }

    /// The k values that are sent for a code, P·(c − c̄); numbers that it has beyond are not sent, those that it lacks are 0.
    public func values(of code: [Float]) -> [Float] {
        let missing = [Float](repeating: 0, count: max(0, dimension - code.count))
        return product(matrices?.matrix, zip(code + missing, mean).map { $0 - $1 })
    }

    /// The code of k numbers that is sent as these k values.
    public func code(of values: [Float]) -> [Float] {
        zip(offset(of: values), mean).map { $0 + $1 }
    }

    /// How far from the mean the code lies that is sent as these k values, P⁻¹·v: what noise becomes in the code.
    public func offset(of values: [Float]) -> [Float] {
        product(matrices?.inverse, values)
    }

    private func product(_ matrix: [Float]?, _ values: [Float]) -> [Float] {
        guard let matrix else { return values }
        return matrix.withUnsafeBufferPointer { matrix in
            (0..<dimension).map { row in
                var sum = 0.0
                for column in 0..<dimension { sum += Double(matrix[row * dimension + column] * values[column]) }
                return Float(sum)
            }
        }
    }
}
