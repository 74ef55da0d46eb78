import CKernels

extension Variable {
    /// The maximum under each window of `size`² pixels, `stride` apart; padding never wins. [N,H,W,C].
    public func maxPooled(size: Int, stride: Int, padding: Int = 0) -> Variable {
        let (x, adjoint) = (value, adjoint)
        precondition(x.shape.count == 4, "a picture batch [N,H,W,C] was expected, not \(x.shape)")
        let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        if size == 2, stride == 2, padding == 0, height % 2 == 0, width % 2 == 0 { return maxPooledByTwo() }
        let rows = (height + 2 * padding - size) / stride + 1
        let columns = (width + 2 * padding - size) / stride + 1
        let y = Tensor(uninitialized: [batch, rows, columns, channels])
        let winners = Storage(count: adjoint == nil ? 0 : y.count)
        let keeps = adjoint != nil
        WorkerPool.shared.split(batch * rows) { lines in
            let chosen = UnsafeMutableRawPointer(winners.pointer).assumingMemoryBound(to: Int32.self)
            for line in lines {
                let top = line % rows * stride - padding
                for column in 0..<columns {
                    let left = column * stride - padding
                    let at = (line * columns + column) * channels
                    let to = y.pointer + at
                    to.update(repeating: -.infinity, count: channels)
                    for iy in max(0, top)..<min(height, top + size) {
                        for ix in max(0, left)..<min(width, left + size) {
                            let pixel = (line / rows * height + iy) * width + ix
                            let from = x.pointer + pixel * channels
                            for c in 0..<channels where from[c] > to[c] {
                                to[c] = from[c]
                                if keeps { chosen[at + c] = Int32(truncatingIfNeeded: iy * width + ix) }
                            }
                        }
                    }
                }
            }
        }
        return Variable(y, from: [adjoint]) { gradient in
            let result = Tensor(zeros: x.shape)
            let chosen = UnsafeMutableRawPointer(winners.pointer).assumingMemoryBound(to: Int32.self)
            WorkerPool.shared.run(batch) { n in
                for output in n * rows * columns..<(n + 1) * rows * columns {
                    for c in 0..<channels {
                        let at = output * channels + c
                        let pixel = n * height * width + Int(chosen[at])
                        result.pointer[pixel * channels + c] += gradient.pointer[at]
                    }
                }
            }
            adjoint?.accumulate(result)
        }
    }

    private func maxPooledByTwo() -> Variable {
        let (x, adjoint) = (value, adjoint)
        let (batch, height, width, channels) = (x.shape[0], x.shape[1] / 2, x.shape[2] / 2, x.shape[3])
        let y = Tensor(uninitialized: [batch, height, width, channels])
        let run = width * channels
        WorkerPool.shared.split(batch * height) { lines in
            for line in lines {
                let top = x.pointer + 4 * line * run
                ck_maxpool_row(top, top + 2 * run, width, channels, y.pointer + line * run)
            }
        }
        return Variable(y, from: [adjoint]) { gradient in
            let result = Tensor(uninitialized: x.shape)
            WorkerPool.shared.split(batch * height) { lines in
                for line in lines {
                    let (top, to) = (x.pointer + 4 * line * run, result.pointer + 4 * line * run)
                    ck_maxpool_row_backward(
                        top,
                        top + 2 * run,
                        gradient.pointer + line * run,
                        width,
                        channels,
                        to,
                        to + 2 * run
                    )
                }
            }
            adjoint?.accumulate(result)
        }
    }

    /// The mean over blocks of `factor`² pixels; height and width must be multiples of it. [N,H,W,C].
    public func areaDownsampled(factor: Int) -> Variable {
        let (x, adjoint) = (value, adjoint)
        return Variable(x.blockMeans(factor), from: [adjoint]) { gradient in
            adjoint?.accumulate(gradient.repeatedPixels(factor, scale: 1 / Float(factor * factor)))
        }
    }

    /// Every pixel repeated `factor`² times. [N,H,W,C] to [N,factor·H,factor·W,C].
    public func nearestUpsampled(factor: Int) -> Variable {
        let (x, adjoint) = (value, adjoint)
        return Variable(x.repeatedPixels(factor, scale: 1), from: [adjoint]) { gradient in
            adjoint?.accumulate(gradient.blockMeans(factor, scale: 1))
        }
    }
}

extension Tensor {
    /// The sum of each block of `factor`² pixels times `scale` (by default the mean).
    func blockMeans(_ factor: Int, scale: Float? = nil) -> Tensor {
        precondition(shape.count == 4 && shape[1] % factor == 0 && shape[2] % factor == 0, "\(shape) by \(factor)")
        let (batch, height, width, channels) = (shape[0], shape[1] / factor, shape[2] / factor, shape[3])
        let weight = scale ?? 1 / Float(factor * factor)
        let result = Tensor(uninitialized: [batch, height, width, channels])
        WorkerPool.shared.split(batch * height) { lines in
            for line in lines {
                for column in 0..<width {
                    let to = result.pointer + (line * width + column) * channels
                    to.update(repeating: 0, count: channels)
                    for dy in 0..<factor {
                        let from = pointer + ((line * factor + dy) * width + column) * factor * channels
                        for dx in 0..<factor {
                            for c in 0..<channels { to[c] += from[dx * channels + c] }
                        }
                    }
                    for c in 0..<channels { to[c] *= weight }
                }
            }
        }
        return result
    }

    /// Every pixel times `scale`, repeated `factor`² times.
    func repeatedPixels(_ factor: Int, scale: Float) -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        let result = Tensor(uninitialized: [batch, height * factor, width * factor, channels])
        WorkerPool.shared.split(batch * height * factor) { lines in
            for line in lines {
                for column in 0..<width * factor {
                    let from = pointer + (line / factor * width + column / factor) * channels
                    let to = result.pointer + (line * width * factor + column) * channels
                    for c in 0..<channels { to[c] = from[c] * scale }
                }
            }
        }
        return result
    }
}
