extension Variable {
    /// The transposed convolution of [N,H,W,Cin] with `weight` [Cin,kh,kw,Cout]: what `convolved` with the same weight, stride
    /// and padding does to gradients, here done to values: [N,(H−1)s−2p+kh+q,(W−1)s−2p+kw+q,Cout]. Gradients flow to the
    /// input, the weight and the bias [Cout].
    ///
    /// - Parameter outputPadding: q, lines and columns at the far edges that the convolution would leave out; below the stride.
    public func transposedConvolved(
        weight: Variable,
        bias: Variable? = nil,
        stride: Int = 1,
        padding: Int = 0,
        outputPadding: Int = 0
    ) -> Variable {
        let (x, w) = (value, weight.value)
        precondition(x.shape.count == 4 && w.shape.count == 4, "transposed convolution of \(x.shape) by \(w.shape)")
        precondition(x.shape[3] == w.shape[0], "transposed convolution of \(x.shape) by \(w.shape): channels differ")
        func edge(_ input: Int, _ kernel: Int) -> Int { (input - 1) * stride - 2 * padding + kernel + outputPadding }
        let geometry = ConvolutionGeometry(
            input: [x.shape[0], edge(x.shape[1], w.shape[1]), edge(x.shape[2], w.shape[2]), w.shape[3]],
            weight: w.shape,
            stride: stride,
            padding: padding
        )
        precondition(geometry.outputShape == x.shape, "an output padding of \(outputPadding) at stride \(stride)")
        let y = geometry.backwardInput(x, weight: w)
        if let bias { y.addRows(bias.value) }
        let (dx, dw, db) = (adjoint, weight.adjoint, bias?.adjoint)
        return Variable(y, from: [dx, dw, db]) { g in
            if let dx {
                let result = Tensor(uninitialized: x.shape)
                geometry.forward(g, weight: w, into: result, accumulating: false)
                dx.accumulate(result)
            }
            dw?.accumulate(geometry.backwardWeight(g, x, shape: w.shape))
            db?.accumulate(g.columnSums(geometry.channels))
        }
    }
}

extension Tensor {
    /// Adds `row` to every row of its length.
    fileprivate func addRows(_ row: Tensor) {
        let width = row.count
        precondition(dimension(0) == width, "rows of \(shape) do not have \(width) elements")
        WorkerPool.shared.split(count / width, grain: max(1, 16384 / width)) { range in
            for index in range {
                let to = pointer + index * width
                for column in 0..<width { to[column] += row.pointer[column] }
            }
        }
    }
}
