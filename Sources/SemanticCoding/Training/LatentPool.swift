import Networks
import Tensor

/// Latents drawn from the generator's own prior with what the frozen networks say of their pictures: the editing
/// trainer's data set. Labels are free and data has no end, so nothing is read from disk.
struct LatentPool {
    /// [P, 512]
    var codes: Tensor
    /// The predictor's degrees, [P][5].
    var degrees: [[Int]]
    /// Identity embeddings, [P, 128].
    var embeddings: Tensor

    var count: Int { codes.shape[0] }

    /// Draws `count` latents at truncations 0.5 to 1.0 and looks at their 128-pixel pictures.
    init(
        count: Int,
        seed: UInt64,
        generator: MobileStyleGAN,
        mean: [Float],
        predictor: AttributePredictor,
        identity: IdentityNet,
        progress: (Int) throws -> Void
    ) rethrows {
        var random = SeededGenerator(seed: seed)
        let size = mean.count
        var codes: [Float] = []
        var embeddings: [Float] = []
        var degrees: [[Int]] = []
        for index in 0..<count {
            try progress(index)
            let z = Variable(Tensor((0..<size).map { _ in random.normal() }, shape: [1, size]))
            let truncation = Float.random(in: 0.5...1, using: &random)
            let w = zip(mean, generator.map(z).value.values).map { $0 + truncation * ($1 - $0) }
            let picture = generator.synthesize(Variable(Tensor(w, shape: [1, size])), resolution: 128)
            codes += w
            degrees.append(AttributePredictor.likeliestDegrees(predictor.logits(picture).value.values))
            embeddings += identity.embedding(aligned: picture).value.values
        }
        self.codes = Tensor(codes, shape: [count, size])
        self.embeddings = Tensor(embeddings, shape: [count, embeddings.count / max(1, count)])
        self.degrees = degrees
    }

    /// Reads the pool out of a checkpoint.
    init?(checkpoint: [String: Tensor]) {
        guard let codes = checkpoint["pool.codes"], let embeddings = checkpoint["pool.embeddings"],
            let degrees = checkpoint["pool.degrees"]
        else { return nil }
        self.codes = codes
        self.embeddings = embeddings
        let flat = degrees.values.map { Int($0) }
        self.degrees = stride(from: 0, to: flat.count, by: 5).map { Array(flat[$0..<$0 + 5]) }
    }

    var checkpoint: [String: Tensor] {
        [
            "pool.codes": codes, "pool.embeddings": embeddings,
            "pool.degrees": Tensor(degrees.flatMap { $0.map(Float.init) }, shape: [count, 5]),
        ]
    }

    /// One latent, [1, 512].
    func code(_ index: Int) -> Tensor {
        let size = codes.shape[1]
        return codes.withUnsafeBufferPointer { Tensor(Array($0[index * size..<(index + 1) * size]), shape: [1, size]) }
    }

    /// Its identity embedding, [1, 128].
    func embedding(_ index: Int) -> Tensor {
        let size = embeddings.shape[1]
        return embeddings.withUnsafeBufferPointer {
            Tensor(Array($0[index * size..<(index + 1) * size]), shape: [1, size])
        }
    }
}
