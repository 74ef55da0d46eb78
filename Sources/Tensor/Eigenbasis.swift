import COpenBLAS

extension Tensor {
    /// The orthonormal eigenvectors of a symmetric matrix, as of `eigendecomposition`.
    public var eigenbasis: Tensor? { eigendecomposition?.basis }

    /// The eigenvalues of a symmetric matrix [d, d], rising, and its orthonormal eigenvectors as the columns of a matrix
    /// [d, d] (LAPACK's ssyevd). Each points where its largest component is positive. Nil when the iteration does not
    /// converge, as with values that are not finite.
    public var eigendecomposition: (values: [Float], basis: Tensor)? {
        precondition(shape.count == 2 && shape[0] == shape[1], "a square matrix, not \(shape)")
        let d = shape[0]
        guard d > 0, values.allSatisfy(\.isFinite) else { return nil }
        var n = Int32(d)
        var vectors = values
        var eigenvalues = [Float](repeating: 0, count: d)
        var workCount = Int32(1 + 6 * d + 2 * d * d)
        var work = [Float](repeating: 0, count: Int(workCount))
        var integerCount = Int32(3 + 5 * d)
        var integers = [Int32](repeating: 0, count: Int(integerCount))
        var outcome: Int32 = 0
        _ = MatrixProduct.blasIsSingleThreaded
        ssyevd_("V", "U", &n, &vectors, &n, &eigenvalues, &work, &workCount, &integers, &integerCount, &outcome)
        guard outcome == 0 else { return nil }
        let basis = Tensor(zeros: [d, d])
        basis.withUnsafeMutableBufferPointer { columns in
            for index in 0..<d {
                let vector = vectors[index * d..<(index + 1) * d]
                let largest = vector.max { abs($0) < abs($1) } ?? 1
                for (row, value) in vector.enumerated() { columns[row * d + index] = largest < 0 ? -value : value }
            }
        }
        return (eigenvalues, basis)
    }
}
