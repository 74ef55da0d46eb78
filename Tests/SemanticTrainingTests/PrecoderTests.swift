import Channel
import Networks
import Tensor
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite struct PrecoderTests {
    private let count = 16
    private let deviations: [Float]
    private let coordinates: Tensor
    private let photos: LatentStatistics

    init() {
        var random = SeededGenerator(seed: 4)
        let size = count
        deviations = (0..<size).map { 4 / Float($0 + 1) }
        // Upper triangular, as the trainer finds them.
        let upper = (0..<size * size).map { place -> Float in
            let (row, column) = (place / size, place % size)
            return row > column ? 0 : row == column ? 1 + 0.5 * abs(random.normal()) : 0.2 * random.normal()
        }
        coordinates = Tensor(upper, shape: [size, size])
        let spread = Tensor(normal: [size, size], deviation: 1, generator: &random)
        let covariance = Variable(spread).linear(weight: Variable(spread)).value
        photos = LatentStatistics(mean: [Float](repeating: 0, count: size), covariance: covariance.values)
    }

    private func precoder(seed: UInt64 = 1) throws -> Tensor {
        try #require(photos.precoder(coordinates: coordinates, deviations: deviations, seed: seed))
    }

    /// Power on the air times the curvature that noise in the values meets: |P·S|² · |M⁻¹·P⁻¹|², S·Sᵀ the codes' covariance.
    private func harm(_ precoder: Tensor) throws -> Double {
        func squares(_ tensor: Tensor) -> Double { tensor.values.reduce(0) { $0 + Double($1) * Double($1) } }
        let own = Variable(Tensor(photos.covariance, shape: [count, count]))
        let sent = Variable(precoder).matmul(own).linear(weight: Variable(precoder)).value
        let power = (0..<count).reduce(0.0) { $0 + Double(sent.values[$1 * (count + 1)]) }
        // (P·M)⁻¹, by (P·M)ᵀ·(P·M) = A and A⁻¹ = N·Nᵀ.
        let mixed = Variable(precoder).matmul(Variable(coordinates))
        let turned = Variable(mixed.value.transposed)
        let root = try #require(turned.linear(weight: turned).value.inverseCholesky)
        return power * squares(root)
    }

    /// No other linear code of the same power does less harm, whichever way the matrix is changed.
    @Test func noOtherMatrixDoesLessHarm() throws {
        let found = try precoder()
        let least = try harm(found)
        var random = SeededGenerator(seed: 8)
        for size: Float in [0.05, 0.2, 0.5] {
            for _ in 0..<10 {
                let change = Tensor(normal: [count, count], deviation: size / 4, generator: &random)
                let other = Variable(found) + Variable(change).matmul(Variable(found))
                #expect(try harm(other.value) > least * (1 + 1e-4))
            }
        }
        let gains = Tensor(diagonal: zip(deviations, photos.deviations).map { ($0 / $1).squareRoot() })
        #expect(try harm(gains) > least * 1.2)
    }

    /// Every value carries about the same power, and a seed says how they are mixed.
    @Test func theRotationSpreadsThePower() throws {
        let found = try precoder()
        let own = Variable(Tensor(photos.covariance, shape: [count, count]))
        let sent = Variable(found).matmul(own).linear(weight: Variable(found)).value.values
        let powers = (0..<count).map { sent[$0 * (count + 1)] }
        let mean = powers.reduce(0, +) / Float(count)
        #expect(powers.allSatisfy { $0 > mean / 4 && $0 < mean * 4 }, "\(powers)")
        #expect(try precoder().values == found.values)
        #expect(try precoder(seed: 2).values != found.values)
        #expect(abs(try harm(precoder(seed: 2)) / harm(found) - 1) < 1e-3)
    }

    /// With a share of its own, what likeness sees gets more of the power: noise does it less harm, and the rest more.
    @Test func whatLikenessSeesGetsMorePower() throws {
        let seen = Tensor(diagonal: (0..<count).map { $0 < 2 ? 0.1 : 10 })
        func precoder(_ share: Float) throws -> Tensor {
            try #require(
                photos.precoder(
                    coordinates: coordinates,
                    identity: share > 0 ? (seen, share) : nil,
                    deviations: deviations,
                    seed: 1
                )
            )
        }
        /// What noise does to the first two numbers, at a power.
        func harmToLikeness(_ precoder: Tensor) throws -> Double {
            let matrix = Variable(precoder)
            let own = Variable(Tensor(photos.covariance, shape: [count, count]))
            let sent = matrix.matmul(own).linear(weight: matrix).value.values
            let power = (0..<count).reduce(0.0) { $0 + Double(sent[$1 * (count + 1)]) }
            let turned = Variable(precoder.transposed)
            let inverse = Variable(try #require(turned.linear(weight: turned).value.inverseCholesky))
            let noise = inverse.linear(weight: inverse).value.values
            return power * Double(noise[0] + noise[count + 1])
        }
        let (none, some) = (try precoder(0), try precoder(3))
        #expect(try harmToLikeness(some) < 0.9 * harmToLikeness(none))
        #expect(try harm(some) > harm(none))
        let flat = Tensor(zeros: [count, count])
        #expect(photos.precoder(coordinates: coordinates, identity: (flat, 1), deviations: deviations, seed: 1) == nil)
    }

    @Test func whatIsSingularHasNone() {
        let flat = LatentStatistics(mean: photos.mean, covariance: [Float](repeating: 1, count: count * count))
        #expect(flat.precoder(coordinates: coordinates, deviations: deviations, seed: 1) == nil)
        let none = Tensor(zeros: [count, count])
        #expect(photos.precoder(coordinates: none, deviations: deviations, seed: 1) == nil)
    }
}
