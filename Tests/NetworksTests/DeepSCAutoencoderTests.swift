import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct DeepSCAutoencoderTests {
    private let parameters = DeepSCAutoencoder.fresh(seed: 3).mapValues { Variable($0) }

    @Test func shapesAreThoseOfThePaper() {
        // 4,096 reals for 128 × 128 × 3 numbers are the paper's 1/12.
        var random = SeededGenerator(seed: 1)
        let picture = Variable(Tensor(normal: [1, 128, 128, 3], deviation: 0.5, generator: &random))
        let reals = DeepSCAutoencoder.encode(picture, parameters: parameters)
        #expect(reals.shape == [1, 16, 16, 16])
        let drawn = DeepSCAutoencoder.decode(reals, parameters: parameters)
        #expect(drawn.shape == [1, 128, 128, 3])
        #expect(drawn.value.values.allSatisfy(\.isFinite) && Set(drawn.value.values).count > 1000)
        let counts = DeepSCAutoencoder.Half.allCases.map { half in
            half.shapes.reduce(0) { $0 + $1.shape.reduce(1, *) }
        }
        #expect(counts == [8_181_776, 8_181_763])
    }

    @Test func otherSizesGiveRealsForEachBlock() {
        let picture = Variable(Tensor(repeating: 0.25, shape: [2, 24, 40, 3]))
        let reals = DeepSCAutoencoder.encode(picture, parameters: parameters)
        #expect(reals.shape == [2, 3, 5, 16])
        #expect(DeepSCAutoencoder.decode(reals, parameters: parameters).shape == [2, 24, 40, 3])
    }
}
