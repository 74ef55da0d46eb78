import ControlAPI
import Foundation
import SemanticCoding

/// The picture of a photo's code is less like the photo than was asked for.
struct TooUnlike: Error, CustomStringConvertible {
    let description: String

    /// Throws where the likeness is less than `least`, or unknown.
    static func check(_ likeness: Likeness?, least: Double?) throws(TooUnlike) {
        guard let least, (likeness?.cosine ?? -1) < least else { return }
        let found = likeness.map { "\($0.verdict.rawValue) (\(String(format: "%.2f", $0.cosine)))" } ?? "unknown"
        throw TooUnlike(
            description: "the picture's likeness is \(found), less than \(least) that was asked for, and was not sent: "
                + "use a photo in which the face is seen from the front, or ask for less"
        )
    }
}

extension TransferRecord.Likeness {
    /// As the record shows it.
    init(_ likeness: Likeness) {
        self.init(
            lpips: likeness.lpips,
            cosine: likeness.cosine,
            verdict: likeness.verdict.rawValue,
            isPoor: likeness.verdict == .poor
        )
    }
}
