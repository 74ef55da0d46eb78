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
    /// The pictures' colours at 16 × 16 pixels, [P, 768].
    var colours: Tensor

    /// From a 128-pixel picture to the one of `colours`.
    static let colourFactor = 8

    var count: Int { codes.shape[0] }

    /// Draws `count` latents and looks at their 128-pixel pictures.
    ///
    /// - Parameter truncations: how far from the mean; codes of photos lie further out than drawn ones of W.
    init(
        count: Int,
        seed: UInt64,
        space: LatentSpace,
        truncations: ClosedRange<Float>,
        predictor: AttributePredictor,
        identity: IdentityNet,
        progress: (Int) throws -> Void
    ) rethrows {
        var random = SeededGenerator(seed: seed)
        let size = space.statistics.mean.count
        var codes: [Float] = []
        var embeddings: [Float] = []
        var colours: [Float] = []
        var degrees: [[Int]] = []
        for index in 0..<count {
            try progress(index)
            let truncation = Float.random(in: truncations, using: &random)
            let code = space.drawn(truncation: truncation, generator: &random)
            let picture = space.generator.synthesize(code, resolution: 128)
            codes += code.value.values
            degrees.append(AttributePredictor.likeliestDegrees(predictor.logits(picture).value.values))
            embeddings += identity.embedding(aligned: picture).value.values
            colours += picture.areaDownsampled(factor: Self.colourFactor).value.values
        }
        self.codes = Tensor(codes, shape: [count, size])
        self.embeddings = Tensor(embeddings, shape: [count, embeddings.count / max(1, count)])
        self.colours = Tensor(colours, shape: [count, colours.count / max(1, count)])
        self.degrees = degrees
    }

    /// Reads the pool out of a checkpoint.
    init?(checkpoint: [String: Tensor]) {
        guard let codes = checkpoint["pool.codes"], let embeddings = checkpoint["pool.embeddings"],
            let colours = checkpoint["pool.colours"], let degrees = checkpoint["pool.degrees"]
        else { return nil }
        self.codes = codes
        self.colours = colours
        self.embeddings = embeddings
        let flat = degrees.values.map { Int($0) }
        self.degrees = stride(from: 0, to: flat.count, by: 5).map { Array(flat[$0..<$0 + 5]) }
    }

    var checkpoint: [String: Tensor] {
        [
            "pool.codes": codes, "pool.embeddings": embeddings, "pool.colours": colours,
            "pool.degrees": Tensor(degrees.flatMap { $0.map(Float.init) }, shape: [count, 5]),
        ]
    }

    /// One latent, [1, 512].
    func code(_ index: Int) -> Tensor { Self.row(index, of: codes) }

    /// Its identity embedding, [1, 128].
    func embedding(_ index: Int) -> Tensor { Self.row(index, of: embeddings) }

    /// Its picture's colours, [1, 16, 16, 3].
    func colour(_ index: Int) -> Tensor { Self.row(index, of: colours).reshaped([1, 16, 16, 3]) }

    private static func row(_ index: Int, of tensor: Tensor) -> Tensor {
        let size = tensor.shape[1]
        return tensor.withUnsafeBufferPointer {
            Tensor(Array($0[index * size..<(index + 1) * size]), shape: [1, size])
        }
    }
}
