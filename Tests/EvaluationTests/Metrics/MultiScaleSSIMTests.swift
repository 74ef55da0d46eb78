import Imaging
import Testing

@testable import Evaluation

/// Against SciPy (Scripts/golden_metrics.py).
@Suite struct MultiScaleSSIMTests {
    @Test(arguments: [("four", 128, 128, 4), ("five", 192, 176, 5), ("odd", 97, 61, 3), ("one", 11, 20, 1)])
    func agreesWithSciPy(name: String, width: Int, height: Int, scales: Int) throws {
        #expect(MultiScaleSSIM.scales(width: width, height: height) == scales)
        let expected = try #require(MetricsGolden().msssim[name])
        let one = MetricsGolden.picture(width, height, phase: 0.1)
        let other = MetricsGolden.picture(width, height, phase: 0.3)
        let found = try MultiScaleSSIM.between(one, other)
        #expect(abs(found - expected) < 1e-5, "\(found) against \(expected)")
        #expect(abs(try MultiScaleSSIM.between(other, one) - found) < 1e-12)
        #expect(abs(try MultiScaleSSIM.between(one, one) - 1) < 1e-12)
    }

    @Test func opposedPicturesAreNotAlike() throws {
        let one = MetricsGolden.picture(64, 64, phase: 0.1)
        let negative = Picture(width: 64, height: 64, pixels: one.pixels.map { 255 - $0 })
        #expect(try MultiScaleSSIM.between(one, negative) == 0)
    }

    @Test func fiveScalesNeed161Pixels() {
        #expect(MultiScaleSSIM.scales(width: 1024, height: 1024) == 5)
        #expect(
            MultiScaleSSIM.scales(width: 161, height: 200) == 5 && MultiScaleSSIM.scales(width: 160, height: 200) == 4
        )
    }

    @Test func whatCannotBeComparedIsRefused() {
        let (one, other) = (MetricsGolden.picture(16, 16, phase: 0), MetricsGolden.picture(16, 17, phase: 0))
        #expect(throws: MetricError.self) { try MultiScaleSSIM.between(one, other) }
        let small = MetricsGolden.picture(10, 30, phase: 0)
        #expect(throws: MetricError.tooSmall(width: 10, height: 30, window: 11)) {
            try MultiScaleSSIM.between(small, small)
        }
    }
}
