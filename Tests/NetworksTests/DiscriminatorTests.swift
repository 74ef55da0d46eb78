import Tensor
import Testing

@testable import Networks

@Suite struct DiscriminatorTests {
    /// PyTorch's run of the same weights; after training, run Scripts/golden_trained.py again.
    @Test func agreesWithPyTorch() throws {
        let discriminator = try #require(try Support.models.discriminator())
        let golden = try SafetensorsFile(path: Support.fixture("discriminator.safetensors")).tensor("logits")
        #expect(golden.shape == [10])
        for (index, name) in Support.faces.enumerated() {
            let own = discriminator(Variable(try Support.middle(name))).scalar
            #expect(abs(own - golden.values[index]) < 2e-3)
        }
    }

    @Test func aBatchIsItsPicturesAndTheGradientReachesThem() throws {
        let discriminator = try #require(try Support.models.discriminator())
        let (a, b) = (try Support.middle("face-2.png"), try Support.middle("face-3.png"))
        let both = discriminator(Variable(Tensor(a.values + b.values, shape: [2, 128, 128, 3]))).value
        #expect(both.shape == [2, 1])
        let apart = [discriminator(Variable(a)).scalar, discriminator(Variable(b)).scalar]
        #expect(zip(both.values, apart).allSatisfy { abs($0 - $1) < 1e-3 })

        let x = Variable(a, requiresGradient: true)
        discriminator(x).sum().backward()
        let gradient = try #require(x.gradient).values
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let step: Float = 0.05
        func moved(_ sign: Float) -> Float {
            discriminator(
                Variable(Tensor(zip(a.values, gradient).map { $0 + sign * step * $1 / norm }, shape: a.shape))
            ).scalar
        }
        #expect(abs((moved(1) - moved(-1)) / (2 * step) / norm - 1) < 0.1)
    }
}
