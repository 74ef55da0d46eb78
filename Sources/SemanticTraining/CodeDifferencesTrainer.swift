import Imaging
import Networks
import SemanticCoding
import Tensor

/// Finds the axes along which edits, or movements, change codes (`CodeDifferences`).
package struct CodeDifferencesTrainer {
    /// Of the differences' harm, at least so much lies along the axes that are kept.
    package static let keptShare = 0.995

    private let space: LatentSpace
    private let precoding: Precoding

    /// - Throws: `PrecodingError`.
    package init(space: LatentSpace) throws(PrecodingError) {
        self.space = space
        precoding = try Precoding(space)
    }

    /// The differences that edits of codes make; those that change nothing are left out.
    ///
    /// Each face is asked for one of each attribute's degrees and then, from there, for another one.
    ///
    /// - Parameters:
    ///   - codes: of photos.
    ///   - editor: of the space's codes.
    ///   - seed: of the degrees.
    ///   - progress: called after each face with its number; an error it throws ends the work.
    package func differences(
        of codes: [[Float]],
        by editor: JointEditingChannelEncoder,
        seed: UInt64,
        progress: (Int) throws -> Void
    ) throws -> [[Float]] {
        var found: [[Float]] = []
        for (number, code) in codes.enumerated() {
            var random = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
            for attribute in EditRequest.Attribute.allCases {
                var code = code
                for _ in 0..<2 {
                    let request = EditRequest(attribute: attribute, kind: .target(degree: random.index(6)))
                    let edited = try editor.edit(code: code, request: request)
                    if edited.steps > 0 { found.append(zip(edited.code, code).map { $0 - $1 }) }
                    code = edited.code
                }
            }
            try progress(number + 1)
        }
        return found
    }

    /// The differences between two photos of a person, both ways: how faces move, and what else is another in another photo.
    ///
    /// - Parameters:
    ///   - pairs: in the FFHQ frame.
    ///   - start: finds the first photo's code, and what changes to the second.
    ///   - progress: called after each pair with its number; an error it throws ends the work.
    package func movements(
        _ pairs: [(Picture, Picture)],
        by start: LearnedStart,
        progress: (Int) throws -> Void
    ) throws -> [[Float]] {
        var found: [[Float]] = []
        for (number, pair) in pairs.enumerated() {
            for (key, frame) in [pair, (pair.1, pair.0)] {
                let code = start.code(of: key, count: space.dimension).value.values
                found.append(FaceMotion(from: code, of: key, start: start).difference(to: frame))
            }
            try progress(number + 1)
        }
        return found
    }

    /// Writes `axes`, `analysis` [r, k] and `harms` [r] of differences.
    ///
    /// - Parameters:
    ///   - dimension: the most axes, and as many differences are needed.
    ///   - source: where the differences were found, in words.
    /// - Returns: r, and the share of the differences' harm that lies along them.
    /// - Throws: `FaceCodesError.tooFew`, `PrecodingError.singular`; as `SafetensorsWriter.write`.
    package func write(
        _ differences: [[Float]],
        dimension: Int = CodeDifferences.ofEdits,
        source: String = "edits of codes that were found in CelebA photos",
        seed: UInt64,
        to path: String
    ) throws -> (rank: Int, share: Double) {
        let count = space.dimension
        guard differences.count >= dimension else { throw FaceCodesError.tooFew(differences.count) }
        guard let axes = precoding.axes(dimension: count) else { throw PrecodingError.singular }
        let all = Tensor(differences.flatMap { $0.prefix(count) }, shape: [differences.count, count])
        let along = Variable(all).linear(weight: Variable(axes.forward))
        let turned = Variable(along.value.transposed)
        let moment = (turned.matmul(along) * (1 / Float(differences.count))).value
        guard let (lengths, basis) = moment.eigendecomposition else { throw PrecodingError.singular }
        let whole = lengths.reduce(0) { $0 + Double(max(0, $1)) }
        var (rank, kept) = (0, 0.0)
        while rank < dimension, kept < Self.keptShare * whole {
            kept += Double(lengths[count - 1 - rank])
            rank += 1
        }
        // The shortest first: columns E of the basis; U = back·E·√λ, and x = E·forward/√λ.
        let chosen = Variable(basis).slice(axis: 1, range: count - rank..<count).value.transposed
        let longest = lengths.suffix(rank)
        func scaled(_ factors: [Float]) -> Variable { Variable(chosen) * Variable(Tensor(factors, shape: [rank, 1])) }
        let roots = longest.map { $0.squareRoot() }
        let usual = axes.variances.reduce(0, +)
        let made = scaled(roots).linear(weight: Variable(axes.back)).value
        let analysis = scaled(roots.map { 1 / $0 }).matmul(Variable(axes.forward)).value
        try SafetensorsWriter.write(
            [
                (name: "axes", tensor: made, fp16: true), (name: "analysis", tensor: analysis, fp16: true),
                (name: "harms", tensor: Tensor(longest.map { $0 / usual }, shape: [rank]), fp16: false),
            ],
            metadata: [
                "code": LatentKind.expanded.rawValue, "seed": "\(seed)", "differences": "\(differences.count)",
                "licence": "Research use only: taken from \(source)",
            ],
            to: path
        )
        return (rank, kept / whole)
    }
}
