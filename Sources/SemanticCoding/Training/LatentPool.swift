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

    /// Draws latents, keeps `count` of them whose degrees of one attribute are as even as can be had, and looks at their
    /// 128-pixel pictures.
    ///
    /// - Parameters:
    ///   - candidates: how many are drawn for each that is kept.
    ///   - head: the predictor's, of that attribute.
    ///   - generator: of the space's codes.
    ///   - truncations: how far from the mean; codes of photos lie further out than drawn ones of W.
    init(
        count: Int,
        candidates: Int,
        head: Int,
        seed: UInt64,
        space: LatentSpace,
        generator: any StyleGenerator,
        truncations: ClosedRange<Float>,
        predictor: AttributePredictor,
        identity: IdentityNet,
        progress: (Double) throws -> Void
    ) rethrows {
        let kept = try Self.drawn(
            count,
            candidates: candidates,
            head: head,
            seed: seed,
            space: space,
            generator: generator,
            truncations: truncations,
            predictor: predictor
        ) { try progress(0.8 * $0) }
        var embeddings: [Float] = []
        var colours: [Float] = []
        for (index, latent) in kept.enumerated() {
            try progress(0.8 + 0.2 * Double(index) / Double(count))
            let picture = generator.synthesize(Variable(latent.code), resolution: 128)
            embeddings += identity.embedding(aligned: picture).value.values
            colours += picture.areaDownsampled(factor: Self.colourFactor).value.values
        }
        codes = Tensor(kept.flatMap(\.code.values), shape: [count, space.statistics.mean.count])
        self.embeddings = Tensor(embeddings, shape: [count, embeddings.count / max(1, count)])
        self.colours = Tensor(colours, shape: [count, colours.count / max(1, count)])
        degrees = kept.map(\.degrees)
    }

    /// Draws latents, [1, 512], and keeps `count` of them whose degrees of one attribute are as even as can be had; with the
    /// predictor's degrees of all five. The parameters are as those of `init`.
    static func drawn(
        _ count: Int,
        candidates: Int,
        head: Int,
        seed: UInt64,
        space: LatentSpace,
        generator: any StyleGenerator,
        truncations: ClosedRange<Float>,
        predictor: AttributePredictor,
        progress: (Double) throws -> Void
    ) rethrows -> [(code: Tensor, degrees: [Int])] {
        var random = SeededGenerator(seed: seed)
        let total = count * candidates
        var drawn: [(code: Tensor, degrees: [Int])] = []
        for index in 0..<total {
            try progress(Double(index) / Double(total))
            let truncation = Float.random(in: truncations, using: &random)
            let code = space.drawn(truncation: truncation, generator: &random)
            let logits = predictor.logits(generator.synthesize(code, resolution: 128)).value.values
            drawn.append((code.value, AttributePredictor.likeliestDegrees(logits)))
        }
        return even(drawn.map { $0.degrees[head] }, count).map { drawn[$0] }
    }

    /// Places of `count` of the degrees, of each degree as many as of any other as far as there are.
    static func even(_ degrees: [Int], _ count: Int) -> [Int] {
        rarestFirst(degrees).prefix(count).sorted()
    }

    /// All places: the first of each degree, then the second of each, and so on.
    static func rarestFirst(_ degrees: [Int]) -> [Int] {
        var seen: [Int: Int] = [:]
        let ranked = degrees.enumerated().map { index, degree in
            seen[degree, default: 0] += 1
            return (rank: seen[degree, default: 0], degree: degree, index: index)
        }
        return ranked.sorted { ($0.rank, $0.degree) < ($1.rank, $1.degree) }.map(\.index)
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
