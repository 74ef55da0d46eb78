import Testing

@testable import Tensor

@Suite struct EigenbasisTests {
    @Test func columnsAreOrthonormalEigenvectors() throws {
        let d = 40
        var random = SeededGenerator(seed: 3)
        let root = Tensor(normal: [d, d], deviation: 1, generator: &random).values
        var matrix = [Float](repeating: 0, count: d * d)
        for i in 0..<d {
            for j in 0..<d { for k in 0..<d { matrix[i * d + j] += root[i * d + k] * root[j * d + k] } }
        }
        let basis = try #require(Tensor(matrix, shape: [d, d]).eigenbasis).values
        var eigenvalues: [Float] = []
        for column in 0..<d {
            let vector = (0..<d).map { basis[$0 * d + column] }
            let image = (0..<d).map { i in (0..<d).reduce(Float(0)) { $0 + matrix[i * d + $1] * vector[$1] } }
            let value = zip(vector, image).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            eigenvalues.append(value)
            let error = zip(vector, image).map { abs($1 - value * $0) }.max() ?? 1
            #expect(error < 1e-3)
            for other in 0...column {
                let product = (0..<d).reduce(Float(0)) { $0 + basis[$1 * d + other] * basis[$1 * d + column] }
                #expect(abs(product - (other == column ? 1 : 0)) < 1e-4)
            }
            #expect((vector.max { abs($0) < abs($1) } ?? -1) > 0)
        }
        #expect(eigenvalues == eigenvalues.sorted())
    }

    @Test func valuesThatAreNotFiniteHaveNone() {
        #expect(Tensor([1, .nan, .nan, 1], shape: [2, 2]).eigenbasis == nil)
    }
}
