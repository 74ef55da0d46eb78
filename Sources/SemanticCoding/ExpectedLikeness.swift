import Glibc
import Networks

/// How like the photo a received picture probably is.
public struct ExpectedLikeness: Codable, Sendable, Equatable {
    /// The shipped least probability with which a picture is delivered unmarked: on train faces in Rayleigh fading with a mean
    /// of 6 dB it leaves somebody else unmarked in 1.7 % of transfers (docs/results/snr.md).
    public static let leastSamePerson = 0.9

    /// Mean LPIPS (VGG16) against the photo.
    public let lpips: Double
    /// Probability that SFace takes it for the same person (`Likeness.samePerson`), 0 to 1.
    public let samePerson: Double

    /// What is expected.
    public init(lpips: Double, samePerson: Double) {
        (self.lpips, self.samePerson) = (lpips, samePerson)
    }
}

/// Tells the likeness of a picture from how much of its code the channel has probably taken.
///
/// Both expectations are polynomials of x = ln(share of the code's harm that is left), one pair for each mode: that of LPIPS,
/// and that of the logit of the probability. `LikenessTrainer` fits them.
package struct LikenessModel: Sendable {
    /// How many coefficients a polynomial has, the constant first.
    package static let degree = 3
    /// Of LPIPS and of the logit, [3 modes, 3].
    private let lpips, logit: [[Double]]

    /// Reads `lpips` and `same_person`, both [3, 3], a row for each mode in the order of `SemanticMode.allCases`.
    ///
    /// - Throws: `SafetensorsError` when one is missing or misshapen.
    package init(file: SafetensorsFile) throws(SafetensorsError) {
        let (modes, count) = (SemanticMode.allCases.count, Self.degree)
        func rows(_ name: String) throws(SafetensorsError) -> [[Double]] {
            let tensor = try file.tensor(name)
            guard tensor.shape == [modes, count] else {
                throw .shapeMismatch(name: name, expected: [modes, count], found: tensor.shape)
            }
            let values = tensor.values.map { Double($0) }
            return (0..<modes).map { row in Array(values[row * count..<(row + 1) * count]) }
        }
        (lpips, logit) = (try rows("lpips"), try rows("same_person"))
    }

    /// - Parameter error: expected harm of the code's errors, as a share of that of a code of which nothing arrived.
    package func likeness(error: Double, mode: SemanticMode) -> ExpectedLikeness {
        let row = SemanticMode.allCases.firstIndex(of: mode) ?? 0
        let terms = Self.terms(error)
        func value(_ row: [Double]) -> Double { zip(row, terms).reduce(0) { $0 + $1.0 * $1.1 } }
        return ExpectedLikeness(
            lpips: min(1, max(0, value(lpips[row]))),
            samePerson: 1 / (1 + exp(-value(logit[row])))
        )
    }

    /// 1, x, x².
    package static func terms(_ error: Double) -> [Double] {
        let x = log(min(1, max(1e-4, error)))
        return [1, x, x * x]
    }
}

/// How much of a code the channel takes, before the photo is known.
enum ExpectedError {
    /// The expected harm of each number's error in an LMMSE estimate.
    ///
    /// Erased values are equations that are missing about all numbers, since each axis is spread over all values by an
    /// orthogonal matrix. How much noise τ each number then has by itself is the fixed point of state evolution for such
    /// matrices (Ma and Ping, "Orthogonal AMP", IEEE Access 5, 2017): v is what is not known of a number beforehand.
    ///
    /// - Parameters:
    ///   - variances: λ of each number, in units of the harm that its errors do.
    ///   - powers: of each number on the air, in the same order.
    ///   - received: share of the values that arrived, 0 to 1.
    ///   - noiseVariance: of each of those, at the powers' scale.
    static func left(variances: [Float], powers: [Float], received: Double, noiseVariance: Double) -> [Float] {
        guard received > 0, noiseVariance.isFinite else { return variances }
        var noise = noiseVariance
        var unknown = powers.reduce(0) { $0 + Double($1) } / Double(max(1, powers.count))
        for _ in 0..<(received < 1 ? 200 : 0) {
            let known = received * unknown / (unknown + noiseVariance)
            noise = unknown * (1 - known) / known
            var left = 0.0
            for power in powers where power > 0 { left += Double(power) * noise / (Double(power) + noise) }
            left /= Double(max(1, powers.count))
            guard left > 0, left < noise else { break }
            unknown = left * noise / (noise - left)
        }
        return zip(variances, powers).map { variance, power in
            Float(Double(variance) * (noise > 0 ? noise / (Double(power) + noise) : (power > 0 ? 0 : 1)))
        }
    }
}
