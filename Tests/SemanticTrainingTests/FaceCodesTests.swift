import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite struct FaceCodesTests {
    private func codes(_ rows: [[Float]]) -> FaceCodes {
        var codes = FaceCodes(kind: .expanded)
        for row in rows { codes.append(row) }
        return codes
    }

    @Test func whatIsWrittenIsRead() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/codes.safetensors"
        try codes([[1, 2, 3], [4, 5, 6]]).write(to: path)
        let read = try FaceCodes(path: path)
        #expect(read.kind == .expanded && read.codes == [[1, 2, 3], [4, 5, 6]])
        try SafetensorsWriter.write(
            [(name: "codes", tensor: Tensor([1, 2], shape: [2]), fp16: false)],
            metadata: ["code": "expanded"],
            to: path
        )
        #expect(throws: FaceCodesError.self) { try FaceCodes(path: path) }
    }

    @Test func codesOfAnotherKindOrLengthAreRefused() throws {
        let space = try installedModels.latentSpace(.w, network: installedModels.generator())
        #expect(throws: FaceCodesError.self) { try codes([[Float](repeating: 0, count: 512)]).of(space) }
        var short = FaceCodes(kind: .w)
        short.append([1, 2])
        #expect(throws: FaceCodesError.self) { try short.of(space) }
        var all = codes([[1, 2, 3]])
        try all.append(codes([[4, 5, 6]]))
        #expect(all.codes == [[1, 2, 3], [4, 5, 6]])
        #expect(throws: FaceCodesError.self) { try all.append(short) }
        #expect(throws: FaceCodesError.self) { try all.append(codes([[7]])) }
    }

    @Test func statisticsAreMeanAndShrunkCovariance() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/statistics.safetensors"
        func write(_ rows: [[Float]], coordinates: [Float] = [1, 0]) throws {
            try codes(rows).statistics.write(
                to: path,
                coordinates: Tensor([1, coordinates[1], 0, coordinates[0]], shape: [2, 2]),
                deviations: [1, 2],
                seed: 1
            )
        }
        try write([[1, 0], [3, 4], [5, 2]])
        let statistics = try LatentStatistics(file: SafetensorsFile(path: path), count: 2)
        #expect(statistics.mean.map { ($0 * 1000).rounded() / 1000 } == [3, 2])
        // Variances 4 and 4, covariance 2 and half of it.
        #expect(zip(statistics.covariance, [4, 1, 1, 4]).allSatisfy { abs($0 - $1) < 0.01 })
        #expect(try SafetensorsFile(path: path).tensor("precoder").shape == [2, 2])
        #expect(throws: FaceCodesError.self) { try write([[1, 0]]) }
        #expect(throws: FaceCodesError.self) { try write([[1, 0], [1, 4], [1, 2]]) }
        #expect(throws: FaceCodesError.self) { try write([[1, 0], [3, 4], [5, 2]], coordinates: [0, 1]) }
    }

    /// Only the third face has glasses, only the fifth a beard: a choice of three must have both.
    @Test func rareDegreesOfEveryAttributeAreChosen() {
        var degrees = [[Int]](repeating: [0, 0, 0, 1, 2], count: 40)
        degrees[2][1] = 3
        degrees[4][2] = 5
        let chosen = FaceCodes.varied(degrees, 6)
        #expect(chosen.count == 6 && chosen.contains(2) && chosen.contains(4) && chosen == chosen.sorted())
        #expect(FaceCodes.varied(degrees, 100).count == 40)
        #expect(FaceCodes.varied([], 3).isEmpty)
    }
}
