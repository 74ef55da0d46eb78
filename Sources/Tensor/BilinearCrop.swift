/// Where each output position of one axis reads: two neighbours and the weight of the second.
private struct Taps {
    let low, high: [Int]
    let weight: [Float]

    init(start: Double, length: Double, outputs: Int, inputs: Int) {
        var low: [Int] = []
        var high: [Int] = []
        var weight: [Float] = []
        for index in 0..<outputs {
            let wanted = start + (Double(index) + 0.5) * length / Double(outputs) - 0.5
            let position = min(max(wanted, 0), Double(inputs - 1))
            let below = Int(position)
            low.append(below)
            high.append(min(below + 1, inputs - 1))
            weight.append(Float(position - Double(below)))
        }
        (self.low, self.high, self.weight) = (low, high, weight)
    }
}

extension Variable {
    /// The rectangle with corner (`x0`, `y0`) and the given size, in pixels of [N,H,W,C] with pixel (0,0) covering
    /// [0,1)², resampled bilinearly to `size` (height, width); the border repeats outside.
    public func bilinearCropped(
        x0: Double,
        y0: Double,
        width: Double,
        height: Double,
        to size: (Int, Int)
    ) -> Variable {
        let (x, adjoint) = (value, adjoint)
        precondition(x.shape.count == 4, "a picture batch [N,H,W,C] was expected, not \(x.shape)")
        let (batch, rows, columns, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let vertical = Taps(start: y0, length: height, outputs: size.0, inputs: rows)
        let horizontal = Taps(start: x0, length: width, outputs: size.1, inputs: columns)
        let result = Tensor(uninitialized: [batch, size.0, size.1, channels])
        func corners(_ line: Int, _ column: Int) -> [(pixel: Int, weight: Float)] {
            let (n, i) = (line / size.0, line % size.0)
            let (v, u) = (vertical.weight[i], horizontal.weight[column])
            let top = (n * rows + vertical.low[i]) * columns
            let bottom = (n * rows + vertical.high[i]) * columns
            let (left, right) = (horizontal.low[column], horizontal.high[column])
            return [
                (top + left, (1 - v) * (1 - u)), (top + right, (1 - v) * u),
                (bottom + left, v * (1 - u)), (bottom + right, v * u),
            ]
        }
        WorkerPool.shared.split(batch * size.0) { lines in
            for line in lines {
                for column in 0..<size.1 {
                    let to = result.pointer + (line * size.1 + column) * channels
                    to.update(repeating: 0, count: channels)
                    for (pixel, weight) in corners(line, column) {
                        let from = x.pointer + pixel * channels
                        for c in 0..<channels { to[c] += weight * from[c] }
                    }
                }
            }
        }
        return Variable(result, from: [adjoint]) { gradient in
            let spread = Tensor(zeros: x.shape)
            WorkerPool.shared.run(batch) { n in
                for line in n * size.0..<(n + 1) * size.0 {
                    for column in 0..<size.1 {
                        let from = gradient.pointer + (line * size.1 + column) * channels
                        for (pixel, weight) in corners(line, column) {
                            let to = spread.pointer + pixel * channels
                            for c in 0..<channels { to[c] += weight * from[c] }
                        }
                    }
                }
            }
            adjoint?.accumulate(spread)
        }
    }
}
