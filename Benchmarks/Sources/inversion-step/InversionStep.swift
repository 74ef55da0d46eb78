import Foundation
import Networks
import Tensor

/// One step of GAN inversion as Scripts/torch_reference.py does it: code → 1024 trunk → 256 pixels → MSE +
/// λ·LPIPS-VGG16 → gradient of the code → Adam.
struct InversionStep {
    /// What the script's `golden` mode wrote.
    struct Golden: Decodable {
        let lpipsWeight: Float
        let mse: Float
        let lpips: Float
        let gradient: [Float]
        let gradientNorm: Float
        let lossesOfFiveSteps: [Float]
    }

    let golden: Golden
    private let generator: MobileStyleGAN
    private let lpips: LPIPS
    private let target: Variable
    private let features: [Variable]
    private let w: Variable
    private let adam: Adam

    init(models: String, golden path: String) throws {
        golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        let store = ModelStore(root: models)
        generator = try store.generator()
        lpips = try store.lpips(.vgg16)
        target = generator.synthesize(generator.map(Self.code(1)), resolution: 256)
        features = lpips.features(of: target)
        w = Variable(generator.map(Self.code(0)).value, requiresGradient: true)
        adam = Adam(parameters: [w], learningRate: 0.05)
    }

    /// √2·sin(1.7·i + phase): a z that both implementations can compute.
    private static func code(_ phase: Double) -> Variable {
        let values = (0..<512).map { index -> Float in
            let angle: Double = 1.7 * Double(index) + phase
            return Float(2.0.squareRoot() * sin(angle))
        }
        return Variable(Tensor(values, shape: [1, 512]))
    }

    /// What is timed under a name; nil for a name of nothing.
    func body(_ what: String, precision: ProductPrecision) -> (() -> Void)? {
        switch what {
        case "step": return { _ = step(precision) }
        case "picture":
            let code = w.detached
            return { _ = generator.synthesize(code, resolution: 1024, precision: precision) }
        case "lpips":
            let (one, other) = (target.detached, generator.synthesize(w.detached, resolution: 256).detached)
            return {
                let known = lpips.features(of: one, precision: precision)
                _ = lpips.distance(other, toFeatures: known, precision: precision)
            }
        default: return nil
        }
    }

    /// Forward and backward; the gradient stays in `w`.
    private func differentiate(_ precision: ProductPrecision = .single) -> (mse: Float, lpips: Float) {
        adam.zeroGradients()
        let picture = generator.synthesize(w, resolution: 256, precision: precision)
        let mse = (picture - target).squared().mean()
        let distance = lpips.distance(picture, toFeatures: features, precision: precision).mean()
        (mse + distance * golden.lpipsWeight).backward()
        return (mse.scalar, distance.scalar)
    }

    /// One whole step; returns the loss before it.
    func step(_ precision: ProductPrecision = .single) -> Float {
        let (mse, distance) = differentiate(precision)
        adam.step()
        return mse + golden.lpipsWeight * distance
    }

    /// What is wrong compared with PyTorch's values, before any step was made; nil if nothing is.
    func check() -> String? {
        let (mse, distance) = differentiate()
        guard abs(mse - golden.mse) < 1e-4, abs(distance - golden.lpips) < 1e-4 else {
            return "losses \(mse), \(distance) against \(golden.mse), \(golden.lpips)"
        }
        guard let gradient = w.gradient?.values else { return "no gradient" }
        let errors = golden.gradient.enumerated().map { abs($1 - gradient[16 * $0]) }
        guard let worst = errors.max(), worst < 0.01 * golden.gradientNorm else {
            return "gradients differ by \(errors)"
        }
        let losses = golden.lossesOfFiveSteps.map { _ in step() }
        guard zip(losses, golden.lossesOfFiveSteps).allSatisfy({ abs($0 - $1) < 0.01 * $1 }) else {
            return "losses \(losses) against \(golden.lossesOfFiveSteps)"
        }
        return nil
    }
}
