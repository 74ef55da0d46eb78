import Imaging
import Networks
import Tensor

/// Where in the picture an attribute is: an ellipse in the FFHQ frame, as shares of its edge.
///
/// In that frame the landmarks lie in nearly the same places in all faces, which `IdentityNet` builds on too: the eyes at 0.38 and
/// 0.62 across and 0.46 down, the corners of the mouth at 0.40 and 0.60 across and 0.74 down.
package struct EditRegion {
    let x, y: Float
    /// Half axes.
    let width, height: Float
    /// How far from the edge of the ellipse, in half axes, something of it still counts.
    static let softness: Float = 0.3

    /// Nil for what is all over the face, as age is.
    package init?(attribute: String) {
        switch attribute {
        case "smiling": (x, y, width, height) = (0.5, 0.70, 0.27, 0.21)
        case "eyeglasses": (x, y, width, height) = (0.5, 0.47, 0.38, 0.15)
        case "bangs": (x, y, width, height) = (0.5, 0.27, 0.38, 0.23)
        case "beard": (x, y, width, height) = (0.5, 0.80, 0.33, 0.26)
        default: return nil
        }
    }

    /// LPIPS of two square pictures of one size where they are outside.
    package func distance(of picture: Picture, to other: Picture, lpips: LPIPS) -> Double {
        let outside = Variable(outside(edge: picture.width))
        let reference = other.networkInput
        return Double(lpips.distance(picture.networkInput * outside + reference * (outside * -1 + 1), reference).scalar)
    }

    /// How much each pixel is outside, 0 to 1: [1, edge, edge, 3].
    func outside(edge: Int) -> Tensor {
        var values: [Float] = []
        for row in 0..<edge {
            for column in 0..<edge {
                let across = ((Float(column) + 0.5) / Float(edge) - x) / width
                let down = ((Float(row) + 0.5) / Float(edge) - y) / height
                let radius = (across * across + down * down).squareRoot()
                let share = min(1, max(0, (radius - 1) / Self.softness))
                values += [share, share, share]
            }
        }
        return Tensor(values, shape: [1, edge, edge, 3])
    }
}
