import Glibc

/// The lower triangular L of a symmetric positive definite matrix `A = L·Lᵀ`, in double precision.
package struct CholeskyFactor {
    private let dimension: Int
    private let lower: [Double]

    /// Nil when the matrix is not positive definite.
    ///
    /// - Parameter matrix: `dimension × dimension`, row by row; the lower half is read.
    package init?(of matrix: [Double], dimension: Int) {
        var lower = matrix
        let isDefinite = lower.withUnsafeMutableBufferPointer { lower -> Bool in
            for row in 0..<dimension {
                for column in 0...row {
                    let rest =
                        lower[row * dimension + column]
                        - dot(lower, row * dimension, column * dimension, count: column)
                    if row == column {
                        // A pivot below the rounding error of its own subtraction is not one.
                        guard rest > 1e-14 * abs(matrix[row * dimension + row]) else { return false }
                        lower[row * dimension + row] = rest.squareRoot()
                    } else {
                        lower[row * dimension + column] = rest / lower[column * dimension + column]
                    }
                }
            }
            return true
        }
        guard isDefinite else { return nil }
        self.dimension = dimension
        self.lower = lower
    }

    /// ln det A.
    var logDeterminant: Double {
        (0..<dimension).reduce(0) { $0 + 2 * log(lower[$1 * dimension + $1]) }
    }

    /// x of `A·x = right`.
    package func solve(_ right: [Double]) -> [Double] {
        var x = right
        for row in 0..<dimension {
            for column in 0..<row { x[row] -= lower[row * dimension + column] * x[column] }
            x[row] /= lower[row * dimension + row]
        }
        for row in stride(from: dimension - 1, through: 0, by: -1) {
            x[row] /= lower[row * dimension + row]
            for column in 0..<row { x[column] -= lower[row * dimension + column] * x[row] }
        }
        return x
    }
}

/// The inner product of two runs of `values`, four lanes at a time.
@inline(__always)
private func dot(_ values: UnsafeMutableBufferPointer<Double>, _ a: Int, _ b: Int, count: Int) -> Double {
    var lanes = SIMD4<Double>.zero
    var index = 0
    while index + 4 <= count {
        let left = SIMD4(values[a + index], values[a + index + 1], values[a + index + 2], values[a + index + 3])
        let right = SIMD4(values[b + index], values[b + index + 1], values[b + index + 2], values[b + index + 3])
        lanes += left * right
        index += 4
    }
    var sum = lanes.sum()
    while index < count {
        sum += values[a + index] * values[b + index]
        index += 1
    }
    return sum
}
