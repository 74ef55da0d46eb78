import Glibc

extension Variable {
    /// One step of an LSTM from pre-activations. This is [N,4H] (input, forget, candidate, output: PyTorch's order),
    /// `cell` is [N,H]. Returns the new hidden and cell states, [N,H] each.
    public func lstmCell(_ cell: Variable) -> (hidden: Variable, cell: Variable) {
        let (gates, old) = (value, cell.value)
        let (batch, width) = (old.shape[0], old.shape[1])
        precondition(gates.shape == [batch, 4 * width], "gates \(gates.shape) for a cell \(old.shape)")
        let active = Tensor(uninitialized: gates.shape)
        let both = Tensor(uninitialized: [batch, 2 * width])
        for n in 0..<batch {
            let (from, to) = (gates.pointer + n * 4 * width, active.pointer + n * 4 * width)
            let (c, out) = (old.pointer + n * width, both.pointer + n * 2 * width)
            for j in 0..<width {
                let (i, f) = (logistic(from[j]), logistic(from[width + j]))
                let (g, o) = (tanhf(from[2 * width + j]), logistic(from[3 * width + j]))
                (to[j], to[width + j], to[2 * width + j], to[3 * width + j]) = (i, f, g, o)
                out[width + j] = f * c[j] + i * g
                out[j] = o * tanhf(out[width + j])
            }
        }
        let (dGates, dCell) = (adjoint, cell.adjoint)
        let joined = Variable(both, from: [dGates, dCell]) { gradient in
            let gateGradient = Tensor(uninitialized: gates.shape)
            let cellGradient = Tensor(uninitialized: old.shape)
            for n in 0..<batch {
                let (a, to) = (active.pointer + n * 4 * width, gateGradient.pointer + n * 4 * width)
                let (grad, state) = (gradient.pointer + n * 2 * width, both.pointer + n * 2 * width)
                for j in 0..<width {
                    let (i, f, g, o) = (a[j], a[width + j], a[2 * width + j], a[3 * width + j])
                    let t = tanhf(state[width + j])
                    let dc = grad[width + j] + grad[j] * o * (1 - t * t)
                    to[j] = dc * g * i * (1 - i)
                    to[width + j] = dc * old.pointer[n * width + j] * f * (1 - f)
                    to[2 * width + j] = dc * i * (1 - g * g)
                    to[3 * width + j] = grad[j] * t * o * (1 - o)
                    cellGradient.pointer[n * width + j] = dc * f
                }
            }
            dGates?.accumulate(gateGradient)
            dCell?.accumulate(cellGradient)
        }
        return (joined.slice(axis: 1, range: 0..<width), joined.slice(axis: 1, range: width..<2 * width))
    }

    /// An LSTM over a sequence [N,T,I] from zero states, weights as PyTorch keeps them: `inputWeight` [4H,I],
    /// `hiddenWeight` [4H,H], `bias` [4H]. Returns the hidden states [N,T,H].
    ///
    /// Past a sample's own length its state stays as it was, so the last step always holds the final state.
    public func lstm(
        inputWeight: Variable,
        hiddenWeight: Variable,
        bias: Variable,
        lengths: [Int]? = nil
    ) -> Variable {
        precondition(shape.count == 3, "a sequence [N,T,I] was expected, not \(shape)")
        let (batch, steps, width) = (shape[0], shape[1], hiddenWeight.shape[1])
        let projected = linear(weight: inputWeight, bias: bias)
        var hidden = Variable(Tensor(zeros: [batch, width]))
        var cell = Variable(Tensor(zeros: [batch, width]))
        var states: [Variable] = []
        for step in 0..<steps {
            let input = projected.slice(axis: 1, range: step..<step + 1).reshaped([batch, 4 * width])
            let next = (input + hidden.linear(weight: hiddenWeight)).lstmCell(cell)
            if let lengths, lengths.contains(where: { $0 <= step }) {
                let running = Variable(Tensor(lengths.map { $0 > step ? 1 : 0 }, shape: [batch, 1]))
                let done = Variable(Tensor(lengths.map { $0 > step ? 0 : 1 }, shape: [batch, 1]))
                hidden = next.hidden * running + hidden * done
                cell = next.cell * running + cell * done
            } else {
                (hidden, cell) = next
            }
            states.append(hidden.reshaped([batch, 1, width]))
        }
        return Variable.concatenated(states, axis: 1)
    }
}
