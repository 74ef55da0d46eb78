import Testing

@testable import Tensor

@Suite struct DoubleMatrixTests {
    private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> DoubleMatrix {
        var random = SeededGenerator(seed: seed)
        let values = (0..<rows * columns).map { _ in Double(random.normal()) }
        return DoubleMatrix(values, rows: rows, columns: columns)
    }

    @Test func productsOfRows() {
        let one = DoubleMatrix([1, 2, 3, 4, 5, 6], rows: 2, columns: 3)
        let other = DoubleMatrix([1, 0, 1], rows: 1, columns: 3)
        #expect(one.product(withTransposeOf: other) == DoubleMatrix([4, 10], rows: 2, columns: 1))
        #expect(one.product(withTransposeOf: DoubleMatrix([], rows: 0, columns: 3)).values.isEmpty)
        #expect(one.mean == [2.5, 3.5, 4.5])
        #expect(one.centred.values == [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5])
        #expect(one.selecting([1, 1]).values == [4, 5, 6, 4, 5, 6])
        #expect(DoubleMatrix(rows: [[1, 2], [3, 4]]) == DoubleMatrix([1, 2, 3, 4], rows: 2, columns: 2))
    }

    /// Of diagonal matrices the roots are known.
    @Test func rootsOfDiagonals() throws {
        let one = DoubleMatrix([2, 0, 0, 0, 3, 0, 0, 0, 0], rows: 3, columns: 3)
        let other = DoubleMatrix([5, 0, 0, 0, 7, 0, 0, 0, 11], rows: 3, columns: 3)
        let root = try #require(one.traceOfRoot(with: other))
        #expect(abs(root - 31) < 1e-12)
    }

    /// (AᵀA·AᵀA)^½ is AᵀA, whatever the shape of A; a rotation of the rows changes nothing.
    @Test(arguments: [(1, 1), (1, 5), (5, 1), (4, 9), (9, 4), (70, 70), (150, 90)])
    func rootsOfSquares(rows: Int, columns: Int) throws {
        let matrix = random(rows, columns, seed: 1)
        let trace = matrix.values.reduce(0) { $0 + $1 * $1 }
        for other in [matrix, matrix.selecting((0..<rows).reversed())] {
            let root = try #require(matrix.traceOfRoot(with: other))
            #expect(abs(root / trace - 1) < 1e-12)
        }
    }

    @Test func matricesOfDifferentHeights() throws {
        let (one, other) = (random(6, 20, seed: 1), random(30, 20, seed: 2))
        let there = try #require(one.traceOfRoot(with: other))
        let back = try #require(other.traceOfRoot(with: one))
        #expect(there > 0 && abs(there / back - 1) < 1e-12)
    }

    @Test func whatIsNotFiniteHasNoRoot() {
        let good = random(3, 2, seed: 1)
        for bad in [Double.nan, .infinity] {
            #expect(DoubleMatrix([bad, 1, 1, 1], rows: 2, columns: 2).traceOfRoot(with: good) == nil)
        }
        #expect(DoubleMatrix([], rows: 0, columns: 2).traceOfRoot(with: good) == nil)
    }
}
