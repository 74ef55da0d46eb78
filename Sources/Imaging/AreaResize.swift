extension Picture {
    /// The picture at another size, every output pixel the mean of the source area under it.
    ///
    /// An axis that grows is interpolated linearly between pixel centres.
    /// - Precondition: both sides are positive.
    public func resizedArea(width newWidth: Int, height newHeight: Int) -> Picture {
        resizedArea(width: newWidth, height: newHeight, checkpoint: {})
    }

    /// The same, with a checkpoint every few rows; what it throws ends the work.
    public func resizedArea<Failure: Error>(
        width newWidth: Int,
        height newHeight: Int,
        checkpoint: () throws(Failure) -> Void
    ) throws(Failure) -> Picture {
        precondition(newWidth > 0 && newHeight > 0, "a picture has at least one pixel")
        if newWidth == width && newHeight == height { return self }
        let columns = (0..<newWidth).map { Contribution(of: $0, source: width, target: newWidth) }
        let rows = (0..<newHeight).map { Contribution(of: $0, source: height, target: newHeight) }
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        var sum = [Float](repeating: 0, count: width * 3)
        try pixels.withUnsafeBufferPointer { source throws(Failure) in
            try result.withUnsafeMutableBufferPointer { target throws(Failure) in
                try sum.withUnsafeMutableBufferPointer { sum throws(Failure) in
                    for (y, row) in rows.enumerated() {
                        if y % 16 == 0 { try checkpoint() }
                        sum.update(repeating: 0)
                        for (step, weight) in row.weights.enumerated() {
                            let line = (row.first + step) * width * 3
                            for index in 0..<width * 3 {
                                sum[index] += weight * Float(source[line + index])
                            }
                        }
                        for (x, column) in columns.enumerated() {
                            var red: Float = 0.5
                            var green: Float = 0.5
                            var blue: Float = 0.5
                            for (step, weight) in column.weights.enumerated() {
                                let index = (column.first + step) * 3
                                red += weight * sum[index]
                                green += weight * sum[index + 1]
                                blue += weight * sum[index + 2]
                            }
                            let index = (y * newWidth + x) * 3
                            target[index] = UInt8(min(red, 255))
                            target[index + 1] = UInt8(min(green, 255))
                            target[index + 2] = UInt8(min(blue, 255))
                        }
                    }
                }
            }
        }
        return Picture(width: newWidth, height: newHeight, pixels: result)
    }
}

/// The source pixels of one axis that make one output pixel, with weights that sum to 1.
private struct Contribution {
    let first: Int
    let weights: [Float]

    init(of output: Int, source: Int, target: Int) {
        if target >= source {
            let centre = (Double(output) + 0.5) * Double(source) / Double(target) - 0.5
            let clamped = min(max(centre, 0), Double(source - 1))
            let lower = min(Int(clamped), source - 1)
            let fraction = Float(clamped - Double(lower))
            first = lower
            weights = fraction > 0 && lower + 1 < source ? [1 - fraction, fraction] : [1]
        } else {
            // In units of 1/target source pixels the borders are exact integers.
            let start = output * source
            let end = start + source
            first = start / target
            let last = (end - 1) / target
            weights = (first...last).map { pixel in
                let covered = min(end, (pixel + 1) * target) - max(start, pixel * target)
                return Float(covered) / Float(source)
            }
        }
    }
}
