import Foundation
import Networks
import Tensor

/// How the expansion of short codes to W+ is found.
package struct ExpansionTrainingSettings: Sendable {
    package var seed: UInt64 = 1
    /// Pictures at which the generator's sensitivity is sampled.
    package var samples = 2000
    /// Directions kept.
    package var directions = 512
    /// Correlation that any two rows of W+ are supposed to have over faces; 1 gives back plain W.
    package var rowCorrelation: Float = 0.5
    /// λ of the paper's eq. 8, as in the inversion.
    package var lpipsWeight: Float = 3.3
    /// Checkpoint file, written every `checkpointEvery` samples; sampling goes on from it when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 100

    package init() {}
}

/// Finds the directions of W+ that a short code says most with: the principal axes of the *picture*, not of W+.
///
/// About an anchor, the inversion's loss (eq. 8: MSE + λ·LPIPS) between the pictures of two codes that differ by x is
/// xᵀMx, M = JᵀJ, J the Jacobian of the picture and its weighted LPIPS features. With x ~ N(0, C) over faces, C = AAᵀ,
/// the k directions that keep most of the loss are the k leading eigenvectors of AᵀE[M]A, mapped back by A. E[M] is
/// sampled: for ε of unit covariance in the space of features, g = Jᵀε has E[gᵀg] = E[M], and takes one backward pass.
/// C is that of W in each row, with a given correlation between the rows.
package struct ExpansionTrainer {
    let generator: MobileStyleGAN
    let lpips: LPIPS
    let statistics: LatentStatistics

    /// - Parameter lpips: the VGG16 variant.
    package init(generator: MobileStyleGAN, lpips: LPIPS, statistics: LatentStatistics) {
        self.generator = generator
        self.lpips = lpips
        self.statistics = statistics
    }

    /// Samples, finds the directions and writes `basis` [k, 23, 512] and `deviation` [k] to `output`. The same settings
    /// give the same file, also when the sampling was interrupted and resumed from its checkpoint.
    ///
    /// A number goes on the air with the fourth root of its direction's sensitivity as its standard deviation: of all
    /// ways to share the power out between numbers that are sent and estimated one by one, the one with the least loss.
    ///
    /// - Throws: what `progress` throws; `ExpansionTrainingError`; `SafetensorsError`.
    package func train(
        _ settings: ExpansionTrainingSettings,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        guard settings.samples >= settings.directions else { throw ExpansionTrainingError.tooFewSamples }
        let gradients = try gradients(settings, progress: progress)
        let (basis, deviation) = try directions(of: gradients, settings)
        try SafetensorsWriter.write(
            [(name: "basis", tensor: basis, fp16: true), (name: "deviation", tensor: deviation, fp16: false)],
            metadata: [
                "network": "expansion", "seed": "\(settings.seed)", "samples": "\(settings.samples)",
                "rowCorrelation": "\(settings.rowCorrelation)",
                "licence": "Research use only: fitted to a generator trained on FFHQ",
            ],
            to: output
        )
    }

    /// The usual directions and their numbers' standard deviations.
    private func directions(
        of gradients: Tensor,
        _ settings: ExpansionTrainingSettings
    ) throws -> (basis: Tensor, deviation: Tensor) {
        let axes = try axes(settings.directions, of: gradients, rows: MobileStyleGAN.rows, settings.rowCorrelation)
        // The deviations are to have mean square 1.
        let mean = axes.sensitivities.reduce(0) { $0 + $1.squareRoot() } / Float(settings.directions)
        let (basis, deviation) = scaled(axes, mean: mean)
        return (
            Tensor(basis, shape: [settings.directions, MobileStyleGAN.rows, statistics.mean.count]),
            Tensor(deviation, shape: [settings.directions])
        )
    }

    /// Directions for numbers whose deviation is the fourth root of their sensitivity, in units of which `mean` is the
    /// mean root.
    func scaled(_ axes: Axes, mean: Float) -> (basis: [Float], deviation: [Float]) {
        let deviation = axes.sensitivities.map { ($0.squareRoot() / mean).squareRoot() }
        var basis: [Float] = []
        for (direction, scale) in zip(axes.directions, deviation) { basis += direction.map { $0 / scale } }
        return (basis, deviation)
    }

    /// Directions of W+ as far out as one standard deviation of their prior, and what each does to the loss.
    struct Axes {
        var directions: [[Float]]
        var sensitivities: [Float]
    }

    /// The `count` leading eigenvectors of AᵀE[M]A, mapped back by A, of gradients [S, rows·512].
    func axes(_ count: Int, of gradients: Tensor, rows: Int, _ correlation: Float) throws -> Axes {
        let (samples, size) = (gradients.shape[0], statistics.mean.count)
        guard let factor = statistics.factor else { throw ExpansionTrainingError.noEigenvectors }
        // A = R^½ ⊗ F, F·Fᵀ = Σ of W, R = ρ·11ᵀ + (1 − ρ)·I.
        let answers = mixedRows(
            Variable(gradients.reshaped([samples * rows, size])).matmul(Variable(factor)).value,
            rows,
            correlation
        ).reshaped([samples, rows * size])
        let gram = Variable(answers).linear(weight: Variable(answers)).value
        guard let vectors = gram.eigenbasis else { throw ExpansionTrainingError.noEigenvectors }
        // Rows: the leading eigenvectors of the Gram matrix, the largest first.
        let leading = Tensor(vectors.transposedRows((0..<count).map { samples - 1 - $0 }), shape: [count, samples])
        let unit = Variable(leading).matmul(Variable(answers)).value
        let mapped = Variable(mixedRows(unit.reshaped([count * rows, size]), rows, correlation))
            .linear(weight: Variable(factor)).value
        // An eigenvector's sensitivity is its eigenvalue λ = |unit|².
        let sensitivities = unit.values.chunked(rows * size).map { $0.reduce(0) { $0 + $1 * $1 } }
        let directions = zip(mapped.values.chunked(rows * size), sensitivities).map { direction, sensitivity in
            direction.map { $0 / sensitivity.squareRoot() }
        }
        return Axes(directions: directions, sensitivities: sensitivities)
    }

    /// R^½ over every `rows` rows of a matrix [n·rows, 512].
    private func mixedRows(_ matrix: Tensor, _ rows: Int, _ correlation: Float) -> Tensor {
        let size = matrix.shape[1]
        let own = (1 - correlation).squareRoot()
        let common = ((1 - correlation + Float(rows) * correlation).squareRoot() - own) / Float(rows)
        var values = matrix.values
        for start in stride(from: 0, to: values.count, by: rows * size) {
            for column in 0..<size {
                let sum = (0..<rows).reduce(Float(0)) { $0 + values[start + $1 * size + column] }
                for row in 0..<rows {
                    let index = start + row * size + column
                    values[index] = own * values[index] + common * sum
                }
            }
        }
        return Tensor(values, shape: matrix.shape)
    }

    /// Samples gradients [S, 23·512] of the generator's sensitivity.
    func gradients(
        _ settings: ExpansionTrainingSettings,
        progress: (TrainingProgress) throws -> Void
    ) throws -> Tensor {
        let sampling = RandomAnswers(
            name: "gradients",
            note: "sampling the generator",
            samples: settings.samples,
            width: MobileStyleGAN.rows * statistics.mean.count,
            // The samples are the same whatever is made of them, and more may follow.
            checkpoint: TrainingCheckpoint(
                settings.checkpoint,
                of: settings,
                ignoring: ["samples", "directions", "rowCorrelation"]
            ),
            checkpointEvery: settings.checkpointEvery
        )
        return try sampling.rows(progress: progress) { gradient(settings, $0) }
    }

    /// Jᵀε at one face of the prior: half of them of one w, half with the finer rows of a second.
    private func gradient(_ settings: ExpansionTrainingSettings, _ sample: Int) -> [Float] {
        var random = SeededGenerator(seed: settings.seed &* 1_000_003 &+ UInt64(sample))
        let truncation = Float.random(in: 0.6...1, using: &random)
        let coarse = statistics.sample(by: generator, truncation: truncation, using: &random).value.values
        let fine = statistics.sample(by: generator, truncation: truncation, using: &random).value.values
        let crossing = random.chance(0.5) ? MobileStyleGAN.rows : 1 + random.index(MobileStyleGAN.rows - 1)
        let anchor = (0..<MobileStyleGAN.rows).flatMap { $0 < crossing ? coarse : fine }
        let rows = Variable(Tensor(anchor, shape: [1, MobileStyleGAN.rows, coarse.count]), requiresGradient: true)
        let picture = generator.synthesize(rows: rows, resolution: 128)
        picture.shaken(lpips: lpips, lpipsWeight: settings.lpipsWeight) { random.chance(0.5) ? 1 : -1 }.backward()
        return rows.gradient?.values ?? []
    }
}

/// Why no expansion comes out.
package enum ExpansionTrainingError: Error, CustomStringConvertible {
    case tooFewSamples
    case noEigenvectors

    package var description: String {
        switch self {
        case .tooFewSamples: "there must be at least as many samples as directions, better four times as many"
        case .noEigenvectors: "the generator's answers have no eigenvectors: are its weights or the statistics broken?"
        }
    }
}

extension LatentStatistics {
    /// F [512, 512] with F·Fᵀ the covariance: its eigenvectors, each times the root of its eigenvalue.
    fileprivate var factor: Tensor? {
        let size = mean.count
        let matrix = Tensor(covariance, shape: [size, size])
        guard let basis = matrix.eigenbasis else { return nil }
        let turned = Variable(matrix).matmul(Variable(basis)).value.values
        var values = basis.values
        let eigenvalues = (0..<size).map { column in
            (0..<size).reduce(Float(0)) { $0 + values[$1 * size + column] * turned[$1 * size + column] }
        }
        for index in values.indices { values[index] *= max(0, eigenvalues[index % size]).squareRoot() }
        return Tensor(values, shape: [size, size])
    }
}

extension Tensor {
    /// The given columns of a matrix, one after the other.
    func transposedRows(_ columns: [Int]) -> [Float] {
        let (rows, width) = (shape[0], shape[1])
        let values = values
        return columns.flatMap { column in (0..<rows).map { values[$0 * width + column] } }
    }
}

extension [Float] {
    fileprivate func chunked(_ length: Int) -> [ArraySlice<Float>] {
        stride(from: 0, to: count, by: length).map { self[$0..<$0 + length] }
    }
}
