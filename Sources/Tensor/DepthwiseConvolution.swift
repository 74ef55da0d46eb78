import CKernels

/// The sizes of a depthwise convolution over NHWC.
struct DepthwiseGeometry {
    let batch, height, width, channels: Int
    let outputHeight, outputWidth: Int
    let kernelHeight, kernelWidth, stride, padding: Int

    /// `weight` is [kh,kw,C].
    init(input: [Int], weight: [Int], stride: Int, padding: Int) {
        precondition(input.count == 4 && weight.count == 3 && input[3] == weight[2], "\(input) by \(weight)")
        (batch, height, width, channels) = (input[0], input[1], input[2], input[3])
        (kernelHeight, kernelWidth) = (weight[0], weight[1])
        self.stride = stride
        self.padding = padding
        outputHeight = (height + 2 * padding - kernelHeight) / stride + 1
        outputWidth = (width + 2 * padding - kernelWidth) / stride + 1
        precondition(outputHeight > 0 && outputWidth > 0, "\(input) is too small for a kernel \(weight)")
    }

    var outputShape: [Int] { [batch, outputHeight, outputWidth, channels] }
    var inputShape: [Int] { [batch, height, width, channels] }

    /// Calls `body(kernel position, input pixel)` for every input pixel under an output pixel of picture `n`.
    @inline(__always)
    private func overlap(_ n: Int, _ oy: Int, _ ox: Int, _ body: (Int, Int) -> Void) {
        for ky in 0..<kernelHeight {
            let iy = oy * stride - padding + ky
            guard iy >= 0, iy < height else { continue }
            for kx in 0..<kernelWidth {
                let ix = ox * stride - padding + kx
                guard ix >= 0, ix < width else { continue }
                body(ky * kernelWidth + kx, (n * height + iy) * width + ix)
            }
        }
    }

    /// Whether the vector kernels for 3×3, stride 1, padding 1 apply.
    private var isStandard: Bool { kernelHeight == 3 && kernelWidth == 3 && stride == 1 && padding == 1 }

    /// y = x * weight for a standard geometry.
    private func standard(_ x: Tensor, weight: Tensor) -> Tensor {
        let y = Tensor(uninitialized: inputShape)
        let run = width * channels
        WorkerPool.shared.split(batch * height) { lines in
            for line in lines {
                let here = x.pointer + line * run
                let row = line % height
                ck_depthwise_row(
                    row > 0 ? here - run : nil,
                    here,
                    row + 1 < height ? here + run : nil,
                    weight.pointer,
                    width,
                    channels,
                    y.pointer + line * run
                )
            }
        }
        return y
    }

    /// x * weight, plus the bias.
    func forward(_ x: Tensor, weight: Tensor, bias: Tensor?) -> Tensor {
        guard isStandard else {
            let y = Tensor(zeros: outputShape)
            if let bias { y.fillRows(with: bias) }
            add(x, weight: weight, to: y)
            return y
        }
        let y = standard(x, weight: weight)
        if let bias { y.addBias(bias, slope: 1) }
        return y
    }

    /// y += x * weight.
    private func add(_ x: Tensor, weight: Tensor, to y: Tensor) {
        let (source, w, target) = (x.pointer, weight.pointer, y.pointer)
        WorkerPool.shared.split(batch * outputHeight) { lines in
            for line in lines {
                for ox in 0..<outputWidth {
                    let to = target + (line * outputWidth + ox) * channels
                    overlap(line / outputHeight, line % outputHeight, ox) { k, pixel in
                        let (from, kernel) = (source + pixel * channels, w + k * channels)
                        for c in 0..<channels { to[c] += from[c] * kernel[c] }
                    }
                }
            }
        }
    }

    /// The gradient of the input.
    func backwardInput(_ g: Tensor, weight: Tensor) -> Tensor {
        if isStandard { return standard(g, weight: weight.flippedKernel()) }
        let result = Tensor(zeros: inputShape)
        let (source, w, target) = (g.pointer, weight.pointer, result.pointer)
        WorkerPool.shared.split(batch * height) { lines in
            for line in lines {
                let (n, iy) = (line / height, line % height)
                for ky in 0..<kernelHeight {
                    let down = iy + padding - ky
                    guard down >= 0, down % stride == 0, down / stride < outputHeight else { continue }
                    for ix in 0..<width {
                        let to = target + (line * width + ix) * channels
                        for kx in 0..<kernelWidth {
                            let right = ix + padding - kx
                            guard right >= 0, right % stride == 0, right / stride < outputWidth else { continue }
                            let pixel = (n * outputHeight + down / stride) * outputWidth + right / stride
                            let (from, kernel) = (source + pixel * channels, w + (ky * kernelWidth + kx) * channels)
                            for c in 0..<channels { to[c] += from[c] * kernel[c] }
                        }
                    }
                }
            }
        }
        return result
    }

    /// The gradient of the weight.
    func backwardWeight(_ x: Tensor, _ g: Tensor) -> Tensor {
        let result = Tensor(zeros: [kernelHeight, kernelWidth, channels])
        let (source, gradient, target) = (x.pointer, g.pointer, result.pointer)
        for line in 0..<batch * outputHeight {
            for ox in 0..<outputWidth {
                let from = gradient + (line * outputWidth + ox) * channels
                overlap(line / outputHeight, line % outputHeight, ox) { k, pixel in
                    let (input, to) = (source + pixel * channels, target + k * channels)
                    for c in 0..<channels { to[c] += input[c] * from[c] }
                }
            }
        }
        return result
    }
}

extension Variable {
    /// One small filter per channel: [N,H,W,C] with `weight` [kh,kw,C], zeros outside. Gradients flow to the input,
    /// the weight and the bias [C].
    public func depthwiseConvolved(
        weight: Variable,
        bias: Variable? = nil,
        stride: Int = 1,
        padding: Int = 0
    ) -> Variable {
        let (x, w) = (value, weight.value)
        let geometry = DepthwiseGeometry(input: x.shape, weight: w.shape, stride: stride, padding: padding)
        let y = geometry.forward(x, weight: w, bias: bias?.value)
        let (dx, dw, db) = (adjoint, weight.adjoint, bias?.adjoint)
        return Variable(y, from: [dx, dw, db]) { g in
            dx?.accumulate(geometry.backwardInput(g, weight: w))
            dw?.accumulate(geometry.backwardWeight(x, g))
            db?.accumulate(g.columnSums(geometry.channels))
        }
    }
}

extension Tensor {
    /// A depthwise kernel [kh,kw,C] turned by 180°.
    func flippedKernel() -> Tensor {
        let result = Tensor(uninitialized: shape)
        let (taps, channels) = (count / dimension(0), dimension(0))
        for tap in 0..<taps {
            (result.pointer + tap * channels).update(from: pointer + (taps - 1 - tap) * channels, count: channels)
        }
        return result
    }

    /// Adds `bias` to every row and applies a leaky ReLU, in place.
    func addBias(_ bias: Tensor?, slope: Float) {
        let width = dimension(0)
        WorkerPool.shared.split(count / width, grain: max(1, 16384 / width)) { range in
            ck_bias_leaky(pointer + range.lowerBound * width, nil, bias?.pointer, slope, range.count, width)
        }
    }
}
