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
    /// What was edited before that, where a sentence asked for several edits, in order; nil for nothing.
    public var earlier: [AttributeEdit]?
    /// Whether it began at a code that had been edited before; nil where it began at the photo's.
    public var follows: Bool?
    /// The code to send instead, when one was matched to the channel.
    public var matched: MatchedCode?
    /// Whether the code to send is the one before it, as it was sent, and the edits alone: then it can be sent as a difference.
    public var isContinued: Bool?
    /// What the receiver has of it, but for noise, where that is not the whole of it.
    public var sent: [Float]?

    package init(
        kind: LatentKind,
        code: [Float],
        attribute: String,
        degreeBefore: Int,
        degreeExpected: Int,
        degreeAfter: Int,
        steps: Int
    ) {
        (self.kind, self.code, self.attribute, self.steps) = (kind, code, attribute, steps)
        (self.degreeBefore, self.degreeExpected, self.degreeAfter) = (degreeBefore, degreeExpected, degreeAfter)
    }

    /// A code as it is.
    package init(unedited code: [Float], kind: LatentKind) {
        self.init(kind: kind, code: code, attribute: "", degreeBefore: 0, degreeExpected: 0, degreeAfter: 0, steps: 0)
    }

    /// What the receiver has of it, but for noise.
    var received: [Float] { sent ?? target }

    /// The code to send.
    var target: [Float] { matched?.code ?? code }

    /// What the received picture is to show; nil where nothing was edited.
    var expectedEdit: ExpectedEdit? {
        edits.last.map { ExpectedEdit(attribute: $0.attribute, degree: $0.degreeAfter) }
    }

    /// The degrees that its edits came to, by the predictor's heads: what matching is to keep.
    package var degreesByHead: [(head: Int, degree: Int)] {
        edits.compactMap { edit in
            AttributePredictor.attributes.firstIndex(of: edit.attribute).map { ($0, edit.degreeAfter) }
        }
    }

    /// What was edited, in order.
    public var edits: [AttributeEdit] {
        guard !attribute.isEmpty else { return earlier ?? [] }
        return (earlier ?? []) + [
            AttributeEdit(
                attribute: attribute,
                degreeBefore: degreeBefore,
                degreeExpected: degreeExpected,
                degreeAfter: degreeAfter,
                steps: steps
            )
        ]
    }

    /// Whether it was matched to the channel at this Es/N0 in dB; nil: not at all.
    func isMatched(to snr: Int?) -> Bool {
        guard let matched else { return snr == nil }
        return matched.snr == snr
    }
}

/// What one edit did, in degrees 0 to 5.
public struct AttributeEdit: Codable, Sendable, Equatable {
    /// Which attribute was edited.
    public var attribute: String
    /// As `EditedCode` has them.
    public var degreeBefore, degreeExpected, degreeAfter, steps: Int
}

/// A code whose *received* picture is best at an SNR.
public struct MatchedCode: Codable, Sendable, Equatable {
    /// As many values as the code that it was made of has.
    public var code: [Float]
    /// Es/N0 in dB that it was matched to.
    public var snr: Int

    /// A code and what it was matched to.
    public init(code: [Float], snr: Int) { (self.code, self.snr) = (code, snr) }
}

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
    /// Steps that move the predictor's mean degree no further after which matching gives up.
    static let patience = 6
    /// How far the mean degree must move for that: each step costs likeness.
    static let leastGain = 0.1
    /// How much longer the next step is after one that has not moved it so far.
    static let growth: Float = 1.5
    static let longest: Float = 3
    /// Shorter steps are not halved.
    static let shortest: Float = 0.2

    let space: LatentSpace
    let generator: any StyleGenerator
    let predictor: AttributePredictor
    let fields: [String: EditingField]
    let settings: SemanticSettings

    /// - Parameters:
    ///   - generator: draws the space's codes at 128 pixels, which is all that the predictor sees.
    ///   - fields: by attribute.
    package init(
        space: LatentSpace,
        generator: any StyleGenerator,
        predictor: AttributePredictor,
        fields: [String: EditingField],
        settings: SemanticSettings
    ) {
        (self.space, self.generator) = (space, generator)
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
    /// Each step adds d·f(w), until the predictor is sure enough of the expected degree, or no surer. A step that goes past it
    /// is taken back and halved, up to three times, so that the edit lands on the degree instead of beyond it; steps that move nothing grow.
    /// Of all codes on the way the best is kept (`Judgement.isBetter`): some degrees are hardly ever the likeliest. No step makes
    /// the code more unusual than the photo's was (or than faces are on average).
    ///
    /// - Parameter symbols: how many of the code's numbers will be sent; the others stay as they are.
    package func edit(
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
        guard before.degree != expected else { return result }
        // The field knows the usual numbers; finer ones stay as they are.
        let fine = code.dropFirst(space.dimension)
        let limit = max(squaredMahalanobisDistance(of: code), Float(space.dimension))
        let direction: Float = expected > before.degree ? 1 : -1
        var (code, kept, reached) = (Array(code.prefix(space.dimension)), before, before)
        var (steps, stalled, furthest): (Int, Int, Double) = (0, 0, 0)
        var length: Float = 1
        while steps < settings.editSteps, stalled < Self.patience {
            try progress(
                StageProgress(
                    fraction: Double(steps) / Double(settings.editSteps),
                    note: "\(attribute) \(reached.degree), wanted \(expected)"
                )
            )
            let w = Variable(Tensor(code, shape: [1, code.count]))
            let all = (w + field(w) * (direction * length)).value.values
            let sent = min(symbols ?? all.count, all.count)
            let moved = limited(Array(all.prefix(sent) + code.suffix(all.count - sent)), to: limit)
            let now = look(at: moved + fine, head: head)
            steps += 1
            let isBetter = now.isBetter(than: kept, before: before, expected: expected)
            if isBetter {
                (result.code, result.degreeAfter, result.steps) = (moved + fine, now.degree, steps)
                kept = now
            }
            if reached.degree == expected, !isBetter { break }
            if (now.degree - expected) * Int(direction) > 0 {
                guard length > Self.shortest else { break }
                length /= 2
                continue
            }
            (code, reached) = (moved, now)
            let way = (now.mean - before.mean) * Double(direction)
            let isMoving = way > furthest + Self.leastGain
            (furthest, stalled) = isMoving ? (way, 0) : (furthest, stalled + 1)
            if !isMoving { length = min(Self.longest, length * Self.growth) }
        }
        return result
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
        let logits = predictor.logits(generator.synthesize(w, resolution: AttributePredictor.edge)).value.values
        let degree = AttributePredictor.likeliestDegrees(logits)[head]
        return Judgement(
            degree: degree,
            probability: AttributePredictor.probabilities(logits, head: head)[degree],
            mean: AttributePredictor.meanDegrees(logits)[head]
        )
    }
}

/// What the predictor sees of one attribute.
struct Judgement {
    /// The likeliest degree.
    let degree: Int
    /// Its probability.
    let probability: Double
    let mean: Double

    /// How much surer, or nearer in mean degree, a code must be to be better than one of the same degree.
    static let clearly = (probability: 0.05, mean: 0.25)
    /// Surer than that is sure enough: further on, a closed mouth becomes a frown.
    static let sureEnough = 0.6

    /// Whether an edit had better end here than there: nearer to the expected degree, or as near and changed at all, as people
    /// asked. Of two changed codes of the same degree, the surer one, since noise on the channel easily turns a code that is
    /// hardly of its degree; of two that have the old degree, the one of clearly nearer mean degree.
    func isBetter(than other: Judgement, before: Judgement, expected: Int) -> Bool {
        let (distance, others) = (abs(degree - expected), abs(other.degree - expected))
        guard distance == others else { return distance < others }
        guard degree == other.degree else { return other.degree == before.degree }
        if degree != before.degree {
            return min(probability, Self.sureEnough) > other.probability + Self.clearly.probability
        }
        return abs(mean - Double(expected)) < abs(other.mean - Double(expected)) - Self.clearly.mean
    }
}
