import Networks
import SemanticCoding
import Tensor

/// Finds the axes along which edits change codes (`EditDifferences`).
package struct EditDifferencesTrainer {
    /// Of the differences' harm, at least so much lies along the axes that are kept.
    package static let keptShare = 0.995

    private let space: LatentSpace
    private let editor: JointEditingChannelEncoder
    private let precoding: Precoding

    /// - Parameter editor: of the space's codes.
    /// - Throws: `PrecodingError`.
    package init(space: LatentSpace, editor: JointEditingChannelEncoder) throws(PrecodingError) {
        (self.space, self.editor) = (space, editor)
        precoding = try Precoding(space)
    }

    /// The differences that edits of codes make; those that change nothing are left out.
    ///
    /// Each face is asked for one of each attribute's degrees and then, from there, for another one.
    ///
    /// - Parameters:
    ///   - codes: of photos.
    ///   - seed: of the degrees.
    ///   - progress: called after each face with its number; an error it throws ends the work.
    package func differences(
        of codes: [[Float]],
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

    /// Writes `axes`, `analysis` [r, k] and `harms` [r] of differences.
    ///
    /// - Returns: r, and the share of the differences' harm that lies along them.
    /// - Throws: `FaceCodesError.tooFew`, `PrecodingError.singular`; as `SafetensorsWriter.write`.
    package func write(_ differences: [[Float]], seed: UInt64, to path: String) throws -> (rank: Int, share: Double) {
        let count = space.dimension
        guard differences.count >= EditDifferences.dimension else { throw FaceCodesError.tooFew(differences.count) }
        guard let axes = precoding.axes(dimension: count) else { throw PrecodingError.singular }
        let all = Tensor(differences.flatMap { $0.prefix(count) }, shape: [differences.count, count])
        let along = Variable(all).linear(weight: Variable(axes.forward))
        let turned = Variable(along.value.transposed)
        let moment = (turned.matmul(along) * (1 / Float(differences.count))).value
        guard let (lengths, basis) = moment.eigendecomposition else { throw PrecodingError.singular }
        let whole = lengths.reduce(0) { $0 + Double(max(0, $1)) }
        var (rank, kept) = (0, 0.0)
        while rank < EditDifferences.dimension, kept < Self.keptShare * whole {
            kept += Double(lengths[count - 1 - rank])
            rank += 1
        }
        // The shortest first: columns E of the basis; U = back·E·√λ, and x = E·forward/√λ.
        let chosen = Variable(basis).slice(axis: 1, range: count - rank..<count).value.transposed
        let longest = lengths.suffix(rank)
        func scaled(_ factors: [Float]) -> Variable { Variable(chosen) * Variable(Tensor(factors, shape: [rank, 1])) }
        let roots = longest.map { $0.squareRoot() }
        let usual = axes.variances.reduce(0, +)
        try SafetensorsWriter.write(
            [
                (name: "axes", tensor: scaled(roots).linear(weight: Variable(axes.back)).value, fp16: true),
                (
                    name: "analysis", tensor: scaled(roots.map { 1 / $0 }).matmul(Variable(axes.forward)).value,
                    fp16: true
                ),
                (name: "harms", tensor: Tensor(longest.map { $0 / usual }, shape: [rank]), fp16: false),
            ],
            metadata: [
                "code": LatentKind.expanded.rawValue, "seed": "\(seed)", "differences": "\(differences.count)",
                "licence": "Research use only: taken from edits of codes that were found in CelebA photos",
            ],
            to: path
        )
        return (rank, kept / whole)
    }
}
