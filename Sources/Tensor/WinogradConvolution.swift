import CKernels

/// The weights of a 3×3 convolution of stride 1, transformed for Winograd F(4×4, 3×3) (Lavin and Gray, 2016) with the
/// interpolation points 0, ±√2, ±1/√2, ∞.
///
/// The points are closed under inversion, so the gradient of the input uses the same transformed weights, transposed
/// and with positions permuted.
final class WinogradWeights: Sendable {
    private let factors: Factors
    private let inputs, outputs: Int

    /// The 36 matrices [Cin,Cout] of the positions.
    private enum Factors {
        case single(Tensor)
        /// The second ones are transposed.
        case bfloat16([BFloat16Matrix], [BFloat16Matrix])
    }

    /// Bytes that the transformed input and output of one block of tiles may take: about the last-level cache.
    private static let blockBytes = 10 << 20

    /// `weight` is [Cout,3,3,Cin]; `precision` one that the processor knows.
    init(_ weight: Tensor, precision: ProductPrecision) {
        let (outputs, inputs) = (weight.shape[0], weight.shape[3])
        let transformed = Tensor(uninitialized: [36, inputs, outputs])
        WorkerPool.shared.run(inputs) { channel in
            ck_winograd_weights(weight.pointer, outputs, inputs, channel, channel + 1, transformed.pointer)
        }
        switch precision {
        case .bfloat16:
            let starts = (0..<36).map { UnsafePointer(transformed.pointer) + $0 * inputs * outputs }
            factors = .bfloat16(
                starts.map { BFloat16Matrix($0, rows: inputs, columns: outputs, strides: (outputs, 1)) },
                starts.map { BFloat16Matrix($0, rows: outputs, columns: inputs, strides: (1, outputs)) }
            )
        case .single: factors = .single(transformed)
        }
        (self.inputs, self.outputs) = (inputs, outputs)
    }

    /// y = leaky(x * weight + bias).
    func forward(_ x: Tensor, padding: Int, bias: Tensor?, slope: Float, into y: Tensor) {
        convolve(x, channels: inputs, mask: nil, padding: padding, bias: bias, slope: slope, into: y) {
            v,
            m,
            position,
            rows in
            switch factors {
            case .bfloat16(let forward, _): forward[position].multiply(v, count: rows, into: m)
            case .single(let all):
                let factor = all.pointer + position * inputs * outputs
                MatrixProduct.block(v, false, inputs, factor, false, outputs, m, outputs, rows, outputs, inputs, 0)
            }
        }
    }

    /// The gradient of the input. Where the layer's `output` is given, `g` first passes back through its leaky ReLU.
    func backward(_ g: Tensor, padding: Int, output: Tensor?, slope: Float, into x: Tensor) {
        let flip = [5, 3, 4, 1, 2, 0]
        let mask = output.map { ($0, slope) }
        convolve(g, channels: outputs, mask: mask, padding: 2 - padding, bias: nil, slope: 1, into: x) {
            v,
            m,
            position,
            rows in
            let flipped = flip[position / 6] * 6 + flip[position % 6]
            switch factors {
            case .bfloat16(_, let backward): backward[flipped].multiply(v, count: rows, into: m)
            case .single(let all):
                let factor = all.pointer + flipped * inputs * outputs
                MatrixProduct.block(v, false, outputs, factor, true, outputs, m, inputs, rows, inputs, outputs, 0)
            }
        }
    }

    private typealias Product = (UnsafePointer<Float>, UnsafeMutablePointer<Float>, _ position: Int, Int) -> Void

    private func convolve(
        _ x: Tensor,
        channels: Int,
        mask: (output: Tensor, slope: Float)?,
        padding: Int,
        bias: Tensor?,
        slope: Float,
        into y: Tensor,
        product: Product
    ) {
        let (height, width) = (x.shape[1], x.shape[2])
        let (rows, columns, results) = (y.shape[1], y.shape[2], y.shape[3])
        let across = (columns + 3) / 4
        let each = across * ((rows + 3) / 4)
        let tiles = x.shape[0] * each
        let block = max(64, min(tiles, Self.blockBytes / (36 * 4 * (channels + results))))
        let v = Storage(count: 36 * block * channels)
        let m = Storage(count: 36 * block * results)
        var start = 0
        while start < tiles {
            let end = min(tiles, start + block)
            Self.pieces(start, end, each) { n, from, to in
                ck_winograd_input(
                    x.pointer + n * height * width * channels,
                    mask.map { UnsafePointer($0.output.pointer) + n * height * width * channels },
                    mask?.slope ?? 1,
                    height,
                    width,
                    channels,
                    padding,
                    across,
                    from,
                    to,
                    v.pointer + (n * each + from - start) * channels,
                    block * channels
                )
            }
            WorkerPool.shared.run(36) { position in
                product(
                    v.pointer + position * block * channels,
                    m.pointer + position * block * results,
                    position,
                    end - start
                )
            }
            Self.pieces(start, end, each) { n, from, to in
                ck_winograd_output(
                    m.pointer + (n * each + from - start) * results,
                    block * results,
                    bias?.pointer,
                    slope,
                    rows,
                    columns,
                    results,
                    across,
                    from,
                    to,
                    y.pointer + n * rows * columns * results
                )
            }
            start = end
        }
        withExtendedLifetime((v, m)) {}
    }

    /// Shares out tiles [start, end) of pictures of `each` tiles: `body(picture, from, to)`, tiles within the picture.
    private static func pieces(_ start: Int, _ end: Int, _ each: Int, _ body: (Int, Int, Int) -> Void) {
        WorkerPool.shared.split(end - start, grain: 8) { range in
            var from = start + range.lowerBound
            while from < start + range.upperBound {
                let n = from / each
                let to = min(start + range.upperBound, (n + 1) * each)
                body(n, from - n * each, to - n * each)
                from = to
            }
        }
    }
}
