/// The sizes of a dense two-dimensional convolution over NHWC, and its im2col passes.
struct ConvolutionGeometry {
    let batch, height, width, channels: Int
    let outputHeight, outputWidth, outputChannels: Int
    let kernelHeight, kernelWidth, stride, padding: Int

    /// `weight` is [Cout,kh,kw,Cin].
    init(input: [Int], weight: [Int], stride: Int, padding: Int) {
        precondition(input.count == 4 && weight.count == 4, "convolution of \(input) by \(weight)")
        precondition(input[3] == weight[3], "convolution of \(input) by \(weight): channels differ")
        (batch, height, width, channels) = (input[0], input[1], input[2], input[3])
        (outputChannels, kernelHeight, kernelWidth) = (weight[0], weight[1], weight[2])
        self.stride = stride
        self.padding = padding
        outputHeight = (height + 2 * padding - kernelHeight) / stride + 1
        outputWidth = (width + 2 * padding - kernelWidth) / stride + 1
        precondition(outputHeight > 0 && outputWidth > 0, "\(input) is too small for a kernel \(weight)")
    }

    var outputShape: [Int] { [batch, outputHeight, outputWidth, outputChannels] }
    var inputShape: [Int] { [batch, height, width, channels] }
    var rows: Int { batch * outputHeight * outputWidth }
    var depth: Int { kernelHeight * kernelWidth * channels }
    var isPointwise: Bool { kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0 }

    /// Whether Winograd F(4×4, 3×3) applies and pays: enough channels, and maps from about 16 pixels.
    var suitsWinograd: Bool {
        kernelHeight == 3 && kernelWidth == 3 && stride == 1 && padding <= 2 && min(channels, outputChannels) >= 16
            && min(outputHeight, outputWidth) >= 12
    }

    /// Writes the patches under output positions `range` as rows of `depth`.
    func gatherPatches(_ x: UnsafePointer<Float>, _ range: Range<Int>, into patches: UnsafeMutablePointer<Float>) {
        var to = patches
        let run = kernelWidth * channels
        for row in range {
            let ox = row % outputWidth
            let oy = row / outputWidth % outputHeight
            let picture = x + row / (outputWidth * outputHeight) * height * width * channels
            let left = ox * stride - padding
            for ky in 0..<kernelHeight {
                let iy = oy * stride - padding + ky
                if iy < 0 || iy >= height {
                    to.update(repeating: 0, count: run)
                } else if left >= 0, left + kernelWidth <= width {
                    to.update(from: picture + (iy * width + left) * channels, count: run)
                } else {
                    for kx in 0..<kernelWidth {
                        let ix = left + kx
                        if ix < 0 || ix >= width {
                            (to + kx * channels).update(repeating: 0, count: channels)
                        } else {
                            (to + kx * channels).update(from: picture + (iy * width + ix) * channels, count: channels)
                        }
                    }
                }
                to += run
            }
        }
    }

    /// y = patches(x)·weightᵀ (+ the contents of y when `accumulating`), tile by tile over the pool.
    func forward(_ x: Tensor, weight: Tensor, into y: Tensor, accumulating: Bool) {
        let beta: Float = accumulating ? 1 : 0
        if isPointwise {
            MatrixProduct.multiply(
                x.pointer,
                lda: channels,
                weight.pointer,
                transposedB: true,
                ldb: channels,
                into: y.pointer,
                ldc: outputChannels,
                m: rows,
                n: outputChannels,
                k: channels,
                beta: beta
            )
            return
        }
        let tile = max(32, min(512, (1 << 18) / depth))
        let tiles = (rows + tile - 1) / tile
        WorkerPool.shared.run(tiles) { index in
            let range = index * tile..<min(rows, (index + 1) * tile)
            let patches = Storage(count: range.count * depth)
            withExtendedLifetime(patches) {
                gatherPatches(x.pointer, range, into: patches.pointer)
                MatrixProduct.block(
                    patches.pointer,
                    false,
                    depth,
                    weight.pointer,
                    true,
                    depth,
                    y.pointer + range.lowerBound * outputChannels,
                    outputChannels,
                    range.count,
                    outputChannels,
                    depth,
                    beta
                )
            }
        }
    }

    /// The gradient of the input from the gradient `g` of the output.
    func backwardInput(_ g: Tensor, weight: Tensor) -> Tensor {
        let patches = Tensor(uninitialized: [rows, depth])
        MatrixProduct.multiply(
            g.pointer,
            lda: outputChannels,
            weight.pointer,
            ldb: depth,
            into: patches.pointer,
            ldc: depth,
            m: rows,
            n: depth,
            k: outputChannels
        )
        return summed(patches)
    }

    /// Every patch as a row [rows,depth].
    func patches(_ x: Tensor) -> Tensor {
        if isPointwise { return x.reshaped([rows, depth]) }
        let result = Tensor(uninitialized: [rows, depth])
        WorkerPool.shared.split(rows, grain: 32) { range in
            gatherPatches(x.pointer, range, into: result.pointer + range.lowerBound * depth)
        }
        return result
    }

    /// The gradient of the input from that of its patches [rows,depth].
    func summed(_ patches: Tensor) -> Tensor {
        if isPointwise { return patches.reshaped(inputShape) }
        let result = Tensor(uninitialized: inputShape)
        WorkerPool.shared.split(batch * height) { lines in
            for line in lines { scatterPatches(patches.pointer, line: line, into: result.pointer) }
        }
        return result
    }

    /// Sums into one line of the input's gradient every patch element taken from it.
    private func scatterPatches(_ patches: UnsafePointer<Float>, line: Int, into x: UnsafeMutablePointer<Float>) {
        let to = x + line * width * channels
        to.update(repeating: 0, count: width * channels)
        let (n, iy) = (line / height, line % height)
        for ky in 0..<kernelHeight {
            let offset = iy + padding - ky
            guard offset >= 0, offset % stride == 0, offset / stride < outputHeight else { continue }
            let first = (n * outputHeight + offset / stride) * outputWidth
            for ox in 0..<outputWidth {
                let left = ox * stride - padding
                let from = patches + (first + ox) * depth + ky * kernelWidth * channels
                let low = max(0, -left)
                let high = min(kernelWidth, width - left)
                guard low < high else { continue }
                let target = to + (left + low) * channels
                let source = from + low * channels
                for i in 0..<(high - low) * channels { target[i] += source[i] }
            }
        }
    }

    /// The gradient of the weight from the input and the gradient `g` of the output.
    func backwardWeight(_ x: Tensor, _ g: Tensor, shape: [Int]) -> Tensor {
        let result = Tensor(uninitialized: shape)
        let chunk = isPointwise ? rows : max(64, min(rows, (1 << 23) / depth))
        let patches = isPointwise ? nil : Storage(count: chunk * depth)
        defer { withExtendedLifetime(patches) {} }
        var start = 0
        while start < rows {
            let end = min(rows, start + chunk)
            if let patches {
                WorkerPool.shared.split(end - start, grain: 32) { range in
                    gatherPatches(
                        x.pointer,
                        start + range.lowerBound..<start + range.upperBound,
                        into: patches.pointer + range.lowerBound * depth
                    )
                }
            }
            MatrixProduct.multiply(
                g.pointer + start * outputChannels,
                transposedA: true,
                lda: outputChannels,
                patches?.pointer ?? x.pointer,
                ldb: depth,
                into: result.pointer,
                ldc: depth,
                m: outputChannels,
                n: depth,
                k: end - start,
                beta: start == 0 ? 0 : 1
            )
            start = end
        }
        return result
    }
}
