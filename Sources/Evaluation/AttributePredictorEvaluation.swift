import Networks
import SemanticCoding
import SemanticTraining
import Tensor

/// How well the predictor's degrees agree with binary labels on one head.
package struct HeadScore: Codable, Sendable {
    /// The predictor's attribute.
    package let attribute: String
    /// Share of faces on the right side of the split.
    package let accuracy: Double
    /// Mean of the two sides' shares.
    package let balancedAccuracy: Double
    /// The expected calibration error of the upper side's probability; 0 where no face has a label.
    package let calibrationError: Double
    /// How often each degree, 0 to 5, was said.
    package let degrees: [Int]
}

/// Scores the attribute predictor on a labelled split: a face is on the upper side when its most likely degree is.
package enum AttributePredictorEvaluation {
    package static func scores(
        predictor: AttributePredictor,
        data: FaceDataset,
        progress: (Int) -> Void = { _ in }
    ) -> [HeadScore] {
        var right = [[Double]](repeating: [0, 0], count: 5)
        var total = [[Double]](repeating: [0, 0], count: 5)
        var forecasts = [[(probability: Double, isTrue: Bool)]](repeating: [], count: 5)
        var said = [[Int]](repeating: [Int](repeating: 0, count: 6), count: 5)
        for row in 0..<data.count {
            progress(row)
            let logits = predictor.logits(Variable(data.images([row]))).value.values
            for (head, degree) in AttributePredictor.likeliestDegrees(logits).enumerated() {
                said[head][degree] += 1
                guard let truth = data.binaryTruth(head: head, row: row) else { continue }
                let side = truth.upper ? 1 : 0
                total[head][side] += 1
                let upper = AttributePredictor.probabilities(logits, head: head)[truth.firstUpper...].reduce(0, +)
                forecasts[head].append((upper, truth.upper))
                if (degree >= truth.firstUpper) == truth.upper { right[head][side] += 1 }
            }
        }
        return (0..<5).map { head in
            let sides = (0..<2).map { right[head][$0] / max(1, total[head][$0]) }
            return HeadScore(
                attribute: AttributePredictor.attributes[head],
                accuracy: (right[head][0] + right[head][1]) / max(1, total[head][0] + total[head][1]),
                balancedAccuracy: (sides[0] + sides[1]) / 2,
                calibrationError: calibrationError(of: forecasts[head]) ?? 0,
                degrees: said[head]
            )
        }
    }
}
