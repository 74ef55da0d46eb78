import Networks
import SemanticCoding
import Tensor

/// How the coordinates of the inversion are found.
package struct InversionCoordinatesSettings: Sendable {
    package var seed: UInt64 = 1
    /// Random answers of the generator that are looked at.
    package var samples = 2400
    /// What is added to the curvature along every direction, in mean curvatures: no direction counts as flatter than that.
    package var ridge: Float = 1
    /// Weight of the pictures' mean squared error, 1 as in the inversion.
    package var pixelWeight: Float = 1
    /// λ of the paper's eq. 8, as in the inversion.
    package var lpipsWeight = SemanticSettings().lpipsWeight
    /// Weight of 1 − cosine of the SFace embeddings, as in the inversion.
    package var identityWeight = SemanticSettings().identityWeight
    /// Checkpoint file, written every `checkpointEvery` samples; sampling goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 100

    package init() {}
}

/// Finds coordinates in which the inversion's loss is, on average over photos, as steep along any direction: a Gauss–Newton
/// step from the mean curvature is then a step along the gradient, and L-BFGS begins with it.
///
/// The loss is the squared length of a difference of features, J their Jacobian. H = 2·E[JᵀJ] is sampled at the codes of
/// photos (see `Variable.shaken`), where the search ends; the coordinates are M of M·Mᵀ = (H + ridge)⁻¹, which is upper
/// triangular, so that the first k of them are those of a code of k numbers.
package struct InversionCoordinatesTrainer {
    /// The curvature along each coordinate, ridge included: L-BFGS's first guess.
    static let curvature = 1 / InversionDescent.firstScale

    private let space: LatentSpace
    private let lpips: LPIPS
    private let identity: IdentityNet

    /// - Parameter lpips: the VGG16 variant.
    package init(space: LatentSpace, lpips: LPIPS, identity: IdentityNet) {
        (self.space, self.lpips, self.identity) = (space, lpips, identity)
    }

    /// Samples and writes `coordinates` [k, k] to `output`. The same settings give the same file, also when the sampling was
    /// interrupted and resumed from its checkpoint.
    ///
    /// - Parameter codes: of photos, k numbers each.
    /// - Throws: what `progress` throws; `InversionCoordinatesError`; `SafetensorsError`.
    package func train(
        _ settings: InversionCoordinatesSettings,
        codes: [[Float]],
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        guard !codes.isEmpty, settings.samples > 0 else { throw InversionCoordinatesError.nothingToSample }
        let sampling = RandomAnswers(
            name: "answers",
            note: "sampling the loss",
            samples: settings.samples,
            width: space.dimension,
            checkpoint: TrainingCheckpoint(
                settings.checkpoint,
                of: settings,
                ignoring: ["samples", "ridge"],
                data: ["codes": "\(Fingerprint(codes))"]
            ),
            checkpointEvery: settings.checkpointEvery
        )
        let answers = try sampling.rows(progress: progress) { answer(settings, codes[$0 % codes.count], $0) }
        try SafetensorsWriter.write(
            [(name: "coordinates", tensor: try coordinates(of: answers, ridge: settings.ridge), fp16: true)],
            metadata: [
                "network": "inversion-coordinates", "seed": "\(settings.seed)", "samples": "\(settings.samples)",
                "licence": "Research use only: found with a generator trained on FFHQ, at codes of CelebA photos",
            ],
            to: output
        )
    }

    /// M [k, k] of answers Jᵀε [S, k].
    func coordinates(of answers: Tensor, ridge: Float) throws -> Tensor {
        // In the units in which the expansion's own directions are about as steep.
        let units = space.statistics.deviations
        let inverse = units.map { 1 / $0 }
        let scaled = (Variable(answers) * Variable(Tensor(inverse, shape: [units.count]))).value
        let columns = scaled.transposed
        let scale = 2 / Float(answers.shape[0]) / Self.curvature
        var curvature = (Variable(columns).linear(weight: Variable(columns)) * scale).value.values
        let mean = units.indices.reduce(Float(0)) { $0 + curvature[$1 * (units.count + 1)] } / Float(units.count)
        for index in units.indices { curvature[index * (units.count + 1)] += ridge * mean }
        guard let found = Tensor(curvature, shape: [units.count, units.count]).inverseCholesky else {
            throw InversionCoordinatesError.noCurvature
        }
        return Variable(Tensor(diagonal: inverse)).matmul(Variable(found)).value
    }

    /// Jᵀε [k] at one code.
    private func answer(_ settings: InversionCoordinatesSettings, _ code: [Float], _ sample: Int) -> [Float] {
        var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(sample))
        let variable = Variable(Tensor(code, shape: [1, code.count]), requiresGradient: true)
        space.generator.synthesize(variable, resolution: 128, precision: .bfloat16).shaken(
            pixelWeight: settings.pixelWeight,
            lpips: lpips,
            lpipsWeight: settings.lpipsWeight,
            identity: identity,
            identityWeight: settings.identityWeight,
            precision: .bfloat16
        ) { random.chance(0.5) ? 1 : -1 }.backward()
        return variable.gradient?.values ?? []
    }
}

/// Why no coordinates come out.
package enum InversionCoordinatesError: Error, CustomStringConvertible {
    case nothingToSample
    case noCurvature

    package var description: String {
        switch self {
        case .nothingToSample: "there must be a code and a sample at least: make codes with `modelctl codes`"
        case .noCurvature: "the loss has no curvature at these codes: are they codes, and the weights whole?"
        }
    }
}
