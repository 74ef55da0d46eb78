import SemanticCoding
import SemanticTraining

/// What one face came to at one SNR.
package struct SNRScore: Codable, Sendable, Equatable {
    package let face: String
    /// How the code was made for the channel.
    package let mode: SNREvaluation.Mode
    /// Es/N0 of the channel in dB; nil for what is sent.
    package let snr: Double?
    /// Es/N0 in dB that the code was made for.
    package let designSNR: Int?
    /// Expected harm of the code's errors, as a share of that of a code of which nothing arrives, as the receiver sees it.
    package let expectedError: Double?
    /// What the receiver expects of its picture.
    package let expected: ExpectedLikeness?
    /// Es/N0 in dB as the receiver estimated it.
    package let estimatedSNR: Double?
    /// Transmissions that the receiver combined; nil for one.
    package let copies: Int?
    /// LPIPS (VGG16) of the picture and the photo, or what the transmitter made of it where it was edited; SFace cosine of the
    /// picture and the photo.
    package let lpips, cosine: Double
    /// LPIPS of the trunk AlexNet, which is in no loss.
    package let lpipsAlex: Double?
    /// Harm of the code's errors as it was, in the measure of `expectedError`, and the least that any code of as many reals
    /// could do at this SNR.
    package let error, leastError: Double?
    /// Degree of the edited attribute that was asked for, and that the receiver sees in its picture; nil without an edit.
    package let degreeExpected, degreeReceived: Int?
    /// The same of the received picture and that of the code as sent.
    package let lpipsToSent, cosineToSent: Double

    /// What was sent and how it arrived.
    struct Conditions {
        let face: String
        let mode: SNREvaluation.Mode
        var snr: Double?
        var designSNR: Int?
        var expectedError: Double?
        var expected: ExpectedLikeness?
        var estimatedSNR: Double?
        var copies: Int?
        var error, leastError: Double?
        var degreeExpected, degreeReceived: Int?
    }

    init(
        _ sent: Conditions,
        lpips: Double,
        cosine: Double,
        lpipsAlex: Double,
        toSent: (lpips: Double, cosine: Double)
    ) {
        (face, mode, snr, designSNR) = (sent.face, sent.mode, sent.snr, sent.designSNR)
        (expectedError, expected, estimatedSNR) = (sent.expectedError, sent.expected, sent.estimatedSNR)
        (copies, error, leastError) = (sent.copies, sent.error, sent.leastError)
        (degreeExpected, degreeReceived) = (sent.degreeExpected, sent.degreeReceived)
        (self.lpips, self.cosine, self.lpipsAlex) = (lpips, cosine, lpipsAlex)
        (lpipsToSent, cosineToSent) = toSent
    }
}

extension SNRScore {
    /// Whether SFace takes the received picture for the same person.
    package var isSamePerson: Bool { cosine > Likeness.samePerson }

    /// Whether a receiver with the shipped `least_likeness` would mark it.
    var isDoubted: Bool { (expected?.samePerson ?? 1) < ExpectedLikeness.leastSamePerson }
}

/// Scores at many SNRs, face by face.
package typealias SNRRecord = EvaluationRecord<SNRConditions, [SNRScore]>

extension SNRScore {
    /// What `LikenessTrainer` learns from it; nil of what was not received.
    package var example: LikenessTrainer.Example? {
        expectedError.map {
            .init(mode: mode == .full ? .full : .linear, error: $0, lpips: lpips, isSamePerson: isSamePerson)
        }
    }
}

/// How well receivers know what they do not know.
package struct Calibration: Encodable, Sendable {
    let pictures: Int
    /// Expected calibration error of the same-person probability.
    let calibrationError: Double
    /// Mean absolute error of the expected LPIPS.
    let lpipsError: Double

    /// Nil where nothing was expected.
    package init?(of scores: [SNRScore]) {
        let known = scores.compactMap { score in score.expected.map { (score: score, expected: $0) } }
        let forecasts = known.map { (probability: $0.expected.samePerson, isTrue: $0.score.isSamePerson) }
        guard let error = Evaluation.calibrationError(of: forecasts) else { return nil }
        pictures = known.count
        calibrationError = error
        lpipsError = known.reduce(0) { $0 + abs($1.expected.lpips - $1.score.lpips) } / Double(known.count)
    }
}

/// What all faces came to at one SNR.
package struct SNRSummary: Encodable, Sendable {
    package let mode: SNREvaluation.Mode
    package let snr: Double?
    package let pictures: Int
    /// Medians.
    package let lpips, cosine, lpipsToSent, cosineToSent: Double
    package let lpipsAlex: Double?
    /// Means of the code's error and of the least possible one.
    package let error, leastError: Double?
    /// Of edited faces, the share that arrives with the very degree that was asked for, and within one of it.
    package let edited, editedWithinOne: Double?
    /// Root mean square of the estimated SNR's error in dB.
    package let snrError: Double?
    /// Share of cosines above `Likeness.samePerson`, and the mean of the probabilities of that.
    package let same: Double
    package let expectedSame: Double?
    /// Share of pictures that a receiver as shipped would not doubt and that show somebody else.
    package let unmarkedOthers: Double?
    /// Mean number of transmissions that were combined.
    package let copies: Double

    /// One for each mode and SNR, in the order in which they occur.
    package static func all(of scores: [SNRScore]) -> [SNRSummary] {
        scores.grouped { $0.mode == $1.mode && $0.snr == $1.snr }.map { first, scores in
            let expected = scores.compactMap(\.expected?.samePerson)
            let alex = scores.compactMap(\.lpipsAlex)
            let errors = scores.compactMap { score in
                score.estimatedSNR.flatMap { estimate in score.snr.map { (estimate - $0) * (estimate - $0) } }
            }
            let harms = scores.compactMap(\.error)
            let least = scores.compactMap(\.leastError)
            let misses = scores.compactMap { score in
                score.degreeExpected.flatMap { wanted in score.degreeReceived.map { abs($0 - wanted) } }
            }
            func mean(_ values: [Double]) -> Double? {
                values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
            }
            func median(_ value: (SNRScore) -> Double) -> Double { InversionScore.Spread(scores.map(value)).median }
            return SNRSummary(
                mode: first.mode,
                snr: first.snr,
                pictures: scores.count,
                lpips: median(\.lpips),
                cosine: median(\.cosine),
                lpipsToSent: median(\.lpipsToSent),
                cosineToSent: median(\.cosineToSent),
                lpipsAlex: alex.isEmpty ? nil : InversionScore.Spread(alex).median,
                error: mean(harms),
                leastError: mean(least),
                edited: mean(misses.map { $0 == 0 ? 1 : 0 }),
                editedWithinOne: mean(misses.map { $0 <= 1 ? 1 : 0 }),
                snrError: errors.isEmpty ? nil : (errors.reduce(0, +) / Double(errors.count)).squareRoot(),
                same: Double(scores.count { $0.isSamePerson }) / Double(max(1, scores.count)),
                expectedSame: mean(expected),
                unmarkedOthers: expected.isEmpty
                    ? nil
                    : Double(scores.count { !$0.isSamePerson && !$0.isDoubted }) / Double(scores.count),
                copies: Double(scores.reduce(0) { $0 + ($1.copies ?? 1) }) / Double(max(1, scores.count))
            )
        }
    }
}
