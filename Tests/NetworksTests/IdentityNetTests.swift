import Imaging
import Tensor
import Testing

@testable import Networks

@Suite struct IdentityNetTests {
    /// ONNX Runtime's embeddings of the ten faces (Scripts/golden_networks.py).
    private static func golden(_ name: String) throws -> [[Float]] {
        let values = try SafetensorsFile(path: Support.fixture("embeddings.safetensors")).tensor(name).values
        return (0..<10).map { Array(values[$0 * 128..<($0 + 1) * 128]) }
    }

    @Test func agreesWithAnIndependentRun() throws {
        let net = try Support.models.identityNet()
        for (name, expected) in zip(Support.faces, try Self.golden("whole")) {
            let picture = try Support.picture(name)
            let image = Variable(Tensor(picture.pixels.map(Float.init), shape: [1, 224, 224, 3]))
            let own = net.embedding(image.areaDownsampled(factor: 2)).value.values
            #expect(IdentityNet.cosine(own, expected) > 0.999)
            // The direction alone would hide a wrong scale.
            let difference = zip(own, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference < 0.02)
        }
    }

    @Test func theAlignedCropIsTheOneDocumented() throws {
        let net = try Support.models.identityNet()
        for (name, expected) in zip(Support.faces, try Self.golden("cropped")) {
            let picture = try Support.picture(name)
            let own = net.embedding(aligned: Variable(Tensor(picture.signed, shape: [1, 224, 224, 3]))).value.values
            #expect(IdentityNet.cosine(own, expected) > 0.999)
        }
    }

    @Test func tellsPeopleApartAndKnowsThemAgain() throws {
        let net = try Support.models.identityNet()
        func embedding(_ picture: Picture) -> [Float] {
            let edge = picture.width
            return net.embedding(aligned: Variable(Tensor(picture.signed, shape: [1, edge, edge, 3]))).value.values
        }
        let faces = try Support.faces.map(Support.picture)
        let embeddings = faces.map(embedding)
        for first in 0..<10 {
            let again = embedding(faces[first].resizedArea(width: 128, height: 128))
            #expect(IdentityNet.cosine(embeddings[first], again) > 0.8)
            for second in 0..<first { #expect(IdentityNet.cosine(embeddings[first], embeddings[second]) < 0.6) }
        }
    }

    @Test func largePicturesAreAveragedBeforeTheCrop() throws {
        let net = try Support.models.identityNet()
        let small = Variable(
            Tensor(
                try Support.picture("face-4.png").resizedArea(width: 256, height: 256).signed,
                shape: [1, 256, 256, 3]
            )
        )
        let large = small.nearestUpsampled(factor: 4)
        let cosine = IdentityNet.cosine(
            net.embedding(aligned: small).value.values,
            net.embedding(aligned: large).value.values
        )
        #expect(cosine > 0.9999)
    }

    @Test func theGradientReachesThePicture() throws {
        let net = try Support.models.identityNet()
        let picture = try Support.picture("face-1.png").resizedArea(width: 128, height: 128)
        let x = Variable(Tensor(picture.signed, shape: [1, 128, 128, 3]), requiresGradient: true)
        net.embedding(aligned: x).squared().sum().backward()
        let gradient = try #require(x.gradient).values
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // Along the gradient the sum of squares changes as the gradient says.
        let step: Float = 0.02
        func energy(_ sign: Float) -> Float {
            let moved = zip(picture.signed, gradient).map { $0 + sign * step * $1 / norm }
            return net.embedding(aligned: Variable(Tensor(moved, shape: x.shape))).squared().sum().scalar
        }
        let slope = (energy(1) - energy(-1)) / (2 * step)
        #expect(abs(slope / norm - 1) < 0.05)
    }

    @Test func cosineOfKnownVectors() {
        #expect(IdentityNet.cosine([1, 0], [0, 2]) == 0)
        #expect(IdentityNet.cosine([1, 1], [2, 2]) == 1)
        #expect(IdentityNet.cosine([1, 0], [-3, 0]) == -1)
        #expect(IdentityNet.cosine([0, 0], [1, 0]) == 0)
    }
}
