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

    /// Pixels of a tile: enough rows for the matrix product, few enough for the cache.
    private static let tilePixels = 512

    /// `depthwise` is [3,3,Cin], `pointwise` [Cout,Cin], `noise` H·W values added to every channel, `bias` [Cout].
    public init(depthwise: Tensor, pointwise: Tensor, noise: Tensor?, bias: Tensor, slope: Float) {
        precondition(depthwise.shape.count == 3 && depthwise.shape[2] == pointwise.shape[1], "\(depthwise.shape)")
        precondition(pointwise.shape[0] == bias.count, "\(bias.count) biases for \(pointwise.shape[0]) channels")
        self.depthwise = depthwise
        flipped = depthwise.flippedKernel()
        self.pointwise = pointwise
        self.noise = noise
        self.bias = bias
        self.slope = slope
        (outputs, inputs) = (pointwise.shape[0], pointwise.shape[1])
    }

    /// [N,H,W,Cin] and a scale [N,Cin] to [N,H,W,Cout].
    public func callAsFunction(_ x: Variable, scale: Variable) -> Variable {
        let (input, factors) = (x.value, scale.value)
        let (batch, height, width) = (input.shape[0], input.shape[1], input.shape[2])
        precondition(input.shape[3] == inputs && factors.count == batch * inputs, "\(input.shape), \(factors.shape)")
        precondition(
            noise.map { $0.count == height * width } ?? true,
            "a noise map of another size than \(input.shape)"
        )
        let y = Tensor(uninitialized: [batch, height, width, outputs])
        for n in 0..<batch {
            forward(
                input.pointer + n * height * width * inputs,
                scale: factors.pointer + n * inputs,
                height,
                width,
                into: y.pointer + n * height * width * outputs
            )
        }
        let (dx, ds) = (x.adjoint, scale.adjoint)
        return Variable(y, from: [dx, ds]) { [self] gradient in
            let result = Tensor(uninitialized: input.shape)
            let sums = Tensor(zeros: factors.shape)
            for n in 0..<batch {
                let (from, to) = (n * height * width * inputs, n * height * width * outputs)
                backward(
                    gradient.pointer + to,
                    output: y.pointer + to,
                    input: input.pointer + from,
                    scale: factors.pointer + n * inputs,
                    height,
                    width,
                    into: result.pointer + from,
                    sums: sums.pointer + n * inputs
                )
            }
            dx?.accumulate(result)
            ds?.accumulate(sums)
        }
    }

    /// Contiguous bands of rows, one job each.
    private func bands(_ height: Int) -> Int { min(WorkerPool.shared.threads * 2, max(1, height / 4)) }

    private func forward(
        _ x: UnsafePointer<Float>,
        scale: UnsafePointer<Float>,
        _ height: Int,
        _ width: Int,
        into y: UnsafeMutablePointer<Float>
    ) {
        let kernel = Tensor(uninitialized: [9, inputs])
        for tap in 0..<9 {
            for c in 0..<inputs {
                kernel.pointer[tap * inputs + c] = depthwise.pointer[tap * inputs + c] * scale[c]
            }
        }
        let rows = max(1, Self.tilePixels / width)
        let tiles = (height + rows - 1) / rows
        WorkerPool.shared.run(tiles) { tile in
            let (first, end) = (tile * rows, min(height, (tile + 1) * rows))
            let middle = Tensor(uninitialized: [end - first, width, inputs])
            let run = width * inputs
            for row in first..<end {
                let here = x + row * run
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
            let to = y + first * width * outputs
            MatrixProduct.block(
                middle.pointer,
                false,
                inputs,
                pointwise.pointer,
                true,
                inputs,
                to,
                outputs,
                pixels,
                outputs,
                inputs,
                0
            )
            let offset = noise.map { UnsafePointer($0.pointer) + first * width }
            ck_bias_leaky(to, offset, bias.pointer, slope, pixels, outputs)
        }
    }

    private func backward(
        _ g: UnsafePointer<Float>,
        output: UnsafePointer<Float>,
        input: UnsafePointer<Float>,
        scale: UnsafePointer<Float>,
        _ height: Int,
        _ width: Int,
        into x: UnsafeMutablePointer<Float>,
        sums: UnsafeMutablePointer<Float>
    ) {
        let bands = bands(height)
        let partial = Tensor(zeros: [bands, inputs])
        let run = width * inputs
        WorkerPool.shared.run(bands) { band in
            let (first, end) = (height * band / bands, height * (band + 1) / bands)
            let rows = min(end - first, max(1, Self.tilePixels / width))
            // Rows of the gradient of the depthwise result, from one above the tile to one below.
            let window = Tensor(uninitialized: [rows + 2, width, inputs])
            let masked = Tensor(uninitialized: [rows + 2, width, outputs])
            let rowSums = Tensor(uninitialized: [inputs])
            var known = max(0, first - 1)
            var top = first
            while top < end {
                let bottom = min(end, top + rows)
                let base = top - 1
                if top > first {
                    // The last two rows of the tile before are the first two of this one.
                    let kept = (known - 2 - (top - rows - 1)) * run
                    window.pointer.update(from: window.pointer + kept, count: 2 * run)
                }
                let needed = min(height, bottom + 1)
                let pixels = (needed - known) * width
                ck_leaky_backward(
                    g + known * width * outputs,
                    output + known * width * outputs,
                    slope,
                    pixels * outputs,
                    masked.pointer
                )
                MatrixProduct.block(
                    masked.pointer,
                    false,
                    outputs,
                    pointwise.pointer,
                    false,
                    inputs,
                    window.pointer + (known - base) * run,
                    inputs,
                    pixels,
                    inputs,
                    outputs,
                    0
                )
                known = needed
                for row in top..<bottom {
                    let here = window.pointer + (row - base) * run
                    rowSums.pointer.update(repeating: 0, count: inputs)
                    ck_depthwise_row_scaled(
                        row > 0 ? here - run : nil,
                        here,
                        row + 1 < height ? here + run : nil,
                        flipped.pointer,
                        input + row * run,
                        scale,
                        width,
                        inputs,
                        x + row * run,
                        rowSums.pointer
                    )
                    let total = partial.pointer + band * inputs
                    for c in 0..<inputs { total[c] += rowSums.pointer[c] }
                }
                top = bottom
            }
        }
        for band in 0..<bands {
            for c in 0..<inputs { sums[c] += partial.pointer[band * inputs + c] }
        }
    }
}
