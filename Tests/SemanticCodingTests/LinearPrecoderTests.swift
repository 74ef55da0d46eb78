import Channel
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite struct LinearPrecoderTests {
    private let photos = LatentStatistics(mean: [1, -2, 0.5], covariance: [16, 2, 1, 2, 4, 0.5, 1, 0.5, 0.25])
    @Test func plainWIsSentAsItIs() {
        let plain = LinearPrecoder(photos)
        #expect(plain.values(of: [2, 0, 0.5]) == [1, 2, 0] && plain.covariance == photos.covariance)
        #expect(plain.offset(of: [1, 2, 3]) == [1, 2, 3])
    }

    @Test func precodedCodesComeBack() {
        let precoder = Tensor([1, 2, -1, 0.5, 1, 0, 0, -1, 3], shape: [3, 3])
        let matrix = Variable(precoder)
        let mixed = LinearPrecoder(
            mean: photos.mean,
            covariance: matrix.matmul(Variable(Tensor(photos.covariance, shape: [3, 3]))).linear(weight: matrix)
                .value.values,
            matrices: (matrix: precoder.values, inverse: [6, -10, 2, -3, 6, -1, -1, 2, 0])
        )
        // The mean is not sent; each value is a row's.
        #expect(mixed.values(of: photos.mean) == [0, 0, 0])
        #expect(zip(mixed.values(of: [2, 0, 0.5]), [5, 2.5, -2]).allSatisfy { abs($0 - $1) < 1e-5 })
        let code: [Float] = [3, 4, -1]
        let values = mixed.values(of: code)
        // Numbers beyond are not sent, and those that are not there are zero.
        #expect(mixed.values(of: code + [7, 8]) == values)
        #expect(mixed.values(of: [3, 4]) == mixed.values(of: [3, 4, 0]))
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

    @Test func statisticsOfAnotherSizeAreRefused() throws {
        let folder = try TemporaryDirectory()
        func file(_ covariance: [Float]) throws -> SafetensorsFile {
            let path = folder.path + "/statistics.safetensors"
            try SafetensorsWriter.write(
                [
                    (name: "mean", tensor: Tensor([0, 0], shape: [2]), fp16: false),
                    (name: "covariance", tensor: Tensor(covariance, shape: [2, covariance.count / 2]), fp16: false),
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
