import Foundation
import Imaging
import Networks
import Tensor

/// What an inversion found: the code of a face and how near its picture comes.
public struct Inversion: Codable, Sendable, Equatable {
    /// w, 512 values.
    public var code: [Float]
    /// LPIPS (VGG16) between the photo and the code's picture at the working resolution.
    public var lpips: Double
    /// Mean squared error of the two pictures in [−1, 1].
    public var mse: Double
    /// Adam steps taken.
    public var steps: Int
    /// Wall-clock time in seconds.
    public var seconds: Double
}

/// E_I of the paper: GAN inversion. Finds the w whose picture is nearest to the photo
/// (eq. 8: MSE + λ·LPIPS; eq. 9: gradient steps, here Adam's) with the generator frozen.
public struct ImageSemanticEncoder: Sendable {
    let generator: any StyleGenerator
    let lpips: LPIPS
    let start: [Float]
    let settings: SemanticSettings

    /// - Parameters:
    ///   - lpips: the VGG16 variant.
    ///   - start: the w to begin from, the mean w as a rule.
    public init(generator: any StyleGenerator, lpips: LPIPS, start: [Float], settings: SemanticSettings) {
        self.generator = generator
        self.lpips = lpips
        self.start = start
        self.settings = settings
    }

    /// Inverts one aligned picture. The best code met on the way is returned, not simply the last.
    ///
    /// - Parameter progress: called before each step; an error it throws ends the inversion and is passed on.
    public func invert(_ aligned: Picture, progress: (StageProgress) throws -> Void = { _ in }) throws -> Inversion {
        let began = ContinuousClock.now
        let edge = settings.workingResolution
        let target = Variable(Tensor(aligned.resizedArea(width: edge, height: edge).signed, shape: [1, edge, edge, 3]))
        let reference = lpips.features(of: target)
        let code = Variable(Tensor(start, shape: [1, start.count]), requiresGradient: true)
        let adam = Adam(parameters: [code], learningRate: settings.learningRate)
        var best = Inversion(code: start, lpips: .infinity, mse: .infinity, steps: settings.inversionSteps, seconds: 0)
        var bestLoss = Float.infinity
        for step in 0..<settings.inversionSteps {
            let picture = generator.synthesize(code, resolution: edge)
            let mse = (picture - target).squared().mean()
            let distance = lpips.distance(picture, toFeatures: reference).mean()
            let loss = mse + distance * settings.lpipsWeight
            if loss.value.values[0] < bestLoss {
                bestLoss = loss.value.values[0]
                best.code = code.value.values
                best.lpips = Double(distance.value.values[0])
                best.mse = Double(mse.value.values[0])
            }
            let done = Double(step) / Double(settings.inversionSteps)
            try progress(
                StageProgress(
                    fraction: done,
                    note: "step \(step) of \(settings.inversionSteps), LPIPS \(String(format: "%.3f", best.lpips))"))
            code.zeroGradient()
            loss.backward()
            adam.learningRate = settings.learningRate * Self.rampedRate(done)
            adam.step()
        }
        let elapsed = ContinuousClock.now - began
        best.seconds = elapsed.seconds
        return best
    }

    /// Share of the peak learning rate at time t ∈ [0, 1): linear ramp over 5 %, cosine over the last 25 %.
    static func rampedRate(_ t: Double) -> Float {
        let down = min(1, (1 - t) / 0.25)
        return Float((0.5 - 0.5 * cos(down * .pi)) * min(1, t / 0.05 + 0.01))
    }
}

extension Duration {
    /// The duration in seconds.
    public var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
