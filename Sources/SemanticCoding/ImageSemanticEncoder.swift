import Foundation
import Imaging
import Networks
import Tensor

/// What an inversion found: the code of a face and how near its picture comes.
public struct Inversion: Codable, Sendable, Equatable {
    /// What the code is one of.
    public var kind: LatentKind
    /// 512 values, or more.
    public var code: [Float]
    /// LPIPS (VGG16) between the photo and the code's picture at the working resolution.
    public var lpips: Double
    /// Mean squared error of the two pictures in [−1, 1].
    public var mse: Double
    /// SFace cosine of the two pictures; nil where it was not looked at.
    public var cosine: Double?
    /// Gradient steps taken, through the student and through the generator.
    public var steps: Int
    /// Wall-clock time in seconds.
    public var seconds: Double
}

/// A moment of an inversion.
package struct InversionMoment: Sendable {
    /// Gradient steps taken so far.
    package let step: Int
    /// Wall-clock seconds since the beginning.
    package let seconds: Double
    package let code: [Float]
}

/// E_I of the paper: GAN inversion. Finds the code whose picture is nearest to the photo (eq. 8: MSE + λ·LPIPS; eq. 9:
/// gradient steps) with the generator frozen.
///
/// Both optimisers depend on the coordinates they are given. In W those are the eigenvectors of the covariance, along which
/// damped Adam does not stir up the many faint ones. The numbers of expanded codes Adam takes as they are, L-BFGS in the
/// coordinates that `InversionCoordinatesTrainer` found, where the loss is about as steep along any; fine numbers, which share
/// much of what they do with the others, times four: with longer steps along them the search goes astray.
package struct ImageSemanticEncoder: Sendable {
    package let space: LatentSpace
    /// Draws the codes.
    private let generator: any StyleGenerator
    package let lpips: LPIPS
    let start: LearnedStart?
    let student: (any StyleGenerator)?
    /// Says in the end how like the two faces are, and steers the search where likeness has a share in the loss.
    package let identity: IdentityNet?
    /// [512, 512]: what is searched for, times its transpose, is the usual code without its origin. That itself when nil.
    private let coordinates: Tensor?
    /// Only where it has a share in the loss.
    private let prior: CodePrior?
    let settings: SemanticSettings

    /// - Parameters:
    ///   - generator: draws the space's codes; its own when nil.
    ///   - lpips: the VGG16 variant.
    ///   - start: where the search begins; at the mean of the codes when nil.
    ///   - student: draws the space's codes at 128 pixels, for the settings' `studentSteps`; there are none when nil.
    ///   - identity: for likeness, and for its share in the loss; unknown when nil.
    ///   - coordinates: for expanded codes and L-BFGS, [k, k], upper triangular.
    package init(
        space: LatentSpace,
        generator: (any StyleGenerator)? = nil,
        lpips: LPIPS,
        start: LearnedStart? = nil,
        student: (any StyleGenerator)? = nil,
        identity: IdentityNet? = nil,
        coordinates: Tensor? = nil,
        settings: SemanticSettings
    ) {
        (self.space, self.lpips, self.start, self.student) = (space, lpips, start, student)
        self.generator = generator ?? space.generator
        (self.identity, self.settings) = (identity, settings)
        prior = settings.priorWeight > 0 ? CodePrior(space.photos) : nil
        let usual = space.dimension
        self.coordinates =
            space.kind == .w ? Tensor(space.statistics.covariance, shape: [usual, usual]).eigenbasis : coordinates
    }

    /// Loads the networks that the settings need.
    ///
    /// - Parameters:
    ///   - encoder: for the start; the one of Models/trained by default.
    ///   - student: loaded before; as `lpips` and `identity`.
    /// - Throws: `ModelStoreError` when a model is missing or broken.
    package init(
        models: ModelStore,
        space: LatentSpace,
        encoder: InversionEncoder? = nil,
        student: StudentGenerator? = nil,
        lpips: LPIPS? = nil,
        identity: IdentityNet? = nil,
        settings: SemanticSettings
    ) throws {
        let learns = settings.start == .encoder
        let lpips = try lpips ?? models.lpips(.vgg16)
        let student =
            learns || settings.studentSteps > 0 ? space.generator(by: try student ?? models.student()) : nil
        var start: LearnedStart?
        if learns, let student {
            let encoder = try encoder ?? models.inversionEncoder(count: space.dimension)
            start = LearnedStart(
                encoder: encoder,
                generator: student,
                statistics: space.statistics,
                lpips: lpips
            )
        }
        self.init(
            space: space,
            lpips: lpips,
            start: start,
            student: student,
            identity: try identity ?? models.identityNet(),
            coordinates: space.kind == .expanded && settings.optimizer == .lbfgs
                ? try models.inversionCoordinates(count: space.dimension) : nil,
            settings: settings
        )
    }

    /// One that does with few steps through another generator, such as the student.
    package func sketcher(by generator: any StyleGenerator, steps: Int) -> ImageSemanticEncoder {
        var settings = settings
        (settings.inversionSteps, settings.studentSteps, settings.workingResolution) = (steps, 0, generator.resolution)
        return ImageSemanticEncoder(
            space: space,
            generator: generator,
            lpips: lpips,
            start: start,
            identity: identity,
            coordinates: coordinates,
            settings: settings
        )
    }

    /// The coordinates [n, n] of a code of n numbers.
    private func coordinates(of size: Int) -> Tensor {
        let usual = space.dimension
        let fine: Float = settings.optimizer == .lbfgs ? 0.25 : 1
        let whole = Tensor(diagonal: (0..<size).map { $0 < usual ? 1 : fine })
        guard let coordinates else { return whole }
        precondition(coordinates.shape == [usual, usual], "coordinates of \(usual) numbers, not \(coordinates.shape)")
        let known = coordinates.values
        whole.withUnsafeMutableBufferPointer { whole in
            for row in 0..<usual {
                for column in 0..<usual { whole[row * size + column] = known[row * usual + column] }
            }
        }
        return whole
    }

    /// Who draws what is compared with the photo, and how large.
    private struct Phase {
        let generator: any StyleGenerator
        let edge: Int
        let objective: InversionObjective
    }

    private func objective(_ aligned: Picture, edge: Int) -> InversionObjective {
        InversionObjective(
            photo: aligned.resizedArea(width: edge, height: edge).networkInput,
            lpips: lpips,
            identity: settings.identityWeight > 0 ? identity : nil,
            lpipsWeight: settings.lpipsWeight,
            identityWeight: settings.identityWeight,
            precision: settings.precision
        )
    }

    /// Inverts one aligned picture. The best code that the generator drew is returned, not simply the last.
    ///
    /// - Parameters:
    ///   - symbols: how many of the code's numbers, the first ones, are looked for; of the usual number of them the others
    ///     stay at their mean. Only expanded codes may be shorter or longer than usual, which is the default.
    ///   - progress: called before each step; an error it throws ends the inversion and is passed on.
    ///   - observer: sees the code before each step and after the last.
    package func invert(
        _ aligned: Picture,
        symbols: Int? = nil,
        progress: (StageProgress) throws -> Void = { _ in },
        observer: ((InversionMoment) -> Void)? = nil
    ) throws -> Inversion {
        let began = ContinuousClock.now
        let steps = settings.inversionSteps
        let edge = settings.workingResolution
        let final = Phase(generator: generator, edge: edge, objective: objective(aligned, edge: edge))
        var draft: Phase?
        if settings.studentSteps > 0, let student {
            let edge = student.resolution
            let objective = edge == final.edge ? final.objective : objective(aligned, edge: edge)
            draft = Phase(generator: student, edge: edge, objective: objective)
        }
        var studentSteps = draft == nil ? 0 : min(steps, settings.studentSteps)
        let usual = space.dimension
        let count = space.kind == .w ? usual : min(symbols ?? usual, space.maximumDimension)
        let size = max(usual, count)
        var origin =
            start?.code(of: aligned, count: count, precision: settings.precision)
            ?? Variable(Tensor(space.statistics.mean, shape: [1, usual]))
        if size > usual { origin = origin.concatenated(Variable(Tensor(zeros: [1, size - usual])), axis: 1) }
        let directions = Variable(coordinates(of: size)).slice(axis: 1, range: 0..<count)
        let offset = Variable(Tensor(zeros: [1, count]), requiresGradient: true)
        let descent = InversionDescent(offset, settings: settings)
        var best = Inversion(
            kind: space.kind,
            code: origin.value.values,
            lpips: .infinity,
            mse: .infinity,
            steps: steps,
            seconds: 0
        )
        var bestLoss = Float.infinity
        var plateau = Plateau(leastGain: settings.leastGain)
        var random = SeededGenerator(seed: settings.seed)
        func value(_ phase: Phase, of code: Variable) -> InversionObjective.Value {
            var value = phase.objective.value(
                of: phase.generator.synthesize(code, resolution: phase.edge, precision: settings.precision)
            )
            if let prior {
                value.loss =
                    value.loss + prior.squaredMahalanobisDistance(of: code, count: count) * settings.priorWeight
            }
            return value
        }
        for step in 0...steps {
            let code = origin + offset.linear(weight: directions)
            if let observer {
                let seconds = (ContinuousClock.now - began).seconds
                observer(InversionMoment(step: step, seconds: seconds, code: code.value.values))
            }
            let done = Double(step) / Double(max(1, steps))
            let spread = step < steps ? descent.noise(done) : 0
            let noise = (0..<size).map { spread > 0 && $0 < count ? random.normal() * spread : 0 }
            let isDraft = step < studentSteps
            let value = value(
                isDraft ? draft ?? final : final,
                of: spread > 0 ? code + Variable(Tensor(noise, shape: [1, size])) : code
            )
            if !isDraft, spread == 0, value.loss.scalar < bestLoss {
                bestLoss = value.loss.scalar
                (best.code, best.lpips, best.mse) = (code.value.values, value.lpips, value.mse)
            }
            let stalls = plateau.reached(by: value.loss.scalar)
            guard step < steps, isDraft || !stalls else {
                best.steps = step
                break
            }
            try progress(
                StageProgress(
                    fraction: done,
                    note: "step \(step) of \(steps), LPIPS \(String(format: "%.3f", value.lpips))"
                )
            )
            offset.zeroGradient()
            value.loss.backward()
            descent.step(done)
            if isDraft, stalls || step + 1 == studentSteps {
                studentSteps = step + 1
                descent.changeObjective()
                plateau = Plateau(leastGain: settings.leastGain)
            }
        }
        best.cosine = identity.map { cosine($0, aligned, best.code) }
        best.seconds = (ContinuousClock.now - began).seconds
        return best
    }
}

extension ImageSemanticEncoder {
    /// The SFace cosine of a photo and a code's picture at the working resolution.
    private func cosine(_ identity: IdentityNet, _ aligned: Picture, _ code: [Float]) -> Double {
        let edge = settings.workingResolution
        let photo = aligned.resizedArea(width: edge, height: edge).networkInput
        let drawn = generator.synthesize(Variable(Tensor(code, shape: [1, code.count])), resolution: edge)
        let faces = [photo, drawn].map { identity.embedding(aligned: $0).value.values }
        return Double(IdentityNet.cosine(faces[0], faces[1]))
    }
}

/// Sees when a loss hardly falls any more.
struct Plateau {
    private static let window = 6
    private let leastGain: Float
    /// The lowest so far, after each step.
    private var lowest: [Float] = []

    /// - Parameter leastGain: share of the loss that a step must win, on average over the last six; 0: any will do.
    init(leastGain: Float) {
        self.leastGain = leastGain
    }

    /// Whether the steps up to the one with this loss won too little.
    mutating func reached(by loss: Float) -> Bool {
        lowest.append(min(loss, lowest.last ?? loss))
        guard leastGain > 0, lowest.count > Self.window, let now = lowest.last else { return false }
        return lowest[lowest.count - 1 - Self.window] - now < Float(Self.window) * leastGain * now
    }
}
