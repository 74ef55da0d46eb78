import CKernels

/// A depthwise-separable styled convolution with frozen weights: scale of the input channels, 3×3 depthwise, 1×1,
/// a fixed noise map, bias, LeakyReLU, computed in row tiles that stay in cache.
///
/// Gradients flow to the input and to the scale.
public final class FrozenStyledConvolution: Sendable {
    private let depthwise, flipped, pointwise, bias: Tensor
    private let noise: Tensor?
    private let slope: Float
    private let inputs, outputs: Int
    private let bfloat16Pointwise: BFloat16Weights

    /// Pixels of a tile: enough rows for the matrix product, few enough for the cache.
    private static let tilePixels = 256

    /// `depthwise` is [3,3,Cin], `pointwise` [Cout,Cin], `noise` H·W values added to every channel, `bias` [Cout].
    public init(depthwise: Tensor, pointwise: Tensor, noise: Tensor?, bias: Tensor, slope: Float) {
        precondition(depthwise.shape.count == 3 && depthwise.shape[2] == pointwise.shape[1], "\(depthwise.shape)")
        precondition(pointwise.shape[0] == bias.count, "\(bias.count) biases for \(pointwise.shape[0]) channels")
        self.depthwise = depthwise
        flipped = depthwise.flippedKernel()
        self.pointwise = pointwise
        bfloat16Pointwise = BFloat16Weights(pointwise)
        self.noise = noise
        self.bias = bias
        self.slope = slope
        (outputs, inputs) = (pointwise.shape[0], pointwise.shape[1])
    }

    /// [N,H,W,Cin] and a scale [N,Cin] to [N,H/p,W/p,Cout]: the result is averaged over blocks of p² pixels, p being
    /// `pooling`, of which height and width must be multiples. With p > 1 the full map never reaches memory.
    public func callAsFunction(
        _ x: Variable,
        scale: Variable,
        pooling: Int = 1,
        precision: ProductPrecision = .single
    ) -> Variable {
        let (input, factors) = (x.value, scale.value)
        let (batch, height, width) = (input.shape[0], input.shape[1], input.shape[2])
        precondition(input.shape[3] == inputs && factors.count == batch * inputs, "\(input.shape), \(factors.shape)")
        precondition(
            noise.map { $0.count == height * width } ?? true,
            "a noise map of another size than \(input.shape)"
        )
        precondition(height % pooling == 0 && width % pooling == 0, "\(input.shape) in blocks of \(pooling)")
        let y = Tensor(uninitialized: [batch, height / pooling, width / pooling, outputs])
        let signs = pooling == 1 ? nil : Storage(count: (batch * height * width * outputs + 3) / 4)
        let bfloat16 = bfloat16Pointwise.sides(precision)
        let frames = (0..<batch).map { n in
            Frame(
                height: height,
                width: width,
                pooling: pooling,
                slope: slope,
                input: input.pointer + n * height * width * inputs,
                scale: factors.pointer + n * inputs,
                output: y.pointer + n * y.count / batch,
                signs: signs.map { UnsafeMutableRawPointer($0.pointer).assumingMemoryBound(to: Int8.self) }
                    .map { $0 + n * height * width * outputs },
                bfloat16: bfloat16
            )
        }
        for frame in frames { forward(frame) }
        let (dx, ds) = (x.adjoint, scale.adjoint)
        return Variable(y, from: [dx, ds]) { [self] gradient in
            let result = Tensor(uninitialized: input.shape)
            let sums = Tensor(zeros: factors.shape)
            for (n, frame) in frames.enumerated() {
                backward(
                    frame,
                    gradient.pointer + n * gradient.count / batch,
                    into: result.pointer + n * height * width * inputs,
                    sums: sums.pointer + n * inputs
                )
            }
            withExtendedLifetime((input, factors, y, signs)) {}
            dx?.accumulate(result)
            ds?.accumulate(sums)
        }
    }

    /// One sample's buffers. `signs` says where the activation was positive when the output is pooled.
    private struct Frame {
        let height, width, pooling: Int
        let slope: Float
        let input, scale: UnsafePointer<Float>
        let output: UnsafeMutablePointer<Float>
        let signs: UnsafeMutablePointer<Int8>?
        let bfloat16: BFloat16Weights.Sides?

        /// Rows of a tile: a multiple of the pooling.
        var tileRows: Int { max(1, FrozenStyledConvolution.tilePixels / width / pooling) * pooling }

        /// Takes the gradient of output rows back through the pooling and the activation.
        func backwardActivation(
            _ g: UnsafePointer<Float>,
            _ rows: Range<Int>,
            _ channels: Int,
            into masked: UnsafeMutablePointer<Float>
        ) {
            let run = width * channels
            guard let signs else {
                let start = rows.lowerBound * run
                ck_leaky_backward(g + start, output + start, slope, rows.count * run, masked)
                return
            }
            for row in rows {
                ck_unpool_leaky_row(
                    g + row / pooling * (run / pooling),
                    signs + row * run,
                    slope,
                    pooling,
                    width,
                    channels,
                    masked + (row - rows.lowerBound) * run
                )
            }
        }
    }

    /// `to` [pixels,out] ← `from` [pixels,in]·pointwiseᵀ, or on the way back `to` [pixels,in] ← `from` [pixels,out]·pointwise.
    private func mix(
        _ from: UnsafePointer<Float>,
        _ pixels: Int,
        back: Bool = false,
        _ bfloat16: BFloat16Weights.Sides?,
        into to: UnsafeMutablePointer<Float>
    ) {
        if let bfloat16 { return (back ? bfloat16.backward : bfloat16.forward).multiply(from, count: pixels, into: to) }
        let (depth, width) = back ? (outputs, inputs) : (inputs, outputs)
        MatrixProduct.block(
            from,
            false,
            depth,
            pointwise.pointer,
            !back,
            inputs,
            to,
            width,
            pixels,
            width,
            depth,
            0
        )
    }

    private func forward(_ frame: Frame) {
        let (height, width) = (frame.height, frame.width)
        let kernel = Tensor(uninitialized: [9, inputs])
        for tap in 0..<9 {
            for c in 0..<inputs {
                kernel.pointer[tap * inputs + c] = depthwise.pointer[tap * inputs + c] * frame.scale[c]
            }
        }
        let rows = frame.tileRows
        let run = width * inputs
        WorkerPool.shared.run((height + rows - 1) / rows) { tile in
            let (first, end) = (tile * rows, min(height, (tile + 1) * rows))
            let middle = Tensor(uninitialized: [end - first, width, inputs])
            for row in first..<end {
                let here = frame.input + row * run
                ck_depthwise_row(
                    row > 0 ? here - run : nil,
                    here,
                    row + 1 < height ? here + run : nil,
                    kernel.pointer,
                    width,
                    inputs,
                    middle.pointer + (row - first) * run
                )
            }
            let pixels = (end - first) * width
            let full = frame.signs.map { _ in Tensor(uninitialized: [pixels, outputs]) }
            let to = full?.pointer ?? frame.output + first * width * outputs
            mix(middle.pointer, pixels, frame.bfloat16, into: to)
            guard let full, let signs = frame.signs else {
                let offset = noise.map { UnsafePointer($0.pointer) + first * width }
                ck_bias_leaky(to, offset, bias.pointer, slope, pixels, outputs)
                return
            }
            let pooling = frame.pooling
            for row in stride(from: first, to: end, by: pooling) {
                ck_bias_leaky_pool(
                    full.pointer + (row - first) * width * outputs,
                    noise.map { $0.pointer + row * width },
                    bias.pointer,
                    slope,
                    pooling,
                    width,
                    outputs,
                    frame.output + row / pooling * (width / pooling) * outputs,
                    signs + row * width * outputs
                )
            }
        }
    }

    private func backward(
        _ frame: Frame,
        _ g: UnsafePointer<Float>,
        into x: UnsafeMutablePointer<Float>,
        sums: UnsafeMutablePointer<Float>
    ) {
        let (height, width) = (frame.height, frame.width)
        let bands = min(WorkerPool.shared.threads * 2, max(1, height / 4))
        let partial = Tensor(zeros: [bands, inputs])
        let run = width * inputs
        WorkerPool.shared.run(bands) { band in
            let (first, end) = (height * band / bands, height * (band + 1) / bands)
            let rows = min(end - first, frame.tileRows)
            // Rows of the gradient of the depthwise result, from one above the tile to one below.
            let window = Tensor(uninitialized: [rows + 2, width, inputs])
            let masked = Tensor(uninitialized: [rows + 2, width, outputs])
            let rowSums = Tensor(uninitialized: [inputs])
            var known = max(0, first - 1)
            for top in stride(from: first, to: end, by: rows) {
                let bottom = min(end, top + rows)
                let base = top - 1
                if top > first {
                    // The last two rows of the tile before are the first two of this one.
                    window.pointer.update(from: window.pointer + rows * run, count: 2 * run)
                }
                let needed = min(height, bottom + 1)
                frame.backwardActivation(g, known..<needed, outputs, into: masked.pointer)
                let pixels = (needed - known) * width
                mix(masked.pointer, pixels, back: true, frame.bfloat16, into: window.pointer + (known - base) * run)
                known = needed
                for row in top..<bottom {
                    let here = window.pointer + (row - base) * run
                    rowSums.pointer.update(repeating: 0, count: inputs)
                    ck_depthwise_row_scaled(
                        row > 0 ? here - run : nil,
                        here,
                        row + 1 < height ? here + run : nil,
                        flipped.pointer,
                        frame.input + row * run,
                        frame.scale,
                        width,
                        inputs,
                        x + row * run,
                        rowSums.pointer
                    )
                    let total = partial.pointer + band * inputs
                    for c in 0..<inputs { total[c] += rowSums.pointer[c] }
                }
            }
        }
        for band in 0..<bands {
            for c in 0..<inputs { sums[c] += partial.pointer[band * inputs + c] }
        }
    }
}
