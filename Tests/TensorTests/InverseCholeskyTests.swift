import Testing

@testable import Tensor

@Suite struct InverseCholeskyTests {
    private let size = 7

    /// B·Bᵀ + 1/2 of random B.
    private func definite() -> Tensor {
        var random = SeededGenerator(seed: 3)
        let factor = Variable(Tensor(normal: [size, size], deviation: 1, generator: &random))
        return (factor.linear(weight: factor) + Variable(Tensor(diagonal: [Float](repeating: 0.5, count: size)))).value
    }

    @Test func itsSquareIsTheInverse() throws {
        let matrix = definite()
        let found = try #require(matrix.inverseCholesky)
        let square = Variable(found).linear(weight: Variable(found))
        let unit = square.matmul(Variable(matrix)).value.values
        for (index, value) in unit.enumerated() {
            #expect(abs(value - (index % size == index / size ? 1 : 0)) < 1e-4)
        }
        for (index, value) in found.values.enumerated() where index % size < index / size { #expect(value == 0) }
    }

    @Test func leadingBlocksAreThoseOfLeadingBlocks() throws {
        let (matrix, kept) = (definite(), 4)
        func block(_ tensor: Tensor) -> Tensor {
            let values = tensor.values
            return Tensor((0..<kept * kept).map { values[$0 / kept * size + $0 % kept] }, shape: [kept, kept])
        }
        let (whole, part) = (try #require(matrix.inverseCholesky), try #require(block(matrix).inverseCholesky))
        for (a, b) in zip(block(whole).values, part.values) { #expect(abs(a - b) < 1e-5) }
    }

    @Test func whatIsNotPositiveDefiniteHasNone() {
        #expect(Tensor([1, 2, 2, 1], shape: [2, 2]).inverseCholesky == nil)
        #expect(Tensor([0], shape: [1, 1]).inverseCholesky == nil)
        #expect(Tensor([.nan], shape: [1, 1]).inverseCholesky == nil)
    }
}
