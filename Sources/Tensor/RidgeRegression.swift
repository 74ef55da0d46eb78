import COpenBLAS

/// Linear least squares with a ridge, from sums in double precision: examples are added as they come and need not be
/// kept.
public struct RidgeRegression: Sendable {
    /// Length of an example's x.
    public let inputs: Int
    /// Length of an example's y.
    public let outputs: Int
    /// Examples added so far.
    public private(set) var count = 0
    private var inputSum: [Double]
    private var outputSum: [Double]
    /// XᵀX, row-major; only the upper triangle is kept up to date.
    private var gram: [Double]
    /// YᵀX, row-major [outputs, inputs].
    private var cross: [Double]

    /// Sums of nothing yet.
    public init(inputs: Int, outputs: Int) {
        precondition(inputs > 0 && outputs > 0, "a regression needs inputs and outputs")
        self.inputs = inputs
        self.outputs = outputs
        inputSum = [Double](repeating: 0, count: inputs)
        outputSum = [Double](repeating: 0, count: outputs)
        gram = [Double](repeating: 0, count: inputs * inputs)
        cross = [Double](repeating: 0, count: outputs * inputs)
    }

    /// Adds examples: `x` [n, inputs] and `y` [n, outputs], row-major.
    ///
    /// - Precondition: both hold the same number of whole rows.
    public mutating func add(x: ArraySlice<Float>, y: ArraySlice<Float>) {
        let rows = x.count / inputs
        precondition(x.count == rows * inputs && y.count == rows * outputs, "rows of x and y do not fit")
        guard rows > 0 else { return }
        _ = MatrixProduct.blasIsSingleThreaded
        let (x, y) = (x.map(Double.init), y.map(Double.init))
        let (n, d, m) = (Int32(rows), Int32(inputs), Int32(outputs))
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, d, n, 1, x, d, 1, &gram, d)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, d, n, 1, y, m, x, d, 1, &cross, d)
        for row in 0..<rows {
            for column in 0..<inputs { inputSum[column] += x[row * inputs + column] }
            for column in 0..<outputs { outputSum[column] += y[row * outputs + column] }
        }
        count += rows
    }

    /// Mean x, as many values as `inputs`.
    public var inputMean: [Float] { inputSum.map { Float($0 / Double(max(1, count))) } }

    /// B [outputs, inputs] that makes Σ|y − ȳ − B·(x − x̄)|² + ridge · count · |B|² least (LAPACK's dposv). Nil where
    /// the equations have no one solution: without examples, without a ridge and with too few of them, with values that
    /// are not finite.
    public func solution(ridge: Double) -> Tensor? {
        guard count > 0, ridge.isFinite, ridge >= 0 else { return nil }
        _ = MatrixProduct.blasIsSingleThreaded
        let n = Double(count)
        let mean = inputSum.map { $0 / n }
        var (matrix, right) = (gram, cross)
        for row in 0..<inputs {
            for column in row..<inputs { matrix[row * inputs + column] -= n * mean[row] * mean[column] }
            matrix[row * inputs + row] += ridge * n
        }
        for row in 0..<outputs {
            for column in 0..<inputs { right[row * inputs + column] -= outputSum[row] * mean[column] }
        }
        // LAPACK counts by columns: our upper triangle is its lower one, our rows of YᵀX are its right-hand sides.
        var (d, m, outcome) = (Int32(inputs), Int32(outputs), Int32(0))
        dposv_("L", &d, &m, &matrix, &d, &right, &d, &outcome)
        guard outcome == 0, right.allSatisfy(\.isFinite) else { return nil }
        return Tensor(right.map(Float.init), shape: [outputs, inputs])
    }
}
