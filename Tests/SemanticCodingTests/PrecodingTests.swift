import Channel
import Networks
import Tensor
import Testing

@testable import SemanticCoding

@Suite struct PrecodingTests {
    private let count = 12
    private let photos: LatentStatistics
    private let precoder: Tensor
    private let deviations: [Float]
    private let mixing: Mixing

    init() throws {
        var random = SeededGenerator(seed: 5)
        let size = count
        let spread = Variable(Tensor(normal: [size, 2 * size], deviation: 1, generator: &random))
        photos = LatentStatistics(
            mean: (0..<size).map { Float($0) - 3 },
            covariance: spread.linear(weight: spread).value.values
        )
        let mixing = Variable(Tensor(normal: [size, size], deviation: 0.2, generator: &random))
        precoder = (mixing + Variable(Tensor(diagonal: [Float](repeating: 1, count: size)))).value
        deviations = (0..<size + 8).map { 4 / Float($0 + 1) }
        self.mixing = try #require(Mixing(photos: photos, precoder: precoder, deviations: deviations))
    }

    /// C = PᵀP·Σ·PᵀP.
    private var curvature: Variable {
        let turned = Variable(precoder.transposed)
        let power = turned.linear(weight: turned)
        return power.matmul(Variable(Tensor(photos.covariance, shape: [count, count]))).matmul(power)
    }

    private func block(_ matrix: Variable, _ size: Int) -> Variable {
        matrix.slice(axis: 0, range: 0..<size).slice(axis: 1, range: 0..<size)
    }

    @Test(arguments: 1...20)
    func codesOfEveryLengthComeBack(_ length: Int) {
        let sent = mixing.precoder(dimension: length)
        let code = (0..<length).map { Float($0 % 5) - 1.5 }
        let values = sent.values(of: code + [9, 9])
        #expect(values.count == length && sent.covariance.count == length * length)
        #expect(zip(sent.code(of: values), code).allSatisfy { abs($0 - $1) < 2e-3 })
        let mean = photos.mean + [Float](repeating: 0, count: 8)
        #expect(sent.values(of: mean).allSatisfy { abs($0) < 1e-4 })
    }

    /// The usual length has the precoder itself, number for number.
    @Test func theUsualLengthIsAsItWas() throws {
        let own = try #require(LinearPrecoder(photos: photos, precoder: precoder))
        let code = (0..<count).map { Float($0 * $0) / 7 }
        #expect(mixing.precoder(dimension: count).values(of: code) == own.values(of: code))
        #expect(mixing.precoder(dimension: count).covariance == own.covariance)
    }

    /// PΣPᵀ of each length, and so that the power is spread over all values.
    @Test(arguments: [1, 5, 11, 13, 20])
    func theCovarianceIsThatOfWhatIsSent(_ length: Int) {
        let sent = mixing.precoder(dimension: length)
        let mean = photos.mean + [Float](repeating: 0, count: 8)
        let usual = min(length, count)
        var expected = [Float](repeating: 0, count: length * length)
        let columns = (0..<length).map { column -> [Float] in
            sent.values(of: (0..<length).map { mean[$0] + ($0 == column ? 1 : 0) })
        }
        for a in 0..<length {
            for b in 0..<length {
                let shared =
                    a < usual && b < usual
                    ? photos.covariance[a * count + b] : a == b ? deviations[a] * deviations[a] : 0
                for row in 0..<length {
                    for column in 0..<length {
                        expected[row * length + column] += columns[a][row] * shared * columns[b][column]
                    }
                }
            }
        }
        let largest = expected.map { abs($0) }.max() ?? 0
        #expect(zip(sent.covariance, expected).allSatisfy { abs($0 - $1) < 1e-3 * largest })
    }

    /// Of all matrices of the same power, none does the first numbers' picture less harm.
    @Test(arguments: [3, 8, 11])
    func noOtherMatrixOfShortCodesDoesLessHarm(_ length: Int) throws {
        let sent = mixing.precoder(dimension: length)
        let mean = photos.mean
        let columns = (0..<length).map { column in
            sent.values(of: (0..<length).map { mean[$0] + ($0 == column ? 1 : 0) })
        }
        let found = Variable(Tensor(columns.flatMap { $0 }, shape: [length, length]).transposed)
        let own = block(Variable(Tensor(photos.covariance, shape: [count, count])), length)
        let steep = block(curvature, length)
        /// Power on the air times the curvature that noise in the values meets.
        func harm(_ matrix: Variable) throws -> Double {
            func trace(_ matrix: Variable) -> Double {
                (0..<length).reduce(0) { $0 + Double(matrix.value.values[$1 * (length + 1)]) }
            }
            let turned = Variable(matrix.value.transposed)
            let inverse = Variable(try #require(turned.linear(weight: turned).value.inverseCholesky))
            let gained = inverse.linear(weight: inverse)  // (PᵀP)⁻¹
            return trace(matrix.matmul(own).linear(weight: matrix)) * trace(gained.matmul(steep))
        }
        let least = try harm(found)
        var random = SeededGenerator(seed: 8)
        for size: Float in [0.05, 0.2] {
            for _ in 0..<10 {
                let change = Tensor(normal: [length, length], deviation: size, generator: &random)
                #expect(try harm(found + Variable(change).matmul(found)) > least * (1 + 1e-4))
            }
        }
    }

    @Test func rotationsAreOrthogonalAndReachEveryValue() {
        for size in [1, 2, 7, 64] {
            let rotation = Mixing.rotation(size)
            let square = Variable(rotation).linear(weight: Variable(rotation)).value.values
            for place in 0..<size * size {
                #expect(abs(square[place] - (place % (size + 1) == 0 ? 1 : 0)) < 1e-5)
            }
            #expect(rotation.values.allSatisfy { abs($0) < 1.42 / Float(size).squareRoot() })
        }
    }

    @Test func whatIsSingularIsRefused() {
        let flat = LatentStatistics(mean: photos.mean, covariance: [Float](repeating: 1, count: count * count))
        #expect(Mixing(photos: flat, precoder: precoder, deviations: deviations) == nil)
        let none = Tensor(zeros: [count, count])
        #expect(Mixing(photos: photos, precoder: none, deviations: deviations) == nil)
    }
}
