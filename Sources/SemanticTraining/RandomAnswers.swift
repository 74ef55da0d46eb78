import Networks
import Tensor

/// Rows that are sampled one by one, resumable.
struct RandomAnswers {
    /// Of the tensor in the checkpoint, and what is sampled, for people.
    let name, note: String
    /// How many rows, of how many numbers.
    let samples, width: Int
    /// Written every `checkpointEvery` samples; sampling goes on from it when it is there.
    let checkpoint: TrainingCheckpoint
    let checkpointEvery: Int

    /// The rows [S, width], each from `row` of its number.
    ///
    /// - Throws: what `progress` throws; `TrainingCheckpointError`; `SafetensorsError`.
    func rows(progress: (TrainingProgress) throws -> Void, row: (Int) -> [Float]) throws -> Tensor {
        var values = try checkpoint.tensors()[name]?.values ?? []
        let first = values.count / width
        let began = ContinuousClock.now
        for sample in first..<max(first, samples) {
            values += row(sample)
            try progress(
                TrainingProgress(step: sample + 1, steps: samples, first: first, began: began, loss: 0, note: note)
            )
            if let path = checkpoint.path, (sample + 1) % checkpointEvery == 0 || sample + 1 == samples {
                let tensor = Tensor(values, shape: [sample + 1, width])
                try SafetensorsWriter.write(
                    [(name: name, tensor: tensor, fp16: false)],
                    metadata: checkpoint.metadata(),
                    to: path
                )
            }
        }
        return Tensor(Array(values.prefix(samples * width)), shape: [samples, width])
    }
}
