import Foundation
import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct LatentExpansionTests {
    private func expansion(
        _ basis: Tensor,
        _ deviation: Tensor,
        fine: FineExpansion? = nil
    ) throws -> LatentExpansion {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/expansion.safetensors"
        try SafetensorsWriter.write(
            [(name: "basis", tensor: basis, fp16: false), (name: "deviation", tensor: deviation, fp16: false)],
            metadata: [:],
            to: path
        )
        return try LatentExpansion(file: SafetensorsFile(path: path), mean: Self.mean, fine: fine)
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

    /// Two numbers for each group: all their values are the place of the group and 10 for the second.
    private func fine(deviations: Int = 12, width: Int = 2) throws -> FineExpansion {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/fine.safetensors"
        let groups = FineExpansion.groups.enumerated().map { index, rows in
            let run = rows.count * width
            let values = (0..<2 * run).map { Float(index) + ($0 < run ? 0 : 10) }
            return (name: "group\(index)", tensor: Tensor(values, shape: [2, rows.count, width]), fp16: false)
        }
        let deviation = Tensor((0..<deviations).map { Float(1 + $0) }, shape: [deviations])
        try SafetensorsWriter.write(
            groups + [(name: "deviation", tensor: deviation, fp16: false)],
            metadata: [:],
            to: path
        )
        return try FineExpansion(file: SafetensorsFile(path: path), width: 2)
    }

    /// The numbers after the usual ones go round the groups of rows by turns.
    @Test func longCodesGoOnWithTheFineNumbers() throws {
        let expansion = try expansion(basis, deviation, fine: fine())
        #expect(expansion.count == 3 && expansion.deviations == [3, 2, 1] + (1...12).map(Float.init))
        let usual = expansion.rows(of: Variable(Tensor([1, 0, 2], shape: [1, 3]))).value.values
        // One number for each group, then one more for the first.
        let numbers: [Float] = [1, 2, 3, 4, 5, 6, 7]
        let long = expansion.rows(of: Variable(Tensor([1, 0, 2] + numbers, shape: [1, 10]))).value
        #expect(long.shape == [1, 23, 2])
        for (index, rows) in FineExpansion.groups.enumerated() {
            let wanted = numbers[index] * Float(index) + (index == 0 ? 7 * 10 : 0)
            for place in rows.lowerBound * 2..<rows.upperBound * 2 {
                #expect(abs(long.values[place] - usual[place] - wanted) < 1e-3)
            }
        }
    }

    @Test func fineNumbersHaveGradients() throws {
        let expansion = try expansion(basis, deviation, fine: fine())
        let code = Variable(Tensor([Float](repeating: 0.5, count: 11), shape: [1, 11]), requiresGradient: true)
        expansion.rows(of: code).sum().backward()
        let gradient = try #require(code.gradient?.values)
        // Number 3 + 6 + 1 is the second of group 1: 3 rows of 2.
        #expect(abs(gradient[3 + 6 + 1] - 3 * 2 * 11) < 1e-3 && abs(gradient[3 + 5] - 7 * 2 * 5) < 1e-3)
    }

    @Test func misshapenFineFilesAreRefused() throws {
        #expect(throws: SafetensorsError.self) { try fine(deviations: 13) }
        #expect(throws: SafetensorsError.self) { try fine(deviations: 18) }
        #expect(throws: SafetensorsError.self) { try fine(width: 3) }
    }

    @Test func theInstalledOneHasTheRightSizeAndTellsTheReceiver() throws {
        let network = try Support.models.generator()
        let space = try Support.models.latentSpace(.expanded, network: network)
        #expect(space.generator.latentDimension == 512)
        #expect(space.dimension == 512 && space.maximumDimension == 2048)
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
