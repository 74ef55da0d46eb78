import Channel
import Foundation
import Networks
import Tensor
import Testing

@testable import SemanticCoding

@Suite struct PrecodingTests {
    private let count = 12
    private let photos: LatentStatistics
    private let precoder: Tensor
    private let deviations: [Float]
    private let metric: PictureMetric

    init() throws {
        var random = SeededGenerator(seed: 5)
        let size = count
        let spread = Variable(Tensor(normal: [size, 2 * size], deviation: 1, generator: &random))
        photos = LatentStatistics(
            mean: (0..<size).map { Float($0) - 3 },
            covariance: spread.linear(weight: spread).value.values
        )
        let mixture = Variable(Tensor(normal: [size, size], deviation: 0.2, generator: &random))
        precoder = (mixture + Variable(Tensor(diagonal: [Float](repeating: 1, count: size)))).value
        deviations = (0..<size + 8).map { 4 / Float($0 + 1) }
        metric = try #require(PictureMetric(photos: photos, precoder: precoder, deviations: deviations))
    }

    private func sent(_ length: Int, noiseVariance: Double = 0) throws -> LinearPrecoder {
        try #require(metric.axes(dimension: length)).precoder(noiseVariance: noiseVariance)
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
    func codesOfEveryLengthComeBack(_ length: Int) throws {
        let sent = try sent(length)
        let code = (0..<length).map { Float($0 % 5) - 1.5 }
        let values = sent.values(of: code + [9, 9])
        #expect(values.count == length && sent.covariance.count == length * length)
        #expect(zip(sent.code(of: values), code).allSatisfy { abs($0 - $1) < 2e-3 })
        let mean = photos.mean + [Float](repeating: 0, count: 8)
        #expect(sent.values(of: mean).allSatisfy { abs($0) < 1e-4 })
    }

    /// PΣPᵀ of each length, and so that the power is spread over all values.
    @Test(arguments: [1, 5, 11, 13, 20])
    func theCovarianceIsThatOfWhatIsSent(_ length: Int) throws {
        let sent = try sent(length)
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
    @Test(arguments: [3, 8, 11, 12])
    func noOtherMatrixOfShortCodesDoesLessHarm(_ length: Int) throws {
        let sent = try sent(length)
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

    /// Through the noise that it was made for, a code does the picture less harm than one made for none; what is not worth its
    /// power is not sent, and comes back as the mean.
    @Test(arguments: [12, 20]) func aCodeForItsNoiseDoesLessHarm(_ length: Int) throws {
        let noise = 4.0
        let axes = try #require(metric.axes(dimension: length))
        /// What is left of the axes' variances.
        func error(_ powers: [Float]) -> Double {
            zip(axes.variances, powers).reduce(0) { $0 + Double($1.0) * noise / (Double($1.1) + noise) }
        }
        func powers(_ noise: Double) -> [Float] {
            PowerAllocation.leePetersen(variances: axes.variances, noiseVariance: noise)
        }
        #expect(error(powers(noise)) < 0.98 * error(powers(0)))
        let made = try sent(length, noiseVariance: noise)
        let unsent = try #require(powers(noise).firstIndex(of: 0))
        let along = (0..<length).map { axes.back.values[$0 * length + unsent] + axes.mean[$0] }
        #expect(made.values(of: along).allSatisfy { abs($0) < 1e-4 })
        let total = (0..<length).reduce(Float(0)) { $0 + made.covariance[$1 * (length + 1)] }
        #expect(abs(total / Float(length) - 1) < 1e-4)
    }

    /// The differentiable way comes to what precoder and estimator come to.
    @Test(arguments: [5, 12, 20]) func theChannelIsThatOfThePrecoderAndTheEstimator(_ length: Int) throws {
        let axes = try #require(metric.axes(dimension: length))
        let channel = CodeChannel(axes, snr: -3)
        let made = axes.precoder(noiseVariance: pow(10, 0.3))
        let code = (0..<length).map { Float($0 % 5) - 1.5 }
        let whitened = channel.whitened(Variable(Tensor(code, shape: [1, length])))
        #expect(zip(channel.code(ofWhitened: whitened).value.values, code).allSatisfy { abs($0 - $1) < 2e-3 })
        let received = channel.received(whitened, noise: [Float](repeating: 0, count: length)).value.values
        let estimate = try LatentEstimator(covariance: made.covariance, dimension: length).estimate(
            values: made.values(of: code),
            noiseVariance: [Float](repeating: Float(pow(10, 0.3)), count: length)
        )
        #expect(zip(received, made.code(of: estimate)).allSatisfy { abs($0 - $1) < 2e-3 * max(1, abs($1)) })
        // Noise of the variance that the SNR says, at the scale of what is sent.
        var random = SeededGenerator(seed: 3)
        let (values, draws) = (made.values(of: code), 4000)
        let scale = (values.reduce(0) { $0 + $1 * $1 } / Float(length)).squareRoot()
        var spread: Float = 0
        for _ in 0..<draws {
            let noisy = channel.received(whitened, noise: (0..<length).map { _ in random.normal() }).value.values
            let error = made.values(of: noisy.indices.map { noisy[$0] - received[$0] + axes.mean[$0] })
            spread += error.reduce(0) { $0 + $1 * $1 } / Float(draws)
        }
        let powers = PowerAllocation.leePetersen(variances: axes.variances, noiseVariance: pow(10, 0.3))
        let expected = powers.reduce(Float(0)) { sum, power in
            let share = power / (power + Float(pow(10, 0.3)))
            return sum + share * share * scale * scale * Float(pow(10, 0.3))
        }
        #expect(abs(spread / expected - 1) < 0.1)
    }

    @Test func rotationsAreOrthogonalAndReachEveryValue() {
        for size in [1, 2, 7, 64] {
            let rotation = CodeAxes.rotation(size)
            let square = Variable(rotation).linear(weight: Variable(rotation)).value.values
            for place in 0..<size * size {
                #expect(abs(square[place] - (place % (size + 1) == 0 ? 1 : 0)) < 1e-5)
            }
            #expect(rotation.values.allSatisfy { abs($0) < 1.42 / Float(size).squareRoot() })
        }
    }

    @Test func whatIsSingularIsRefused() {
        let flat = LatentStatistics(mean: photos.mean, covariance: [Float](repeating: 1, count: count * count))
        #expect(PictureMetric(photos: flat, precoder: precoder, deviations: deviations) == nil)
        for value: Float in [0, .nan] {
            let none = Tensor([Float](repeating: value, count: count * count), shape: [count, count])
            #expect(PictureMetric(photos: photos, precoder: none, deviations: deviations) == nil)
        }
    }
}
