import Foundation
import Networks
import Tensor

/// One attribute's six ordered degrees, as `AttributePredictor` has them: where on the scale features lie, and how sure that is.
struct OrdinalHead: Sendable {
    /// As many numbers as there are features.
    var weights: [Float]
    var bias: Float
    /// β.
    var precision: Float

    func position(_ features: some Sequence<Float>) -> Float {
        zip(weights, features).reduce(bias) { $0 + $1.0 * $1.1 }
    }

    /// The probability of degree k or more.
    static func probability(ofAtLeast k: Int, position: Float, precision: Float) -> Double {
        let logits = (0..<AttributePredictor.degrees).map { degree in
            let off = Double(position) - Double(degree)
            return -Double(precision) / 2 * off * off
        }
        let highest = logits.max() ?? 0
        let weights = logits.map { exp($0 - highest) }
        return weights[k...].reduce(0, +) / weights.reduce(0, +)
    }

    /// The head that says the truth with the right confidence: with the precision, and moved along the scale by as much, that
    /// make the sides of the labels the likeliest.
    ///
    /// - Parameters:
    ///   - positions: of faces.
    ///   - isUpper: on which side of the labels each is.
    ///   - firstUpper: the lowest degree of the upper side.
    func calibrated(positions: [Float], isUpper: [Bool], firstUpper: Int) -> OrdinalHead {
        func loss(_ shift: Float, _ precision: Float) -> Double {
            zip(positions, isUpper).reduce(0) { sum, face in
                let upper = Self.probability(ofAtLeast: firstUpper, position: face.0 + shift, precision: precision)
                return sum - log(max(1e-6, face.1 ? upper : 1 - upper))
            }
        }
        var best = (shift: Float(0), precision: precision)
        var least = loss(best.shift, best.precision)
        var reach: (shift: Float, factor: Float) = (2, 3)
        for _ in 0..<7 {
            let middle = best
            for i in -3...3 {
                for j in -3...3 {
                    let tried = (
                        shift: middle.shift + reach.shift * Float(i) / 3,
                        precision: middle.precision * powf(reach.factor, Float(j) / 3)
                    )
                    let found = loss(tried.shift, tried.precision)
                    if found < least { (best, least) = (tried, found) }
                }
            }
            reach = (reach.shift * 0.4, powf(reach.factor, 0.4))
        }
        return OrdinalHead(weights: weights, bias: bias + best.shift, precision: best.precision)
    }
}
