import Foundation
import Imaging
import Networks
import Tensor

/// What an inversion found: the code of a face and how near its picture comes.
public struct Inversion: Codable, Sendable, Equatable {
    /// What the code is one of.
    public var kind: LatentKind
    /// 512 values.
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

/// E_I of the paper: GAN inversion. Finds the code whose picture is nearest to the photo
/// (eq. 8: MSE + λ·LPIPS; eq. 9: gradient steps, here Adam's) with the generator frozen.
///
/// Adam scales each coordinate by itself, so it matters which ones it gets: it works along the eigenvectors of W's
/// covariance, damped, so that the many faint ones are not stirred up.
public struct ImageSemanticEncoder: Sendable {
    let space: LatentSpace
    let lpips: LPIPS
    let guess: FirstGuess?
    let identity: IdentityNet?
    private let basis: Tensor?
    let settings: SemanticSettings

    /// - Parameters:
    ///   - lpips: the VGG16 variant.
    ///   - space: of the codes: the search goes along the eigenvectors of their covariance.
    ///   - guess: where the search begins, in W; at the mean of the codes when nil.
    ///   - identity: for the share that likeness has in the loss.
    public init(
        space: LatentSpace,
        lpips: LPIPS,
        guess: FirstGuess? = nil,
        identity: IdentityNet? = nil,
        settings: SemanticSettings
    ) {
        self.space = space
        self.lpips = lpips
        self.guess = guess
        self.identity = identity
        let size = space.statistics.mean.count
        // The numbers of expanded codes are independent: they are along the eigenvectors already.
        basis = space.kind == .w ? Tensor(space.statistics.covariance, shape: [size, size]).eigenbasis : nil
        self.settings = settings
    }

    /// Inverts one aligned picture. Noise on the code, fading out, keeps the search from settling too early; the best
    /// code met without noise is returned, not simply the last.
    ///
    /// - Parameters:
    ///   - symbols: how many of the code's numbers, the first ones, are looked for; the others stay at their mean. Only
    ///     expanded codes may be cut short; all numbers by default.
    ///   - progress: called before each step; an error it throws ends the inversion and is passed on.
    public func invert(
        _ aligned: Picture,
        symbols: Int? = nil,
        progress: (StageProgress) throws -> Void = { _ in }
    ) throws -> Inversion {
        let began = ContinuousClock.now
        let edge = settings.workingResolution
        let target = Variable(Tensor(aligned.resizedArea(width: edge, height: edge).signed, shape: [1, edge, edge, 3]))
        let reference = lpips.features(of: target)
        let face = identity.map { $0.embedding(aligned: target).normalized().detached }
        let mean = space.statistics.mean
        let start = guess.map { zip(mean, $0.offset(for: aligned)).map(+) } ?? mean
        let origin = Variable(Tensor(start, shape: [1, start.count]))
        let count = basis == nil ? min(symbols ?? start.count, start.count) : start.count
        let offset = Variable(Tensor(zeros: [1, count]), requiresGradient: true)
        let rest = Variable(Tensor(zeros: [1, start.count - count]))
        func whole(_ part: Variable) -> Variable { count < start.count ? part.concatenated(rest, axis: 1) : part }
        let adam = Adam(parameters: [offset], learningRate: settings.learningRate, damping: settings.damping)
        var best = Inversion(
            kind: space.kind,
            code: start,
            lpips: .infinity,
            mse: .infinity,
            steps: settings.inversionSteps,
            seconds: 0
        )
        var bestLoss = Float.infinity
        var random = SeededGenerator(seed: settings.seed)
        for step in 0..<settings.inversionSteps {
            let code = origin + whole(basis.map { offset.linear(weight: Variable($0)) } ?? offset)
            let done = Double(step) / Double(settings.inversionSteps)
            let spread = step == 0 ? 0 : settings.latentNoise * Self.fadedNoise(done)
            let noise = whole(Variable(Tensor(normal: [1, count], deviation: spread, generator: &random)))
            let picture = space.generator.synthesize(spread > 0 ? code + noise : code, resolution: edge)
            let mse = (picture - target).squared().mean()
            let distance = lpips.distance(picture, toFeatures: reference).mean()
            var loss = mse + distance * settings.lpipsWeight
            if let identity, let face {
                let cosine = (identity.embedding(aligned: picture).normalized() * face).sum()
                loss = loss + (cosine * -1 + 1) * settings.identityWeight
            }
            if spread == 0, loss.scalar < bestLoss {
                bestLoss = loss.scalar
                best.code = code.value.values
                best.lpips = Double(distance.scalar)
                best.mse = Double(mse.scalar)
            }
            try progress(
                StageProgress(
                    fraction: done,
                    note: "step \(step) of \(settings.inversionSteps), LPIPS \(String(format: "%.3f", distance.scalar))"
                )
            )
            offset.zeroGradient()
            loss.backward()
            adam.learningRate = settings.learningRate * Self.rampedRate(done)
            adam.step()
        }
        let elapsed = ContinuousClock.now - began
        best.seconds = elapsed.seconds
        return best
    }

    /// Share of the latent noise at time t ∈ [0, 1): fades quadratically, gone after three quarters (Talk-to-Edit).
    static func fadedNoise(_ t: Double) -> Float {
        let left = Float(max(0, 1 - t / 0.75))
        return left * left
    }

    /// Share of the peak learning rate at time t ∈ [0, 1): linear ramp over 5 %, cosine over the last 25 %.
    static func rampedRate(_ t: Double) -> Float {
        let down = min(1, (1 - t) / 0.25)
        return Float((0.5 - 0.5 * cos(down * .pi)) * min(1, t / 0.05 + 0.01))
    }
}

extension Duration {
    /// The duration in seconds.
    public var seconds: Double { self / .seconds(1) }
}
