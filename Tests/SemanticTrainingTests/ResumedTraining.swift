import Networks
import SemanticTraining
import TestSupport
import Testing

private struct Interrupted: Error {}

/// Expects that training which is interrupted and resumed gives what it gave in one go, and that a checkpoint of one seed
/// is refused under another.
///
/// - Parameters:
///   - whole: the file that training with seed 1 gave in one go.
///   - step: where it is interrupted.
///   - train: trains with a checkpoint and a seed into an output.
func expectSameWhenResumed(
    _ whole: String,
    interruptedAt step: Int,
    _ train: (
        _ checkpoint: String, _ seed: UInt64, _ output: String, _ progress: (TrainingProgress) throws -> Void
    ) throws -> Void
) throws {
    let folder = try TemporaryDirectory()
    let (checkpoint, never, resumed) = (folder.path + "/checkpoint", folder.path + "/never", folder.path + "/resumed")
    #expect(throws: Interrupted.self) {
        try train(checkpoint, 1, never) { if $0.step == step { throw Interrupted() } }
    }
    try train(checkpoint, 1, resumed) { _ in }
    #expect(throws: TrainingCheckpointError.self) { try train(checkpoint, 2, never) { _ in } }
    try expectSameTensors(whole, resumed)
}

/// Expects that two weight files hold the same tensors, bit for bit.
func expectSameTensors(_ a: String, _ b: String) throws {
    let (first, second) = (try SafetensorsFile(path: a), try SafetensorsFile(path: b))
    #expect(first.names == second.names)
    for name in first.names {
        #expect(try first.tensor(name).values == second.tensor(name).values, "\(name)")
    }
}
