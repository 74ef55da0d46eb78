import Glibc

/// An affine map from output coordinates to source coordinates, in pixels; (0, 0) is the top left *corner* of the
/// first pixel, whose centre is (0.5, 0.5).
///
/// `sourceX = a·x + b·y + c`, `sourceY = d·x + e·y + f`.
public struct AffineMap: Sendable, Equatable {
    /// The coefficients, as in the equations above.
    public var a, b, c, d, e, f: Double

    /// The map of these coefficients.
    public init(a: Double, b: Double, c: Double, d: Double, e: Double, f: Double) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
        self.e = e
        self.f = f
    }

    /// The map that lays an output of `width` × `height` pixels on the parallelogram with these three source corners.
    public init(
        topLeft: (x: Double, y: Double),
        topRight: (x: Double, y: Double),
        bottomLeft: (x: Double, y: Double),
        width: Int,
        height: Int
    ) {
        a = (topRight.x - topLeft.x) / Double(width)
        d = (topRight.y - topLeft.y) / Double(width)
        b = (bottomLeft.x - topLeft.x) / Double(height)
        e = (bottomLeft.y - topLeft.y) / Double(height)
        c = topLeft.x
        f = topLeft.y
    }

    /// Source pixels per output pixel along the denser axis.
    var step: Double { max((a * a + d * d).squareRoot(), (b * b + e * e).squareRoot()) }

    /// The same map into a source scaled by these factors.
    func scaled(x: Double, y: Double) -> AffineMap {
        AffineMap(a: a * x, b: b * x, c: c * x, d: d * y, e: e * y, f: f * y)
    }
}

extension Picture {
    /// The part of the picture under `map`, resampled.
    ///
    /// Strong reduction first shrinks the source by area, then every output pixel averages `supersampling`² bilinear
    /// samples (by default as many as the remaining reduction needs). Outside, the picture is mirrored at its border
    /// pixels (NumPy's `reflect`).
    /// - Precondition: the map's coefficients are finite, the sizes and `supersampling` positive.
    public func warped(
        _ map: AffineMap,
        width newWidth: Int,
        height newHeight: Int,
        supersampling: Int? = nil
    ) -> Picture {
        precondition(
            [map.a, map.b, map.c, map.d, map.e, map.f].allSatisfy(\.isFinite) && newWidth > 0 && newHeight > 0,
            "an affine map has finite coefficients and an output has pixels"
        )
        let shrink = Int(min(map.step / 2, Double(min(width, height))))
        if shrink >= 2 {
            let small = resizedArea(width: max(width / shrink, 1), height: max(height / shrink, 1))
            let scaled = map.scaled(x: Double(small.width) / Double(width), y: Double(small.height) / Double(height))
            return small.sampled(scaled, newWidth, newHeight, supersampling)
        }
        return sampled(map, newWidth, newHeight, supersampling)
    }

    private func sampled(_ map: AffineMap, _ newWidth: Int, _ newHeight: Int, _ supersampling: Int?) -> Picture {
        let samples = supersampling ?? Int(min(max(map.step.rounded(.up), 1), 8))
        precondition(samples > 0, "supersampling is positive")
        let weight = 1 / Float(samples * samples)
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        result.withUnsafeMutableBufferPointer { target in
            pixels.withUnsafeBufferPointer { source in
                for y in 0..<newHeight {
                    for x in 0..<newWidth {
                        var sum = SIMD3<Float>.zero
                        for sub in 0..<samples * samples {
                            let u = Double(x) + (Double(sub % samples) + 0.5) / Double(samples)
                            let v = Double(y) + (Double(sub / samples) + 0.5) / Double(samples)
                            sum += bilinear(
                                source,
                                x: map.a * u + map.b * v + map.c - 0.5,
                                y: map.d * u + map.e * v + map.f - 0.5
                            )
                        }
                        let index = (y * newWidth + x) * 3
                        for channel in 0..<3 {
                            target[index + channel] = UInt8(min(max(sum[channel] * weight + 0.5, 0), 255))
                        }
                    }
                }
            }
        }
        return Picture(width: newWidth, height: newHeight, pixels: result)
    }

    @inline(__always)
    private func bilinear(_ source: UnsafeBufferPointer<UInt8>, x: Double, y: Double) -> SIMD3<Float> {
        let floorX = x.rounded(.down)
        let floorY = y.rounded(.down)
        let x0 = reflected(floorX, width)
        let x1 = reflected(floorX + 1, width)
        let y0 = reflected(floorY, height) * width
        let y1 = reflected(floorY + 1, height) * width
        let right = Float(x - floorX)
        let down = Float(y - floorY)
        func pixel(_ index: Int) -> SIMD3<Float> {
            SIMD3(Float(source[index * 3]), Float(source[index * 3 + 1]), Float(source[index * 3 + 2]))
        }
        let upper = pixel(y0 + x0) * (1 - right) + pixel(y0 + x1) * right
        let lower = pixel(y1 + x0) * (1 - right) + pixel(y1 + x1) * right
        return upper * (1 - down) + lower * down
    }
}

/// The index in 0..<count that mirroring at the outermost pixels leads to.
@inline(__always)
private func reflected(_ position: Double, _ count: Int) -> Int {
    if position >= 0 && position < Double(count) { return Int(position) }
    if count == 1 { return 0 }
    let period = Double(2 * count - 2)
    let phase = fmod(fmod(position, period) + period, period)
    let index = Int(phase)
    return index < count ? index : 2 * count - 2 - index
}
