import Networks
import Tensor

/// Latents with what the frozen networks say of their pictures: the editing trainer's data set. Labels are free, and of
/// latents drawn from the generator's own prior there is no end.
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

    /// Looks at the 128-pixel pictures of codes, and keeps `count` whose degrees of one attribute are as even as can be had.
    ///
    /// - Parameters:
    ///   - codes: [1, 512] each.
    ///   - head: the predictor's, of that attribute.
    ///   - generator: of the codes.
    init(
        count: Int,
        among codes: [Tensor],
        head: Int,
        generator: any StyleGenerator,
        predictor: AttributePredictor,
        identity: IdentityNet,
        progress: (Double) throws -> Void
    ) rethrows {
        let kept = try Self.faces(count, among: codes, head: head, generator: generator, predictor: predictor) {
            try progress(0.8 * $0)
        }
        var embeddings: [Float] = []
        var colours: [Float] = []
        for (index, latent) in kept.enumerated() {
            try progress(0.8 + 0.2 * Double(index) / Double(kept.count))
            let picture = generator.synthesize(Variable(latent.code), resolution: 128)
            embeddings += identity.embedding(aligned: picture).value.values
            colours += picture.areaDownsampled(factor: Self.colourFactor).value.values
        }
        self.codes = Tensor(kept.flatMap(\.code.values), shape: [kept.count, kept.first?.code.count ?? 0])
        self.embeddings = Tensor(embeddings, shape: [kept.count, embeddings.count / max(1, kept.count)])
        self.colours = Tensor(colours, shape: [kept.count, colours.count / max(1, kept.count)])
        degrees = kept.map(\.degrees)
    }

    /// Codes drawn from the space's prior, [1, 512] each.
    ///
    /// - Parameter truncations: how far from the mean; codes of photos lie further out than drawn ones of W.
    static func samples(_ count: Int, space: LatentSpace, truncations: ClosedRange<Float>, seed: UInt64) -> [Tensor] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let truncation = Float.random(in: truncations, using: &random)
            return space.sample(truncation: truncation, using: &random).value
        }
    }

    /// Keeps `count` of the codes whose degrees of one attribute are as even as can be had; with the predictor's degrees of all
    /// five. The parameters are as those of `init`.
    static func faces(
        _ count: Int,
        among codes: [Tensor],
        head: Int,
        generator: any StyleGenerator,
        predictor: AttributePredictor,
        progress: (Double) throws -> Void
    ) rethrows -> [(code: Tensor, degrees: [Int])] {
        let degrees = try codes.enumerated().map { index, code in
            try progress(Double(index) / Double(codes.count))
            let logits = predictor.logits(generator.synthesize(Variable(code), resolution: 128)).value.values
            return AttributePredictor.likeliestDegrees(logits)
        }
        return even(degrees.map { $0[head] }, count).map { (codes[$0], degrees[$0]) }
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
