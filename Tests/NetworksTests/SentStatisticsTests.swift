import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct SentStatisticsTests {
    private let photos = LatentStatistics(mean: [1, -2, 0.5], covariance: [16, 2, 1, 2, 4, 0.5, 1, 0.5, 0.25])
    private let deviations: [Float] = [4, 1, 2]
    private var sent: SentStatistics { SentStatistics(photos: photos, deviations: deviations) }
    /// What each number is multiplied by.
    private var gains: [Float] {
        (0..<3).map { place in
            sent.values(of: photos.mean.indices.map { photos.mean[$0] + ($0 == place ? 1 : 0) })[place]
        }
    }

    @Test func theMeanIsSentAsZeroAndComesBack() {
        #expect(sent.values(of: photos.mean) == [0, 0, 0])
        let code: [Float] = [3, 4, -1, 7, 8]
        let values = sent.values(of: code)
        // Fine numbers go as they are.
        #expect(Array(values.suffix(2)) == [7, 8])
        #expect(zip(sent.code(of: values), code).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func theCovarianceIsThatOfWhatIsSent() {
        // Along each axis a code that is one covariance's column away: gains act on either side.
        for row in 0..<3 {
            let column = (0..<3).map { photos.mean[$0] + photos.covariance[$0 * 3 + row] }
            let values = sent.values(of: column)
            let gain = gains[row]
            for place in 0..<3 { #expect(abs(sent.covariance[place * 3 + row] - values[place] * gain) < 1e-5) }
        }
    }

    /// Of all gains of the same power, the least sum of d² times the noise that is left in the code.
    @Test func noOtherGainsDoLessHarm() {
        func harm(_ gains: [Float]) -> Float {
            let power = zip(gains, photos.variances).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
            return zip(gains, deviations).reduce(0) { $0 + $1.1 * $1.1 / ($1.0 * $1.0) } * power
        }
        let gains = gains
        for place in 0..<3 {
            for factor: Float in [0.8, 0.95, 1.05, 1.25] {
                var others = gains
                others[place] *= factor
                #expect(harm(others) > harm(gains))
            }
        }
        #expect(harm([1, 1, 1]) > harm(gains) * 1.1)
    }

    @Test func plainWIsSentAsItIs() {
        let plain = SentStatistics(photos)
        #expect(plain.values(of: [2, 0, 0.5]) == [1, 2, 0] && plain.covariance == photos.covariance)
        #expect(plain.offset(of: [1, 2, 3]) == [1, 2, 3])
    }

    @Test func precodedCodesComeBack() throws {
        let precoder = Tensor([1, 2, -1, 0.5, 1, 0, 0, -1, 3], shape: [3, 3])
        let mixed = try #require(SentStatistics(photos: photos, precoder: precoder))
        // The mean is not sent; each value is a row's.
        #expect(mixed.values(of: photos.mean) == [0, 0, 0])
        #expect(zip(mixed.values(of: [2, 0, 0.5]), [5, 2.5, -2]).allSatisfy { abs($0 - $1) < 1e-5 })
        let code: [Float] = [3, 4, -1, 7, 8]
        let values = mixed.values(of: code)
        #expect(Array(values.suffix(2)) == [7, 8])
        #expect(zip(mixed.code(of: values), code).allSatisfy { abs($0 - $1) < 1e-4 })
        let offset = zip(code, photos.mean).map { $0 - $1 }
        #expect(zip(mixed.offset(of: values), offset).allSatisfy { abs($0 - $1) < 1e-4 })
        // P of a column of ΣPᵀ is the covariance's column.
        for row in 0..<3 {
            let weights = (0..<3).map { precoder.values[row * 3 + $0] }
            var column = photos.mean
            for place in 0..<3 {
                for other in 0..<3 { column[place] += photos.covariance[place * 3 + other] * weights[other] }
            }
            let sent = mixed.values(of: column)
            for place in 0..<3 { #expect(abs(mixed.covariance[place * 3 + row] - sent[place]) < 1e-3) }
        }
    }

    @Test func singularPrecodersAreRefused() {
        #expect(SentStatistics(photos: photos, precoder: Tensor([1, 2, 3, 2, 4, 6, 0, 0, 1], shape: [3, 3])) == nil)
        #expect(
            SentStatistics(photos: photos, precoder: Tensor([Float](repeating: .nan, count: 9), shape: [3, 3])) == nil
        )
        let flat = LatentStatistics(mean: [0, 0], covariance: [1, 1, 1, 1])
        #expect(SentStatistics(photos: flat, precoder: Tensor(diagonal: [1, 1])) == nil)
    }

    @Test func statisticsOfAnotherSizeAreRefused() throws {
        let folder = try TemporaryDirectory()
        func file(_ covariance: [Float]) throws -> SafetensorsFile {
            let path = folder.path + "/statistics.safetensors"
            try SafetensorsWriter.write(
                [
                    (name: "mean", tensor: Tensor([0, 0], shape: [2]), half: false),
                    (name: "covariance", tensor: Tensor(covariance, shape: [2, covariance.count / 2]), half: false),
                ],
                metadata: [:],
                to: path
            )
            return try SafetensorsFile(path: path)
        }
        #expect(try LatentStatistics(file: file([1, 0, 0, 4]), count: 2).deviations == [1, 2])
        #expect(throws: SafetensorsError.self) { try LatentStatistics(file: file([1, 0, 0, 4]), count: 3) }
        #expect(throws: SafetensorsError.self) { try LatentStatistics(file: file([1, 0, 0, 0])) }
        #expect(throws: SafetensorsError.self) { try LatentStatistics(file: file([1, 0])) }
    }
}
