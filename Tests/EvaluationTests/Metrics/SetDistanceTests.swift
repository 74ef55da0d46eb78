import Tensor
import TestSupport
import Testing

@testable import Evaluation

/// Distances of sets of features, and intervals, against NumPy, SciPy and mpmath (Scripts/golden_metrics.py).
@Suite struct SetDistanceTests {
    @Test(arguments: ["many", "few"])
    func frechetDistanceAgrees(set: String) throws {
        let (one, other) = MetricsGolden.sets(set)
        let expected = try #require(MetricsGolden().frechet[set])
        let found = try FrechetDistance.between(one, other)
        #expect(agree(found, expected), "\(found) against \(expected)")
        #expect(agree(try FrechetDistance.between(other, one), expected))
    }

    @Test(arguments: [("many", 20, UInt64(5)), ("few", 5, 6)])
    func kernelDistanceAgrees(set: String, size: Int, seed: UInt64) throws {
        let (one, other) = MetricsGolden.sets(set)
        let expected = try #require(MetricsGolden().kernel[set])
        let found = try KernelDistance(between: one, other, subsetSize: size, seed: seed)
        #expect(found.subsets == 100 && found.subsetSize == size)
        #expect(agree(found.whole, expected.whole), "\(found) against \(expected)")
        #expect(agree(found.mean, expected.mean) && agree(found.deviation, expected.deviation), "\(found)")
    }

    @Test(arguments: ["many", "few"])
    func aSetIsNoDistanceFromItself(set: String) throws {
        let (one, _) = MetricsGolden.sets(set)
        #expect(try FrechetDistance.between(one, one) < 1e-12)
        // Unbiased: pairs of a picture and itself are left out within a set, and are there between the two.
        #expect(try KernelDistance(between: one, one, seed: 1).whole < 0)
    }

    /// More pictures than a piece of the kernel matrix has rows.
    @Test func piecesOfTheKernelMatrixJoin() throws {
        let (one, other) = (MetricsGolden.features(700, 3, seed: 1), MetricsGolden.features(600, 3, seed: 2))
        let found = try KernelDistance(between: one, other, subsets: 3, subsetSize: 600, seed: 1)
        var expected = 0.0
        for (x, y, weight) in [(one, one, 1.0), (other, other, 1), (one, other, -2)] {
            var sum = 0.0
            for i in 0..<x.rows {
                for j in 0..<y.rows where weight < 0 || i != j {
                    let product = (0..<3).reduce(0) { $0 + x.values[i * 3 + $1] * y.values[j * 3 + $1] }
                    let base = product / 3 + 1
                    sum += base * base * base
                }
            }
            expected += weight * sum / Double(x.rows * (weight < 0 ? y.rows : y.rows - 1))
        }
        #expect(abs(found.whole - expected) < 1e-9)
        #expect(found.subsetSize == 600 && found.deviation > 0)
    }

    @Test func drawsFollowTheSeed() throws {
        let (one, other) = MetricsGolden.sets("many")
        let first = try KernelDistance(between: one, other, subsetSize: 20, seed: 1)
        #expect(try KernelDistance(between: one, other, subsetSize: 20, seed: 1) == first)
        #expect(try KernelDistance(between: one, other, subsetSize: 20, seed: 2).mean != first.mean)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<50 {
            let rows = random.rows(20, of: 30)
            #expect(Set(rows).count == 20 && rows != Array(0..<20) && rows.allSatisfy { (0..<30).contains($0) })
        }
    }

    @Test(arguments: Bootstrap.Statistic.allCases)
    func intervalsAgree(statistic: Bootstrap.Statistic) throws {
        let values = MetricsGolden.uniforms(41, seed: 7).map { $0 * $0 }
        let expected = try #require(MetricsGolden().bootstrap[statistic.rawValue])
        let found = try #require(Bootstrap(of: values, statistic, seed: statistic == .mean ? 8 : 9))
        #expect(agree(found.value, expected.value), "\(found)")
        #expect(agree(found.lower, expected.lower) && agree(found.upper, expected.upper), "\(found) \(expected)")
        #expect(Bootstrap(of: [], statistic, seed: 1) == nil)
        #expect(Bootstrap(of: [2], statistic, seed: 1).map { [$0.value, $0.lower, $0.upper] } == [2, 2, 2])
    }

    @Test func whatHasNoDistanceIsRefused() throws {
        func set(_ rows: [[Float]]) -> DoubleMatrix { DoubleMatrix(rows: rows) }
        let good = set([[1, 2], [2, 1], [0, 3]])
        let refusals: [(DoubleMatrix, MetricError)] = [
            (set([]), .tooFewPictures(count: 0)), (set([[1, 2]]), .tooFewPictures(count: 1)),
            (set([[1], [2]]), .differentFeatures(2, 1)), (set([[1, .nan], [0, 1]]), .notFinite),
            (set([[1, .infinity], [0, 1]]), .notFinite),
        ]
        for (other, error) in refusals {
            #expect(throws: error) { try FrechetDistance.between(good, other) }
            #expect(throws: error) { try KernelDistance(between: good, other, seed: 1) }
            #expect("\(error)".contains(":"))
        }
        let huge = DoubleMatrix([1e300, -1e300, 1e300, 1e300], rows: 2, columns: 2)
        #expect(throws: MetricError.notFinite) { try FrechetDistance.between(good, huge) }
        #expect(throws: MetricError.notFinite) { try KernelDistance(between: good, huge, seed: 1) }
    }
}

@Suite struct FeatureTrunkTests {
    @Test func agreesWithNumPy() throws {
        let trunk = try FeatureTrunk(models: installedModels)
        let expected = try MetricsGolden().vgg16
        let found = trunk.features(of: MetricsGolden.picture(224, 224, phase: 0.1))
        try #require(found.count == 512 && expected.count == 512)
        let largest = expected.max() ?? 0
        let apart = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(apart < 1e-4 * largest, "\(apart) of \(largest)")
        #expect(trunk.kind.frechetName == "FID-VGG16" && trunk.kind.name == "VGG16 relu5_3")
    }

    /// So that pictures of any size have features of one length.
    @Test func sizesDoNotMatter() throws {
        let trunk = try FeatureTrunk(models: installedModels)
        let small = trunk.features(of: MetricsGolden.picture(40, 30, phase: 0.1))
        #expect(small.count == trunk.kind.width && small.allSatisfy { $0.isFinite && $0 >= 0 })
        #expect(small.contains { $0 > 0 })
    }
}
