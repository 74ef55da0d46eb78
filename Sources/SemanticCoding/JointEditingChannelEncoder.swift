import Imaging
import Networks
import Tensor

/// What an edit came to.
public struct EditedCode: Codable, Sendable, Equatable {
    /// What the code is one of.
    public var kind: LatentKind
    /// The edited code: 512 values, or more.
    public var code: [Float]
    /// Which attribute was edited.
    public var attribute: String
    /// The predictor's degree before the edit, 0 to 5.
    public var degreeBefore: Int
    /// ĉ of the paper's eq. 10.
    public var degreeExpected: Int
    /// The predictor's degree of the edited picture.
    public var degreeAfter: Int
    /// Steps of eq. 11, halved tries included, until the kept code.
    public var steps: Int
}

/// Why an edit cannot be made.
public enum EditError: Error, CustomStringConvertible {
    /// No codec has been trained for the attribute.
    case noCodec(attribute: String, trained: [String])

    public var description: String {
        switch self {
        case .noCodec(let attribute, let trained):
            "no codec for \(attribute) is installed (there is one for: \(trained.joined(separator: ", "))): "
                + "train it with `modelctl train jecc --attribute \(attribute)`"
        }
    }
}

/// JECC: edits and channel-codes in one step. Iterative attribute matching walks along the attribute's field until
/// the predictor sees the expected degree (eq. 10–11); what leaves is the code that goes on the air.
public struct JointEditingChannelEncoder: Sendable {
    /// Steps that move the predictor's mean degree no further after which matching gives up.
    static let patience = 6
    /// How far the mean degree must move for that: each step costs likeness.
    static let leastGain = 0.1

    let space: LatentSpace
    let predictor: AttributePredictor
    let fields: [String: EditingField]
    let settings: SemanticSettings

    public init(
        space: LatentSpace,
        predictor: AttributePredictor,
        fields: [String: EditingField],
        settings: SemanticSettings
    ) {
        self.space = space
        self.predictor = predictor
        self.fields = fields
        self.settings = settings
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

    /// Edits the code as the request says.
    ///
    /// Each step adds d·f(w), until the expected degree is the likeliest. A step that goes past it is taken back and halved,
    /// up to three times, so that the edit lands on the degree instead of beyond it: some degrees are hardly ever the
    /// likeliest. Where the degree cannot be reached, the nearest one that was is kept, at the first code that had it. No
    /// step makes the code more unusual than the photo's was (or than faces are on average).
    ///
    /// - Parameter symbols: how many of the code's numbers will be sent; the others stay as they are.
    public func edit(
        code: [Float],
        request: EditRequest,
        symbols: Int? = nil,
        progress: (StageProgress) throws -> Void = { _ in }
    ) throws -> EditedCode {
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
        // The field knows the usual numbers; finer ones stay as they are.
        let fine = code.dropFirst(space.usualLength)
        let loudness = max(squaredDeviation(code), Float(space.usualLength))
        let direction: Float = expected > before.degree ? 1 : -1
        var (code, reached, steps, stalled) = (Array(code.prefix(space.usualLength)), before.degree, 0, 0)
        var furthest = 0.0
        var length: Float = 1
        while result.degreeAfter != expected, steps < settings.editSteps, stalled < Self.patience {
            try progress(
                StageProgress(
                    fraction: Double(steps) / Double(settings.editSteps),
                    note: "\(attribute) \(reached), wanted \(expected)"
                )
            )
            let w = Variable(Tensor(code, shape: [1, code.count]))
            let all = (w + field(w) * (direction * length)).value.values
            let sent = min(symbols ?? all.count, all.count)
            let moved = limited(Array(all.prefix(sent) + code.suffix(all.count - sent)), to: loudness)
            let now = look(at: moved + fine, head: head)
            steps += 1
            let isPast = (now.degree - expected) * Int(direction) > 0
            if isPast, length > 0.2 {
                length /= 2
                continue
            }
            (code, reached) = (moved, now.degree)
            let (distance, best) = (abs(reached - expected), abs(result.degreeAfter - expected))
            // Of one degree too far and no change at all, which are as near, people asked for a change.
            if distance < best || (distance == best && result.steps == 0 && reached != before.degree) {
                (result.code, result.degreeAfter, result.steps) = (code + fine, reached, steps)
            }
            if isPast { break }
            let way = (now.mean - before.mean) * Double(direction)
            let isMoving = way > furthest + Self.leastGain
            (furthest, stalled) = isMoving ? (way, 0) : (furthest, stalled + 1)
        }
        return result
    }

    /// Σ ((c − c̄)/σ)²: how unusual a face is that the code stands for.
    private func squaredDeviation(_ code: [Float]) -> Float {
        let statistics = space.statistics
        return zip(zip(code, statistics.mean), statistics.variances).reduce(0) { sum, next in
            let ((value, mean), variance) = next
            return sum + (value - mean) * (value - mean) / variance
        }
    }

    /// The code, drawn towards the mean where it has become more unusual than the photo's and than faces are on average: a
    /// field that is followed for many steps otherwise leaves the faces behind.
    private func limited(_ code: [Float], to loudness: Float) -> [Float] {
        let scale = (loudness / squaredDeviation(code)).squareRoot()
        guard scale < 1 else { return code }
        return zip(code, space.statistics.mean).map { $1 + ($0 - $1) * scale }
    }

    private func look(at code: [Float], head: Int) -> Sight {
        let w = Variable(Tensor(code, shape: [1, code.count]))
        let logits = predictor.logits(space.generator.synthesize(w, resolution: 128)).value.values
        return Sight(
            degree: AttributePredictor.likeliestDegrees(logits)[head],
            mean: AttributePredictor.meanDegrees(logits)[head]
        )
    }
}

/// What the predictor sees of one attribute.
private struct Sight {
    /// The likeliest degree.
    let degree: Int
    let mean: Double
}
