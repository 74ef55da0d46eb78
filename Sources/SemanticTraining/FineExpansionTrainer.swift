import Networks
import Tensor

/// Finds the directions of the fine numbers, for codes longer than usual: in each group of rows those that move the picture
/// most in ways that the usual numbers cannot.
///
/// With the samples g = Jᵀε of `ExpansionTrainer`, and B the usual directions, what remains of a sample when the usual
/// numbers have done what they can is g less its regression on Bg over the samples; the rest is as there, group by group.
package struct FineExpansionTrainer {
    private let trainer: ExpansionTrainer

    package init(_ trainer: ExpansionTrainer) {
        self.trainer = trainer
    }

    /// Samples, finds the directions and writes `group0` … [n, rows, 512] and `deviation` [6n] to `output`; deterministic and
    /// resumable as `ExpansionTrainer.train`, whose checkpoint serves here too.
    ///
    /// - Parameters:
    ///   - expansion: the file of the usual directions.
    ///   - each: directions of each group.
    /// - Throws: what `progress` throws; `ExpansionTrainingError`; `SafetensorsError`.
    package func train(
        _ settings: ExpansionTrainingSettings,
        expansion: SafetensorsFile,
        each: Int,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        let (basis, usual) = (try expansion.tensor("basis"), try expansion.tensor("deviation").values)
        guard settings.samples >= usual.count + each else { throw ExpansionTrainingError.tooFewSamples }
        let width = trainer.statistics.mean.count
        let gradients = try trainer.gradients(settings, progress: progress)
        let responses = Variable(gradients)
            .linear(weight: Variable(basis.reshaped([usual.count, MobileStyleGAN.rows * width]))).value
        let rest = try Self.remainder(of: gradients, responses: responses)
            .reshaped([settings.samples, MobileStyleGAN.rows, width])
        let mean = rootSensitivity(responses, usual)
        var tensors: [(name: String, tensor: Tensor, fp16: Bool)] = []
        var deviations: [[Float]] = []
        for (index, rows) in FineExpansion.groups.enumerated() {
            let part = Variable(rest).slice(axis: 1, range: rows).value
                .reshaped([settings.samples, rows.count * width])
            let axes = try trainer.axes(each, of: part, rows: rows.count, settings.rowCorrelation)
            let (basis, deviation) = trainer.scaled(axes, mean: mean)
            tensors.append(("group\(index)", Tensor(basis, shape: [each, rows.count, width]), true))
            deviations.append(deviation)
        }
        let turns = (0..<each).flatMap { round in deviations.map { $0[round] } }
        tensors.append(("deviation", Tensor(turns, shape: [turns.count]), false))
        try SafetensorsWriter.write(
            tensors,
            metadata: [
                "network": "expansion-fine", "seed": "\(settings.seed)", "samples": "\(settings.samples)",
                "rowCorrelation": "\(settings.rowCorrelation)",
                "licence": "Research use only: fitted to a generator trained on FFHQ",
            ],
            to: output
        )
    }

    /// The unit of the usual deviations: each is the root of its number's root sensitivity over this.
    private func rootSensitivity(_ responses: Tensor, _ usual: [Float]) -> Float {
        var squares = [Float](repeating: 0, count: usual.count)
        for (index, value) in responses.values.enumerated() { squares[index % usual.count] += value * value }
        let roots = zip(squares, usual).reduce(Float(0)) { $0 + $1.0.squareRoot() * $1.1 }
        return roots / usual.reduce(0) { $0 + $1 * $1 }
    }

    /// Gradients [S, d] without their regression on the responses [S, k].
    static func remainder(of gradients: Tensor, responses: Tensor) throws -> Tensor {
        let (samples, count) = (responses.shape[0], responses.shape[1])
        let turned = Variable(responses.transposed)
        guard let axes = turned.linear(weight: turned).value.eigenbasis else {
            throw ExpansionTrainingError.noEigenvectors
        }
        // Orthonormal rows [k, S] that span what the usual numbers do over the samples.
        let spanning = Variable(axes.transposed).matmul(turned).value.values
        var unit: [Float] = []
        for row in 0..<count {
            let line = spanning[row * samples..<(row + 1) * samples]
            let length = line.reduce(0) { $0 + $1 * $1 }.squareRoot()
            unit += line.map { length > 0 ? $0 / length : 0 }
        }
        let rows = Tensor(unit, shape: [count, samples])
        let shares = Variable(rows).matmul(Variable(gradients))
        return (Variable(gradients) - Variable(rows.transposed).matmul(shares)).value
    }
}
