import Networks

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
    /// Steps of eq. 11, on and back, until the kept code, and those that refined it.
    public var steps: Int
    /// Whether it does not go as far as it could, since that would be hardly the same person.
    public var isHeldBack: Bool?
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
                steps: steps,
                isHeldBack: isHeldBack
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
    /// As `EditedCode` has it.
    public var isHeldBack: Bool?
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
