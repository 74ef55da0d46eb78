import Foundation
import Networks
import Tensor

/// The last steps of an edit: they bring back the face that it took away and what it does not concern, and hold the degree.
///
/// A field moves more than its attribute: with glasses comes other hair. What is wanted is the edited picture inside the
/// attribute's region (`EditRegion`) and the one before outside. Adam goes down, through the student, LPIPS to that, what SFace no
/// longer sees of the face, the changes of the other attributes, and how far the degree is. Of the degree alone the
/// predictor could be talked into glasses that nobody sees.
package struct EditRefinement: Sendable {
    /// SFace cosine of the pictures before and after an edit below which it is hardly the same person: well above where SFace no
    /// longer takes two pictures for one (`Likeness.samePerson`).
    static let leastLikeness = 0.45
    /// Adam's rate, in deviations of codes.
    private static let rate: Float = 0.08
    /// The same along the axes of differences, in units of those.
    private static let rateAlong: Float = 0.2
    /// Of LPIPS to what is wanted; less where the attribute is all over the face, and all of the edited picture is.
    private static let lpipsWeight: Float = 3.3
    private static let wholeWeight: Float = 1
    /// Of 1 − cosine of the SFace embeddings.
    private static let identityWeight: Float = 1
    /// Of the squared distance from the degree, and of the squared changes of the other attributes' mean degrees.
    private static let attributeWeight: Float = 0.15
    private static let othersWeight: Float = 0.1

    private let space: LatentSpace
    private let student: any StyleGenerator
    private let lpips: LPIPS
    private let identity: IdentityNet
    private let predictor: AttributePredictor
    /// How many steps it takes.
    let steps: Int
    private let precision: ProductPrecision
    /// What steps go along, [r, k], in units of one; each number of the code by itself when nil.
    private let axes: Tensor?

    /// - Parameters:
    ///   - student: draws the space's codes at 128 pixels.
    ///   - lpips: the VGG16 variant.
    ///   - differences: how edits change codes: steps stay within, so that what is refined can be sent as a difference too.
    /// - Returns: nil where the settings ask for none.
    package init?(
        space: LatentSpace,
        student: any StyleGenerator,
        lpips: LPIPS,
        identity: IdentityNet,
        predictor: AttributePredictor,
        differences: CodeDifferences? = nil,
        settings: SemanticSettings
    ) {
        guard settings.editRefinementSteps > 0 else { return nil }
        (self.space, self.student, self.lpips, self.identity) = (space, student, lpips, identity)
        self.predictor = predictor
        (steps, precision) = (settings.editRefinementSteps, settings.precision)
        axes = differences?.axes
    }

    /// SFace's embedding of a code's picture.
    func face(of code: [Float]) -> [Float] {
        identity.embedding(aligned: drawn(Variable(Tensor(code, shape: [1, code.count]))), precision: precision)
            .value.values
    }

    private func drawn(_ code: Variable) -> Variable {
        student.synthesize(code, resolution: AttributePredictor.edge, precision: precision)
    }

    /// An edited code that shows the degree and changes less.
    ///
    /// - Parameters:
    ///   - before: the code that was edited.
    ///   - head: of the predictor.
    ///   - count: how many of its numbers may change, the first ones.
    func refine(
        _ edited: [Float],
        from before: [Float],
        head: Int,
        degree: Int,
        count: Int,
        progress: (StageProgress) throws -> Void
    ) throws -> [Float] {
        let edge = AttributePredictor.edge
        let original = drawn(Variable(Tensor(before, shape: [1, before.count]))).detached
        var wanted = drawn(Variable(Tensor(edited, shape: [1, edited.count]))).detached
        var lpipsWeight = Self.wholeWeight
        if let region = EditRegion(attribute: AttributePredictor.attributes[head]) {
            let outside = Variable(region.outside(edge: edge))
            wanted = (original * outside + wanted * (outside * -1 + 1)).detached
            lpipsWeight = Self.lpipsWeight
        }
        let features = lpips.features(of: wanted, precision: precision)
        let face = identity.embedding(aligned: original, precision: precision).normalized().detached
        let means = AttributePredictor.meanDegrees(predictor.logits(original)).detached
        let isOther = AttributePredictor.attributes.indices.map { $0 == head ? Float(0) : 1 }
        let others = Variable(Tensor(isOther, shape: [isOther.count, 1]))

        let start = Variable(Tensor(Array(edited.prefix(count)), shape: [1, count]))
        let rest = Array(edited.dropFirst(count))
        let tail = Variable(Tensor(rest, shape: [1, rest.count]))
        let deviations = Variable(
            Tensor(space.statistics.variances.prefix(count).map { $0.squareRoot() }, shape: [1, count])
        )
        // The way that the edit went is not gone back, since the student does not see all of it.
        let way = zip(zip(edited, before), deviations.value.values).map { ($0.0 - $0.1) / max($1, 1e-12) }
        let length = max(way.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
        let unit = Variable(Tensor(way.map { $0 / length }, shape: [1, count]))
        // Short codes are not sent as differences.
        let axes = axes.flatMap { $0.shape[1] == count ? $0 : nil }
        let offset = Variable(Tensor(zeros: [1, axes?.shape[0] ?? count]), requiresGradient: true)
        func moved() -> Variable {
            let own = axes.map { offset.matmul(Variable($0)) / deviations } ?? offset
            return start + (own - unit * (own * unit).sum()) * deviations
        }
        let adam = Adam(parameters: [offset], learningRate: axes == nil ? Self.rate : Self.rateAlong)
        for step in 0..<steps {
            offset.zeroGradient()
            let moved = moved()
            let picture = drawn(rest.isEmpty ? moved : moved.concatenated(tail, axis: 1))
            let positions = predictor.positions(picture)
            let logits = predictor.logits(ofPositions: positions)
            let cosine = (identity.embedding(aligned: picture, precision: precision).normalized() * face).sum()
            var loss = (cosine * -1 + 1) * Self.identityWeight
            let distance = lpips.distance(picture, toFeatures: features, precision: precision).mean()
            loss = loss + distance * lpipsWeight + (picture - wanted).squared().mean()
            let changes = (AttributePredictor.meanDegrees(logits) - means) * others
            loss = loss + changes.squared().sum() * Self.othersWeight
            loss = loss + AttributePredictor.miss(positions, head: head, degree: degree) * Self.attributeWeight
            loss.backward()
            try progress(
                StageProgress(
                    fraction: Double(step) / Double(steps),
                    note: "refining \(step) of \(steps), SFace \(String(format: "%.2f", cosine.scalar))"
                )
            )
            adam.step()
        }
        return moved().value.values + rest
    }
}
