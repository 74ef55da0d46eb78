import Networks
import Tensor

/// Why an edit cannot be made.
package enum EditError: Error, CustomStringConvertible {
    /// No codec has been trained for the attribute.
    case noCodec(attribute: String, trained: [String])

    package var description: String {
        switch self {
        case .noCodec(let attribute, let trained):
            "no codec for \(attribute) is installed (there is one for: \(trained.joined(separator: ", "))): "
                + "train it with `modelctl train jecc --attribute \(attribute)`"
        }
    }
}

/// JECC: edits and channel-codes in one step. Iterative attribute matching walks along the attribute's field until
/// the predictor sees the expected degree (eq. 10–11); what leaves is the code that goes on the air.
package struct JointEditingChannelEncoder: Sendable {
    /// Steps that move the face hardly any further along the attribute's scale, after which matching gives up.
    static let patience = 4
    /// How far, in degrees, a step must move it for that.
    static let leastGain = 0.1
    /// How near to the middle of a degree is near enough: noise on the channel easily turns a code that is hardly of its degree.
    static let nearEnough = 0.15
    /// How much longer the next step is after one that has moved it hardly at all.
    static let growth: Float = 1.5
    /// Lengths of steps along the field.
    static let lengths: ClosedRange<Float> = 0.1...3
    /// The walk's share of an edit's time.
    private static let walkShare = 0.6
    /// Shares of an edit that are tried where the whole of it takes the person away.
    private static let retreats: [Float] = [0.85, 0.7, 0.55, 0.4, 0.25, 0.1]

    let space: LatentSpace
    let generator: any StyleGenerator
    let predictor: AttributePredictor
    let fields: [String: EditingField]
    let settings: SemanticSettings
    private let refinement: EditRefinement?

    /// - Parameters:
    ///   - generator: draws the space's codes at 128 pixels, which is all that the predictor sees.
    ///   - fields: by attribute.
    ///   - refinement: what edits end with; nothing when nil.
    package init(
        space: LatentSpace,
        generator: any StyleGenerator,
        predictor: AttributePredictor,
        fields: [String: EditingField],
        settings: SemanticSettings,
        refinement: EditRefinement? = nil
    ) {
        (self.space, self.generator) = (space, generator)
        self.predictor = predictor
        self.fields = fields
        self.settings = settings
        self.refinement = refinement
    }

    /// What edits the request's attribute, and which of the predictor's heads judges it.
    ///
    /// - Throws: `EditError.noCodec` when nothing has been trained for it.
    func codec(for request: EditRequest) throws(EditError) -> (field: EditingField, head: Int) {
        let attribute = request.attribute.rawValue
        guard let field = fields[attribute], let head = AttributePredictor.attributes.firstIndex(of: attribute) else {
            throw .noCodec(attribute: attribute, trained: fields.keys.sorted())
        }
        return (field, head)
    }

    /// Edits the code as the request says: the walk along the attribute's field, then `EditRefinement`.
    ///
    /// What is hardly the same person any more goes back towards the code before until it is (`EditRefinement.leastLikeness`).
    ///
    /// - Parameter symbols: how many of the code's numbers will be sent; the others stay as they are.
    package func edit(
        code: [Float],
        request: EditRequest,
        symbols: Int? = nil,
        progress: (StageProgress) throws -> Void = { _ in }
    ) throws -> EditedCode {
        guard let refinement else {
            return try walk(code: code, request: request, symbols: symbols, progress: progress).result
        }
        let walked = try walk(code: code, request: request, symbols: symbols) {
            try progress(StageProgress(fraction: Self.walkShare * $0.fraction, note: $0.note))
        }
        var result = walked.result
        guard result.degreeBefore != result.degreeExpected else { return result }
        let (_, head) = try codec(for: request)
        let refined = try refinement.refine(
            result.code,
            from: code,
            head: head,
            degree: result.degreeExpected,
            count: min(symbols ?? space.dimension, space.dimension)
        ) {
            try progress(
                StageProgress(fraction: Self.walkShare + (1 - Self.walkShare) * $0.fraction, note: $0.note)
            )
        }
        let now = look(at: refined, head: head)
        let isNearer = now.off(result.degreeExpected) <= walked.seen.off(result.degreeExpected)
        let face = refinement.face(of: code)
        func isLost(_ edited: [Float]) -> Bool {
            Double(IdentityNet.cosine(refinement.face(of: edited), face)) < EditRefinement.leastLikeness
        }
        if isNearer || isLost(result.code) {
            (result.code, result.degreeAfter) = (refined, now.degree)
            result.steps += refinement.steps
        }
        let far = result.code
        for share in Self.retreats where isLost(result.code) {
            result.code = zip(code, far).map { $0 + share * ($1 - $0) }
            result.degreeAfter = look(at: result.code, head: head).degree
            result.isHeldBack = true
        }
        return result
    }

    /// Walks along the attribute's field, on and back, to the middle of the expected degree.
    ///
    /// Each step adds d·f(w), as much of it as would have led there at the pace of the last one. The walk ends when it is there, or
    /// hardly moves any more; of all codes on the way the nearest is kept. No step makes the code more unusual than the photo's was
    /// (or than faces are on average). Returned beside the result is what the predictor sees in it.
    private func walk(
        code: [Float],
        request: EditRequest,
        symbols: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> (result: EditedCode, seen: Judgement) {
        let attribute = request.attribute.rawValue
        let (field, head) = try codec(for: request)
        let before = look(at: code, head: head)
        let expected = request.expectedDegree(current: before.degree)
        var result = EditedCode(
            kind: space.kind,
            code: code,
            attribute: attribute,
            degreeBefore: before.degree,
            degreeExpected: expected,
            degreeAfter: before.degree,
            steps: 0
        )
        guard before.degree != expected else { return (result, before) }
        // The field knows the usual numbers; finer ones stay as they are.
        let fine = code.dropFirst(space.dimension)
        let limit = max(squaredMahalanobisDistance(of: code), Float(space.dimension))
        var (code, kept, reached) = (Array(code.prefix(space.dimension)), before, before)
        var (steps, stalled) = (0, 0)
        var length: Float = expected > before.degree ? 1 : -1
        while steps < settings.editSteps, stalled < Self.patience {
            try progress(
                StageProgress(
                    fraction: Double(steps) / Double(settings.editSteps),
                    note: "\(attribute) \(reached.degree), wanted \(expected)"
                )
            )
            let w = Variable(Tensor(code, shape: [1, code.count]))
            let all = (w + field(w) * length).value.values
            let sent = min(symbols ?? all.count, all.count)
            let moved = limited(Array(all.prefix(sent) + code.suffix(all.count - sent)), to: limit)
            let now = look(at: moved + fine, head: head)
            steps += 1
            if now.off(expected) < kept.off(expected) {
                (result.code, result.degreeAfter, result.steps) = (moved + fine, now.degree, steps)
                kept = now
            }
            if now.off(expected) <= Self.nearEnough { break }
            let gained = now.position - reached.position
            (code, reached) = (moved, now)
            let pace = Float(gained) / length
            if abs(gained) < Self.leastGain || pace <= 0 {
                stalled += 1
                length = (length < 0 ? -1 : 1) * min(Self.lengths.upperBound, abs(length) * Self.growth)
            } else {
                let left = Float(Double(expected) - now.position) / pace
                let size = min(Self.lengths.upperBound, max(Self.lengths.lowerBound, abs(left)))
                length = left < 0 ? -size : size
            }
        }
        return (result, kept)
    }

    /// The paper's ablation: one step of the field for each degree that is asked for, and nobody looks how far it goes.
    package func editUnmatched(code: [Float], request: EditRequest) throws -> EditedCode {
        let (field, head) = try codec(for: request)
        let before = look(at: code, head: head).degree
        let expected = request.expectedDegree(current: before)
        var moved = Array(code.prefix(space.dimension))
        for _ in 0..<abs(expected - before) {
            let w = Variable(Tensor(moved, shape: [1, moved.count]))
            moved = (w + field(w) * (expected > before ? 1 : -1)).value.values
        }
        let edited = moved + code.dropFirst(space.dimension)
        return EditedCode(
            kind: space.kind,
            code: edited,
            attribute: request.attribute.rawValue,
            degreeBefore: before,
            degreeExpected: expected,
            degreeAfter: look(at: edited, head: head).degree,
            steps: abs(expected - before)
        )
    }

    /// Σ ((c − c̄)/σ)²: the code's squared Mahalanobis distance from the mean, by the variances alone.
    private func squaredMahalanobisDistance(of code: [Float]) -> Float {
        let statistics = space.statistics
        return zip(zip(code, statistics.mean), statistics.variances).reduce(0) { sum, next in
            let ((value, mean), variance) = next
            return sum + (value - mean) * (value - mean) / variance
        }
    }

    /// The code, drawn towards the mean where it has become more unusual than the photo's and than faces are on average: a
    /// field that is followed for many steps otherwise leaves the faces behind.
    private func limited(_ code: [Float], to limit: Float) -> [Float] {
        let scale = (limit / squaredMahalanobisDistance(of: code)).squareRoot()
        guard scale < 1 else { return code }
        return zip(code, space.statistics.mean).map { $1 + ($0 - $1) * scale }
    }

    private func look(at code: [Float], head: Int) -> Judgement {
        let w = Variable(Tensor(code, shape: [1, code.count]))
        let positions = predictor.positions(generator.synthesize(w, resolution: AttributePredictor.edge))
        return Judgement(position: Double(positions.value.values[head]))
    }
}

/// What the predictor sees of one attribute.
struct Judgement {
    /// Where on the attribute's scale the face lies.
    let position: Double

    /// The likeliest degree.
    var degree: Int { AttributePredictor.degree(at: position) }

    /// How far from the middle of a degree; of the lowest and the highest, how far from where they are clear.
    func off(_ degree: Int) -> Double {
        switch degree {
        case ...0: max(0, position)
        case (AttributePredictor.degrees - 1)...: max(0, Double(degree) - position)
        default: abs(position - Double(degree))
        }
    }
}
