import Tensor
import Testing

@testable import Networks

@Suite struct AttributePredictorTests {
    /// PyTorch's run of the same weights; after training, run Scripts/golden_trained.py again.
    @Test func agreesWithPyTorch() throws {
        let predictor = try Support.models.attributePredictor()
        let golden = try SafetensorsFile(path: Support.fixture("attributes.safetensors")).tensor("logits")
        #expect(golden.shape == [10, 30])
        for (index, name) in Support.faces.enumerated() {
            let own = predictor.logits(Variable(try Support.middle(name))).value.values
            let expected = golden.values[index * 30..<(index + 1) * 30]
            let difference = zip(own, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference < 2e-3)
        }
    }

    @Test func likeliestDegreesAreTheRowsMaxima() {
        var logits = [Float](repeating: -1, count: 30)
        for (head, degree) in [5, 0, 3, 1, 2].enumerated() { logits[head * 6 + degree] = 2 }
        #expect(AttributePredictor.likeliestDegrees(logits) == [5, 0, 3, 1, 2])
    }

    /// Each degree is the likeliest where the face lies nearest to it, and the expected degree grows along the scale.
    @Test func degreesAreOrderedAlongTheScale() throws {
        let predictor = try Support.models.attributePredictor()
        func logits(_ position: Float) -> [Float] {
            predictor.logits(ofPositions: Variable(Tensor(repeating: position, shape: [1, 5]))).value.values
        }
        for (position, degree) in [(Float(-2), 0), (0.45, 0), (0.55, 1), (2, 2), (3.4, 3), (4.45, 4), (4.6, 5), (8, 5)]
        {
            #expect(AttributePredictor.likeliestDegrees(logits(position)) == [Int](repeating: degree, count: 5))
            #expect(AttributePredictor.degree(at: Double(position)) == degree)
        }
        let means = stride(from: Float(-1), through: 6, by: 0.1).map { AttributePredictor.meanDegrees(logits($0)) }
        for (lower, higher) in zip(means, means.dropFirst()) { #expect(zip(lower, higher).allSatisfy { $0 < $1 }) }
    }

    @Test func meanDegreesWeighByProbability() {
        var logits = [Float](repeating: -100, count: 30)
        for (head, degree) in [5, 0, 3, 1, 2].enumerated() { logits[head * 6 + degree] = 2 }
        // Probabilities 1/4 of degree 1 and 3/4 of degree 5.
        (logits[7], logits[11], logits[6]) = (900, 900 + 1.0986123, -100)
        let means = AttributePredictor.meanDegrees(logits)
        #expect(zip(means, [5, 4, 3, 1, 2]).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func aBatchIsItsPictures() throws {
        let predictor = try Support.models.attributePredictor()
        let (a, b) = (try Support.middle("face-2.png"), try Support.middle("face-3.png"))
        let both = predictor.logits(Variable(Tensor(a.values + b.values, shape: [2, 128, 128, 3]))).value.values
        let apart = predictor.logits(Variable(a)).value.values + predictor.logits(Variable(b)).value.values
        #expect(zip(both, apart).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test func theGradientReachesThePicture() throws {
        let predictor = try Support.models.attributePredictor()
        let picture = try Support.middle("face-5.png")
        let x = Variable(picture, requiresGradient: true)
        let loss = predictor.logits(x).reshaped([5, 6]).softmaxCrossEntropy(targets: [1, 0, 2, 4, 3])
        loss.backward()
        let gradient = try #require(x.gradient).values
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let step: Float = 0.05
        func moved(_ sign: Float) -> Float {
            let values = zip(picture.values, gradient).map { $0 + sign * step * $1 / norm }
            return predictor.logits(Variable(Tensor(values, shape: x.shape))).reshaped([5, 6])
                .softmaxCrossEntropy(targets: [1, 0, 2, 4, 3]).scalar
        }
        let slope = (moved(1) - moved(-1)) / (2 * step)
        #expect(abs(slope / norm - 1) < 0.1)
    }
}
