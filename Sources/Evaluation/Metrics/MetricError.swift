import Tensor

/// Why a metric cannot be had.
package enum MetricError: Error, Equatable, CustomStringConvertible {
    /// So many pictures have no covariance, or no pairs.
    case tooFewPictures(count: Int)
    /// Features of different lengths.
    case differentFeatures(Int, Int)
    /// A feature is infinite or not a number, or LAPACK does not come to an end with it.
    case notFinite
    /// Two pictures that should show the same.
    case differentSizes(width: Int, height: Int, otherWidth: Int, otherHeight: Int)
    /// A side is shorter than the window.
    case tooSmall(width: Int, height: Int, window: Int)

    /// For people: the cause and the next step.
    package var description: String {
        switch self {
        case .tooFewPictures(let count):
            "\(count) pictures in a set are too few: a distance of two sets needs two in each"
        case .differentFeatures(let one, let other):
            "features of \(one) and of \(other) numbers are of different trunks: take both sets' from one"
        case .notFinite: "a feature is infinite or not a number: look for the picture that gives it"
        case .differentSizes(let width, let height, let otherWidth, let otherHeight):
            "pictures of \(width) × \(height) and \(otherWidth) × \(otherHeight) cannot be compared: resize one first"
        case .tooSmall(let width, let height, let window):
            "a picture of \(width) × \(height) is smaller than the window of \(window) × \(window): take a larger one"
        }
    }

    /// - Throws: `MetricError` unless both sets of features [n, d] have two rows and as many columns.
    static func check(_ one: DoubleMatrix, _ other: DoubleMatrix) throws(MetricError) {
        for set in [one, other] where set.rows < 2 || set.columns < 1 { throw .tooFewPictures(count: set.rows) }
        guard one.columns == other.columns else { throw .differentFeatures(one.columns, other.columns) }
        guard one.values.allSatisfy(\.isFinite), other.values.allSatisfy(\.isFinite) else { throw .notFinite }
    }
}
