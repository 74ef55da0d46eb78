import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite struct PhotoLikeCodesTests {
    private static func space() throws -> LatentSpace {
        try installedModels.latentSpace(.expanded, network: installedModels.generator())
    }

    @Test func theyAreSpreadAsPhotosCodesAre() throws {
        let space = try Self.space()
        let codes = try PhotoLikeCodes(space: space, fields: [])
        var random = SeededGenerator(seed: 5)
        let drawn = (0..<400).map { _ in codes.code(using: &random).values }
        for place in [0, 1, 17, 300, 511] {
            let values = drawn.map { $0[place] }
            let mean = values.reduce(0, +) / Float(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
            let deviation = space.photos.deviations[place]
            #expect(abs(mean - space.photos.mean[place]) < 0.2 * deviation)
            // Of 0.6 to 1 of the deviations, evenly: 0.65 of the variance.
            #expect(abs(variance / (deviation * deviation) - 0.65) < 0.2)
        }
    }

    @Test func editedOnesHaveGoneAlongAFieldAndReceivedOnesAreNear() throws {
        let space = try Self.space()
        let direction = Tensor((0..<512).map { $0 == 7 ? space.photos.deviations[7] : 0 }, shape: [512])
        let field = try EditingField(
            attribute: "smiling",
            direction: direction,
            weights: [],
            biases: [],
            statistics: space.statistics
        )
        let codes = try PhotoLikeCodes(space: space, fields: [field])
        var random = SeededGenerator(seed: 6)
        let code = codes.code(using: &random)
        let ways = (0..<20).map { _ in
            zip(codes.edited(code, using: &random).values, code.values).map { $0 - $1 }
        }
        #expect(ways.allSatisfy { way in way.indices.allSatisfy { $0 == 7 || way[$0] == 0 } })
        #expect(ways.contains { $0[7] > 0 } && ways.contains { $0[7] < 0 })
        #expect(ways.allSatisfy { abs($0[7]) <= 3.001 * space.photos.deviations[7] })

        let received = codes.received(code, using: &random)
        let off = zip(zip(received.values, code.values), space.photos.deviations).map { ($0.0 - $0.1) / $1 }
        let size = (off.reduce(0) { $0 + $1 * $1 } / 512).squareRoot()
        #expect(size > 0.02 && size < 0.4)
        var (one, other) = (SeededGenerator(seed: 9), SeededGenerator(seed: 9))
        #expect(codes.code(using: &one).values == codes.code(using: &other).values)
    }
}
