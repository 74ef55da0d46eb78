import Glibc
import Imaging

/// Multi-scale structural similarity (Wang, Simoncelli, Bovik 2003) of two pictures, as pytorch-msssim has it: each of
/// the channels R, G and B for itself, then their mean.
///
/// The window is a Gaussian of 11 × 11 pixels, σ 1.5, only where it lies inside the picture; K₁ 0.01, K₂ 0.03, range
/// 255. Each scale has half the pixels of the one before on a side. The five scales need 161 pixels on the shorter
/// side: a picture of 128 pixels has 8 at the fifth, fewer than the window. Such a picture is compared at as many
/// scales as fit, four at 128 pixels, under the weights of those scales divided by their sum. That is no longer the
/// published measure; `scales(width:height:)` says how many there are, and tables should too.
package enum MultiScaleSSIM {
    /// The exponents of the five scales, from fine to coarse.
    static let weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    /// Pixels of a window's side.
    static let window = 11

    /// At how many scales pictures of a size are compared: 0…5, and 0 where not even one window fits.
    package static func scales(width: Int, height: Int) -> Int {
        var side = min(width, height)
        var count = 0
        while count < weights.count, side >= window { (count, side) = (count + 1, (side + 1) / 2) }
        return count
    }

    /// 1 for equal pictures, less for others, 0 at least.
    ///
    /// - Throws: `MetricError` where the sizes differ or no window fits.
    package static func between(_ one: Picture, _ other: Picture) throws(MetricError) -> Double {
        guard one.width == other.width, one.height == other.height else {
            throw .differentSizes(
                width: one.width,
                height: one.height,
                otherWidth: other.width,
                otherHeight: other.height
            )
        }
        let count = scales(width: one.width, height: one.height)
        guard count > 0 else { throw .tooSmall(width: one.width, height: one.height, window: window) }
        let total = weights[..<count].reduce(0, +)
        let similarities = (0..<3).map { channel in
            var (a, b) = (Plane(one, channel: channel), Plane(other, channel: channel))
            var product = 1.0
            for scale in 0..<count {
                let found = Plane.similarity(a, b)
                // Luminance counts at the coarsest scale alone. Negative similarities have no root: they are 0.
                let factor = scale == count - 1 ? found.whole : found.structure
                product *= pow(max(0, factor), weights[scale] / total)
                if scale < count - 1 { (a, b) = (a.halved, b.halved) }
            }
            return product
        }
        return similarities.reduce(0, +) / 3
    }
}

/// One channel of a picture.
private struct Plane {
    let width, height: Int
    let values: [Double]

    init(width: Int, height: Int, values: [Double]) { (self.width, self.height, self.values) = (width, height, values) }

    init(_ picture: Picture, channel: Int) {
        let values = stride(from: channel, to: picture.pixels.count, by: 3).map { Double(picture.pixels[$0]) }
        self.init(width: picture.width, height: picture.height, values: values)
    }

    /// The Gaussian's weights along one side of the window.
    private static let kernel: [Double] = {
        let weights = (0..<MultiScaleSSIM.window).map { exp(-pow(Double($0 - 5), 2) / (2 * 1.5 * 1.5)) }
        return weights.map { $0 / weights.reduce(0, +) }
    }()

    /// The means over the picture of the structural similarity, and of its factor of contrast and structure alone.
    static func similarity(_ a: Plane, _ b: Plane) -> (whole: Double, structure: Double) {
        let (c1, c2) = (pow(0.01 * 255, 2), pow(0.03 * 255, 2))
        let (meanA, meanB) = (a.smoothed, b.smoothed)
        let (squaresA, squaresB, products) = ((a * a).smoothed, (b * b).smoothed, (a * b).smoothed)
        var sums = (whole: 0.0, structure: 0.0)
        for index in meanA.values.indices {
            let (x, y) = (meanA.values[index], meanB.values[index])
            let variances = squaresA.values[index] - x * x + squaresB.values[index] - y * y
            let structure = (2 * (products.values[index] - x * y) + c2) / (variances + c2)
            sums.structure += structure
            sums.whole += (2 * x * y + c1) / (x * x + y * y + c1) * structure
        }
        let count = Double(meanA.values.count)
        return (sums.whole / count, sums.structure / count)
    }

    static func * (a: Plane, b: Plane) -> Plane {
        Plane(width: a.width, height: a.height, values: zip(a.values, b.values).map(*))
    }

    /// The mean under the window wherever it fits: ten pixels less on each side.
    private var smoothed: Plane {
        let kernel = Self.kernel
        let (narrow, low) = (width - kernel.count + 1, height - kernel.count + 1)
        var across = [Double](repeating: 0, count: narrow * height)
        var result = [Double](repeating: 0, count: narrow * low)
        values.withUnsafeBufferPointer { values in
            for y in 0..<height {
                for x in 0..<narrow {
                    var sum = 0.0
                    for tap in 0..<kernel.count { sum += kernel[tap] * values[y * width + x + tap] }
                    across[y * narrow + x] = sum
                }
            }
        }
        across.withUnsafeBufferPointer { across in
            for y in 0..<low {
                for tap in 0..<kernel.count {
                    for x in 0..<narrow { result[y * narrow + x] += kernel[tap] * across[(y + tap) * narrow + x] }
                }
            }
        }
        return Plane(width: narrow, height: low, values: result)
    }

    /// The means of 2 × 2 pixels. A side of odd length has a row of noughts before it, as pytorch-msssim pads it.
    var halved: Plane {
        let (left, top) = (width % 2, height % 2)
        let (narrow, low) = ((width + left) / 2, (height + top) / 2)
        var result = [Double](repeating: 0, count: narrow * low)
        for y in 0..<height {
            for x in 0..<width {
                result[(y + top) / 2 * narrow + (x + left) / 2] += values[y * width + x] / 4
            }
        }
        return Plane(width: narrow, height: low, values: result)
    }
}
