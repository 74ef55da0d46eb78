import Foundation
import Tensor
import Testing

@testable import Networks

/// Against PyTorch on two drawn pictures (Scripts/torch_reference.py golden).
@Suite struct LPIPSTests {
    private struct Golden: Decodable {
        let distance: Float
        let gradient: [Float]
    }

    /// The same formula as `pattern` in the script.
    private func pattern(_ phase: Double) -> Tensor {
        var values: [Float] = []
        for y in 0..<64 {
            for x in 0..<64 {
                for c in 0..<3 {
                    let across = sin(0.11 * Double(x) + 0.7 * Double(c) + phase)
                    let down = cos(0.07 * Double(y) - 0.4 * Double(c) + 0.5 * phase)
                    values.append(Float(across * down))
                }
            }
        }
        return Tensor(values, shape: [1, 64, 64, 3])
    }

    @Test(arguments: LPIPS.Trunk.allCases)
    func agreesWithPyTorch(trunk: LPIPS.Trunk) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Support.fixture("lpips.json")))
        let golden = try #require(JSONDecoder().decode([String: Golden].self, from: data)[trunk.rawValue])
        let lpips = try Support.models.lpips(trunk)
        let a = Variable(pattern(0), requiresGradient: true)
        let b = Variable(pattern(1))
        let distance = lpips.distance(a, b)
        #expect(distance.shape == [1])
        #expect(abs(distance.scalar - golden.distance) < 1e-4)
        distance.sum().backward()
        let gradient = try #require(a.gradient).values
        let sampled = stride(from: 0, to: gradient.count, by: 97).map { gradient[$0] }
        try #require(sampled.count == golden.gradient.count)
        let size = golden.gradient.map { abs($0) }.max() ?? 0
        // A rounding difference can move a maximum or the sign of an activation: compare the bulk of the gradient.
        let apart = zip(sampled, golden.gradient).map { abs($0 - $1) }.filter { $0 > 0.01 * size }.count
        #expect(apart <= sampled.count / 50, "\(apart) of \(sampled.count) differ")
    }

    /// E[(Jᵀε · δ)²] = |Jδ|² for ε of unit covariance, and |Jδ|² is the distance of x + δ when δ is small.
    @Test func disturbedFeaturesSampleTheDistancesCurvature() throws {
        let lpips = try Support.models.lpips(.alexNet)
        let x = pattern(0)
        let step = Tensor(pattern(1.3).values.map { $0 * 0.01 }, shape: x.shape)
        let distance = lpips.distance(Variable(x) + Variable(step), Variable(x)).scalar
        var random = SeededGenerator(seed: 3)
        var mean: Float = 0
        for _ in 0..<150 {
            let picture = Variable(x, requiresGradient: true)
            let features = lpips.disturbedFeatures(of: Variable(x)) { random.next() & 1 == 0 ? 1 : -1 }
            (lpips.distance(picture, toFeatures: features).sum() * -0.5).backward()
            let gradient = try #require(picture.gradient).values
            let product = zip(gradient, step.values).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            mean += product * product / 150
        }
        // The mean of 150 squares is within 12 % of its expectation two times in three.
        #expect(abs(mean / distance - 1) < 0.4, "\(mean) against \(distance)")
    }

    @Test func gradientsFlowToBothPictures() throws {
        let lpips = try Support.models.lpips(.alexNet)
        let a = Variable(pattern(0), requiresGradient: true)
        let b = Variable(pattern(1), requiresGradient: true)
        let both = lpips.distance(a, b)
        let one = lpips.distance(a.detached, b.detached)
        #expect(abs(both.scalar - one.scalar) < 1e-5)
        both.sum().backward()
        for picture in [a, b] {
            #expect(try #require(picture.gradient).values.contains { $0 != 0 })
        }
    }

    @Test func aPictureIsNoDistanceFromItself() throws {
        let lpips = try Support.models.lpips(.vgg16)
        let a = Variable(pattern(0))
        #expect(abs(lpips.distance(a, a).scalar) < 1e-6)
    }

    @Test func samplesAreIndependent() throws {
        let lpips = try Support.models.lpips(.alexNet)
        let pair = Variable(pattern(0)).concatenated(Variable(pattern(1)), axis: 0)
        let distances = lpips.distance(pair, toFeatures: lpips.features(of: Variable(pattern(0)))).value.values
        #expect(abs(distances[0]) < 1e-6)
        #expect(abs(distances[1] - lpips.distance(Variable(pattern(1)), Variable(pattern(0))).scalar) < 1e-5)
    }
}
