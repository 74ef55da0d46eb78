import COpenBLAS

/// A dense matrix in double precision, row-major: for statistics that float32 would spoil.
package struct DoubleMatrix: Sendable, Equatable {
    /// Sizes; with no rows there are no columns.
    package let rows, columns: Int
    /// `rows × columns` elements.
    package private(set) var values: [Double]

    /// - Precondition: the values fill the matrix.
    package init(_ values: [Double], rows: Int, columns: Int) {
        precondition(values.count == rows * columns, "\(values.count) values do not fill \(rows) × \(columns)")
        (self.values, self.rows, self.columns) = (values, rows, columns)
    }

    /// One row for each vector.
    ///
    /// - Precondition: the vectors have one length.
    package init(rows vectors: [[Float]]) {
        self.init(vectors.flatMap { $0.map(Double.init) }, rows: vectors.count, columns: vectors.first?.count ?? 0)
    }

    /// The mean row.
    package var mean: [Double] {
        var sum = [Double](repeating: 0, count: columns)
        for row in 0..<rows { for column in 0..<columns { sum[column] += values[row * columns + column] } }
        return sum.map { $0 / Double(max(1, rows)) }
    }

    /// The matrix less its mean row.
    package var centred: DoubleMatrix {
        let mean = mean
        var result = self
        for row in 0..<rows { for column in 0..<columns { result.values[row * columns + column] -= mean[column] } }
        return result
    }

    /// The rows that are named, in that order.
    package func selecting(_ chosen: some Collection<Int>) -> DoubleMatrix {
        var selected: [Double] = []
        selected.reserveCapacity(chosen.count * columns)
        for row in chosen { selected += values[row * columns..<(row + 1) * columns] }
        return DoubleMatrix(selected, rows: chosen.count, columns: columns)
    }

    /// A·Bᵀ of A [n, d] and B [m, d]: the inner products [n, m] of their rows.
    ///
    /// - Precondition: both have as many columns.
    package func product(withTransposeOf other: DoubleMatrix) -> DoubleMatrix {
        precondition(columns == other.columns, "rows of \(columns) and \(other.columns) have no inner product")
        guard rows > 0, other.rows > 0, columns > 0 else {
            return DoubleMatrix(
                [Double](repeating: 0, count: rows * other.rows),
                rows: rows,
                columns: other.rows
            )
        }
        _ = MatrixProduct.blasIsSingleThreaded
        let product = [Double](unsafeUninitializedCapacity: rows * other.rows) { product, count in
            let (m, n, k) = (blasint(rows), blasint(other.rows), blasint(columns))
            cblas_dgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasTrans,
                m,
                n,
                k,
                1,
                values,
                k,
                other.values,
                k,
                0,
                product.baseAddress,
                n
            )
            count = rows * other.rows
        }
        return DoubleMatrix(product, rows: rows, columns: other.rows)
    }

    /// The sum of the roots of the eigenvalues of AᵀA·BᵀB, of A [n, d] and B [m, d]; nil when LAPACK fails, as with
    /// values that are not finite.
    ///
    /// With AᵀA = L·Lᵀ and BᵀB = M·Mᵀ it is the sum of the singular values of LᵀM. L and M come from LQ factorisations
    /// of Aᵀ and Bᵀ (dgelqf), so nothing is squared: where a product is singular, as with fewer rows than columns,
    /// roots of its eigenvalues would keep only half of the digits.
    ///
    /// - Precondition: both have as many columns.
    package func traceOfRoot(with other: DoubleMatrix) -> Double? {
        precondition(columns == other.columns, "matrices of \(columns) and \(other.columns) columns")
        guard let factor = lowerFactor, let otherFactor = other.lowerFactor else { return nil }
        // Each factor's rows are the columns of L, so that this is LᵀM.
        return factor.product(withTransposeOf: otherFactor).singularValues?.reduce(0, +)
    }

    /// Lᵀ [min(n, d), d] of this matrix A [n, d], where AᵀA = L·Lᵀ.
    private var lowerFactor: DoubleMatrix? {
        guard rows > 0, columns > 0, values.allSatisfy(\.isFinite) else { return nil }
        // LAPACK counts columns first and so sees Aᵀ [d, n].
        var (d, n, outcome) = (Int32(columns), Int32(rows), Int32(0))
        var factor = values
        let rank = min(rows, columns)
        var scales = [Double](repeating: 0, count: rank)
        // d·64 numbers let it work on blocks of 64 columns.
        var workCount = Int32(columns * 64)
        var work = [Double](repeating: 0, count: Int(workCount))
        _ = MatrixProduct.blasIsSingleThreaded
        dgelqf_(&d, &n, &factor, &d, &scales, &work, &workCount, &outcome)
        guard outcome == 0 else { return nil }
        // What lies above L's diagonal describes Q.
        for column in 1..<max(2, rank) where column < rank {
            for row in 0..<column { factor[column * columns + row] = 0 }
        }
        return DoubleMatrix(Array(factor[..<(rank * columns)]), rows: rank, columns: columns)
    }

    /// Falling; nil when the iteration does not converge.
    private var singularValues: [Double]? {
        var (m, n, one, outcome) = (Int32(columns), Int32(rows), Int32(1), Int32(0))
        var matrix = values
        let (least, most) = (min(rows, columns), max(rows, columns))
        var found = [Double](repeating: 0, count: least)
        var nothing = [0.0, 0.0]
        var integers = [Int32](repeating: 0, count: 8 * least)
        var workCount = Int32(3 * least + max(most, 7 * least) + 64 * (least + most))
        var work = [Double](repeating: 0, count: Int(workCount))
        _ = MatrixProduct.blasIsSingleThreaded
        nothing.withUnsafeMutableBufferPointer { unused in
            dgesdd_(
                "N",
                &m,
                &n,
                &matrix,
                &m,
                &found,
                unused.baseAddress,
                &one,
                unused.baseAddress,
                &one,
                &work,
                &workCount,
                &integers,
                &outcome
            )
        }
        return outcome == 0 && found.allSatisfy(\.isFinite) ? found : nil
    }
}
