import Tensor
import Testing

@testable import Networks

/// Against OpenVINO's run of the package's own graph (Scripts/golden_networks.py): every 13th pixel of two pictures.
@Suite struct MobileStyleGANTests {
    private let generator: MobileStyleGAN
    private let golden: SafetensorsFile

    init() throws {
        generator = try Support.models.generator()
        golden = try SafetensorsFile(path: Support.fixture("generator.safetensors"))
    }

    private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
    }

    @Test func mappingAgreesWithOpenVINO() throws {
        let w = generator.map(Variable(try golden.tensor("z")))
        #expect(largestDifference(w.value.values, try golden.tensor("w").values) < 1e-4)
    }

    @Test func synthesisAgreesWithOpenVINO() throws {
        let pictures = generator.synthesize(Variable(try golden.tensor("w")), resolution: 1024)
        #expect(pictures.shape == [2, 1024, 1024, 3])
        let values = pictures.value.values
        var sampled: [Float] = []
        for n in 0..<2 {
            for y in stride(from: 0, to: 1024, by: 13) {
                for x in stride(from: 0, to: 1024, by: 13) {
                    let pixel = ((n * 1024 + y) * 1024 + x) * 3
                    sampled += values[pixel..<pixel + 3]
                }
            }
        }
        let expected = try golden.tensor("samples").values
        #expect(sampled.count == expected.count)
        #expect(largestDifference(sampled, expected) < 1e-4)
    }

    @Test(arguments: [512, 256, 128])
    func smallerPicturesAreTheDownsampledOne(resolution: Int) throws {
        let w = Variable(try golden.tensor("w")).slice(axis: 0, range: 0..<1)
        let full = generator.synthesize(w, resolution: 1024).areaDownsampled(factor: 1024 / resolution)
        let small = generator.synthesize(w, resolution: resolution)
        #expect(small.shape == full.shape)
        #expect(largestDifference(small.value.values, full.value.values) < 1e-4)
    }

    @Test func equalRowsGiveThePictureOfW() throws {
        let w = Variable(try golden.tensor("w")).slice(axis: 0, range: 0..<1)
        let rows = Variable.concatenated(
            [Variable](repeating: w.reshaped([1, 1, 512]), count: MobileStyleGAN.rows),
            axis: 1
        )
        let a = generator.synthesize(rows: rows, resolution: 128)
        let b = generator.synthesize(w, resolution: 128)
        #expect(a.value.values == b.value.values)
    }

    /// The derivative along the gradient's own direction, at two output sizes that take different paths.
    @Test(arguments: [1024, 128])
    func gradientReachesTheCode(resolution: Int) throws {
        let start = Variable(try golden.tensor("w")).slice(axis: 0, range: 0..<1).value
        func loss(_ w: Variable) -> Variable { generator.synthesize(w, resolution: resolution).squared().mean() }
        let w = Variable(start, requiresGradient: true)
        loss(w).backward()
        let gradient = try #require(w.gradient).values
        let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        try #require(length > 0)
        func moved(_ by: Float) -> Variable {
            Variable(Tensor(zip(start.values, gradient).map { $0 + by * $1 / length }, shape: [1, 512]))
        }
        let numeric = (loss(moved(0.05)).scalar - loss(moved(-0.05)).scalar) / 0.1
        #expect(abs(numeric - length) < 0.03 * length, "\(numeric) against \(length)")
    }
}
