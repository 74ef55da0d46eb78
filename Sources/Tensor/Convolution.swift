extension Variable {
    /// The convolution (cross-correlation) of [N,H,W,Cin] with `weight` [Cout,kh,kw,Cin], zeros outside:
    /// [N,(H+2p−kh)/s+1,(W+2p−kw)/s+1,Cout]. Gradients flow to the input, the weight and the bias [Cout].
    public func convolved(
        weight: Variable,
        bias: Variable? = nil,
        stride: Int = 1,
        padding: Int = 0
    ) -> Variable {
        let (x, w) = (value, weight.value)
        let geometry = ConvolutionGeometry(input: x.shape, weight: w.shape, stride: stride, padding: padding)
        let y = Tensor(uninitialized: geometry.outputShape)
        if let bias { y.fillRows(with: bias.value) }
        geometry.forward(x, weight: w, into: y, accumulating: bias != nil)
        let (dx, dw, db) = (adjoint, weight.adjoint, bias?.adjoint)
        return Variable(y, from: [dx, dw, db]) { g in
            dx?.accumulate(geometry.backwardInput(g, weight: w))
            dw?.accumulate(geometry.backwardWeight(x, g, shape: w.shape))
            db?.accumulate(g.columnSums(geometry.outputChannels))
        }
    }
}

extension Tensor {
    /// Writes `row` into every row of its length.
    func fillRows(with row: Tensor) {
        let width = row.count
        precondition(dimension(0) == width, "rows of \(shape) do not have \(width) elements")
        WorkerPool.shared.split(count / width, grain: max(1, 16384 / width)) { range in
            for index in range { (pointer + index * width).update(from: row.pointer, count: width) }
        }
    }
}
