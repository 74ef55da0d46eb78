import CKernels

extension Variable {
    /// x·weightᵀ + bias: [N,in] by [out,in] to [N,out]. Leading axes other than the last count as batch.
    public func linear(weight: Variable, bias: Variable? = nil) -> Variable {
        let (x, w) = (value, weight.value)
        let (outputs, inputs) = (w.shape[0], w.shape[1])
        precondition(x.dimension(0) == inputs, "linear layer of \(w.shape) applied to \(x.shape)")
        let rows = x.count / inputs
        let y = Tensor(uninitialized: Array(x.shape.dropLast()) + [outputs])
        if let bias {
            precondition(bias.value.count == outputs, "bias of \(bias.shape) for \(outputs) outputs")
            for row in 0..<rows { (y.pointer + row * outputs).update(from: bias.value.pointer, count: outputs) }
        }
        MatrixProduct.multiply(
            x.pointer,
            lda: inputs,
            w.pointer,
            transposedB: true,
            ldb: inputs,
            into: y.pointer,
            ldc: outputs,
            m: rows,
            n: outputs,
            k: inputs,
            beta: bias == nil ? 0 : 1
        )
        let (dx, dw, db) = (adjoint, weight.adjoint, bias?.adjoint)
        return Variable(y, from: [dx, dw, db]) { g in
            if let dx {
                let result = Tensor(uninitialized: x.shape)
                MatrixProduct.multiply(
                    g.pointer,
                    lda: outputs,
                    w.pointer,
                    ldb: inputs,
                    into: result.pointer,
                    ldc: inputs,
                    m: rows,
                    n: inputs,
                    k: outputs
                )
                dx.accumulate(result)
            }
            if let dw {
                let result = Tensor(uninitialized: w.shape)
                MatrixProduct.multiply(
                    g.pointer,
                    transposedA: true,
                    lda: outputs,
                    x.pointer,
                    ldb: inputs,
                    into: result.pointer,
                    ldc: inputs,
                    m: outputs,
                    n: inputs,
                    k: rows
                )
                dw.accumulate(result)
            }
            db?.accumulate(g.columnSums(outputs))
        }
    }

    /// The same of x [N,…,in] times `scale` [N,in]. For one sample the scale goes into the weight, which is smaller.
    public func linear(weight: Variable, bias: Variable? = nil, scale: Variable) -> Variable {
        guard scale.shape[0] == 1 else { return (self * scale).linear(weight: weight, bias: bias) }
        return linear(weight: weight * scale, bias: bias)
    }

    /// The matrix product [m,k]·[k,n].
    public func matmul(_ other: Variable) -> Variable {
        let (a, b) = (value, other.value)
        precondition(a.shape.count == 2 && b.shape.count == 2 && a.shape[1] == b.shape[0], "\(a.shape) by \(b.shape)")
        let (m, k, n) = (a.shape[0], a.shape[1], b.shape[1])
        let c = Tensor(uninitialized: [m, n])
        MatrixProduct.multiply(a.pointer, lda: k, b.pointer, ldb: n, into: c.pointer, ldc: n, m: m, n: n, k: k)
        let (da, db) = (adjoint, other.adjoint)
        return Variable(c, from: [da, db]) { g in
            if let da {
                let result = Tensor(uninitialized: a.shape)
                MatrixProduct.multiply(
                    g.pointer,
                    lda: n,
                    b.pointer,
                    transposedB: true,
                    ldb: n,
                    into: result.pointer,
                    ldc: k,
                    m: m,
                    n: k,
                    k: n
                )
                da.accumulate(result)
            }
            if let db {
                let result = Tensor(uninitialized: b.shape)
                MatrixProduct.multiply(
                    a.pointer,
                    transposedA: true,
                    lda: k,
                    g.pointer,
                    ldb: n,
                    into: result.pointer,
                    ldc: n,
                    m: k,
                    n: n,
                    k: m
                )
                db.accumulate(result)
            }
        }
    }

    /// Rows of this table [V,D] at `indices`: [indices.count, D]. Gradients of repeated rows add up.
    public func embedding(indices: [Int]) -> Variable {
        let (table, adjoint) = (value, adjoint)
        let (rows, width) = (table.shape[0], table.shape[1])
        let result = Tensor(uninitialized: [indices.count, width])
        for (row, index) in indices.enumerated() {
            precondition(index >= 0 && index < rows, "row \(index) of a table of \(rows)")
            (result.pointer + row * width).update(from: table.pointer + index * width, count: width)
        }
        return Variable(result, from: [adjoint]) { gradient in
            let sum = Tensor(zeros: table.shape)
            for (row, index) in indices.enumerated() {
                let (to, from) = (sum.pointer + index * width, gradient.pointer + row * width)
                for d in 0..<width { to[d] += from[d] }
            }
            adjoint?.accumulate(sum)
        }
    }
}

extension Tensor {
    /// The sums of the columns when the elements are seen as rows of `width`: first over blocks of rows, then over the
    /// blocks, which keeps rounding errors small and shares the work.
    func columnSums(_ width: Int) -> Tensor {
        let rows = count / width
        let block = 512
        let blocks = max(1, (rows + block - 1) / block)
        let partial = Tensor(zeros: [blocks, width])
        WorkerPool.shared.run(blocks) { index in
            let to = partial.pointer + index * width
            for row in index * block..<min(rows, (index + 1) * block) {
                ck_add(to, pointer + row * width, width, to)
            }
        }
        let result = Tensor(zeros: [width])
        for index in 0..<blocks { ck_add(result.pointer, partial.pointer + index * width, width, result.pointer) }
        return result
    }
}
