import Foundation
import Tensor

/// How an inversion goes downhill.
package enum InversionOptimizer: String, Codable, Sendable, CaseIterable {
    /// Many small steps, with noise on the code at first: the paper's way.
    case adam
    /// Few long ones, from a good start.
    case lbfgs
}

/// An optimiser under way, with what changes on the way.
package struct InversionDescent {
    /// L-BFGS's first step per gradient: one over the curvature it guesses.
    package static let firstScale: Float = 8

    private let settings: SemanticSettings
    private let adam: Adam?
    private let quasiNewton: LBFGS?

    package init(_ offset: Variable, settings: SemanticSettings) {
        self.settings = settings
        switch settings.optimizer {
        case .adam:
            adam = Adam(parameters: [offset], learningRate: settings.learningRate, damping: settings.damping)
            quasiNewton = nil
        case .lbfgs:
            adam = nil
            // As tried on a few faces: docs/experiments/0006-optimisers.md.
            quasiNewton = LBFGS(parameter: offset, radius: 20, firstScale: Self.firstScale, stretch: 2)
        }
    }

    /// Moves on, at time t ∈ [0, 1) of the search.
    package func step(_ t: Double) {
        adam?.learningRate = settings.learningRate * Self.rampedRate(t)
        adam?.step()
        quasiNewton?.step()
    }

    /// What is minimised is another from now on.
    package func changeObjective() { quasiNewton?.forgetGradient() }

    /// Standard deviation of the noise on the code at time t ∈ [0, 1): none with L-BFGS, which it would confuse.
    package func noise(_ t: Double) -> Float { adam == nil || t == 0 ? 0 : settings.latentNoise * Self.fadedNoise(t) }

    /// Share of the latent noise at time t ∈ [0, 1): fades quadratically, gone after three quarters (Talk-to-Edit).
    package static func fadedNoise(_ t: Double) -> Float {
        let left = Float(max(0, 1 - t / 0.75))
        return left * left
    }

    /// Share of the peak learning rate at time t ∈ [0, 1): linear ramp over 5 %, cosine over the last 25 %.
    package static func rampedRate(_ t: Double) -> Float {
        let down = min(1, (1 - t) / 0.25)
        return Float((0.5 - 0.5 * cos(down * .pi)) * min(1, t / 0.05 + 0.01))
    }
}
