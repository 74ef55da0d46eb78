import Foundation
import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct LatentExpansionTests {
    private func expansion(_ basis: Tensor, _ deviation: Tensor) throws -> LatentExpansion {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/expansion.safetensors"
        try SafetensorsWriter.write(
            [(name: "basis", tensor: basis, half: false), (name: "deviation", tensor: deviation, half: false)],
            metadata: [:],
            to: path
        )
        return try LatentExpansion(file: SafetensorsFile(path: path), mean: Self.mean)
    }

    private static let mean: [Float] = [5, 6]
    /// [3, 23, 2]: value 100·direction + 2·row + column.
    private let basis = Tensor(
        (0..<3).flatMap { direction in (0..<46).map { place in Float(100 * direction + place) } },
        shape: [3, 23, 2]
    )
    private let deviation = Tensor([3, 2, 1], shape: [3])

    @Test func rowsAreTheMeanAndTheWeightedDirections() throws {
        let rows = try expansion(basis, deviation).rows(of: Variable(Tensor([1, 0, 2, 0, 0, 0], shape: [2, 3])))
        #expect(rows.shape == [2, 23, 2])
        let means = (0..<46).map { Self.mean[$0 % 2] }
        let wanted = means.enumerated().map { place, mean in mean + Float(place) + Float(400 + 2 * place) }
        #expect(Array(rows.value.values.prefix(46)) == wanted)
        #expect(Array(rows.value.values.suffix(46)) == means)
    }

    @Test func theStatisticsAreTheDeviationsSquared() throws {
        let statistics = try expansion(basis, deviation).statistics
        #expect(statistics.mean == [0, 0, 0] && statistics.covariance == [9, 0, 0, 0, 4, 0, 0, 0, 1])
    }

    @Test func misshapenFilesAreRefused() throws {
        let flat = Tensor(basis.values, shape: [3, 46])
        #expect(throws: SafetensorsError.self) { try expansion(flat, deviation) }
        #expect(throws: SafetensorsError.self) { try expansion(basis, Tensor([3, 2], shape: [2])) }
        #expect(throws: SafetensorsError.self) { try expansion(basis, Tensor([3, 0, 1], shape: [3])) }
    }

    @Test func theInstalledOneHasTheRightSizeAndTellsTheReceiver() throws {
        let network = try Support.models.generator()
        let space = try Support.models.latentSpace(.expanded, network: network)
        #expect(space.generator.latentDimension == 512)
        // The power of a code, 1 a number, is what the deviations share out.
        let power = (0..<512).reduce(Float(0)) { $0 + space.statistics.covariance[$1 * 513] } / 512
        #expect(abs(power - 1) < 0.01)
        let plain = try Support.models.bundleDigest(of: .w)
        #expect(try Support.models.bundleDigest(of: .expanded) != plain)
        // The code of nothing is the mean face.
        let zero = Variable(Tensor(zeros: [1, 512]))
        let mean = Variable(Tensor(try Support.models.latentStatistics().mean, shape: [1, 512]))
        let apart = zip(
            space.generator.synthesize(zero, resolution: 128).value.values,
            network.synthesize(mean, resolution: 128).value.values
        ).map { abs($0 - $1) }.max()
        #expect(try #require(apart) < 1e-4)
    }
}
