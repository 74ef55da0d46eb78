extension Tensor {
    /// The sizes before, at and after `axis`, each multiplied out.
    fileprivate func split(at axis: Int) -> (outer: Int, middle: Int, inner: Int) {
        precondition(axis >= 0 && axis < shape.count, "axis \(axis) of \(shape)")
        return (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
    }
}

extension Variable {
    /// The same elements under another shape.
    public func reshaped(_ shape: [Int]) -> Variable {
        let (adjoint, old) = (adjoint, self.shape)
        return Variable(value.reshaped(shape), from: [adjoint]) { adjoint?.accumulate($0.reshaped(old)) }
    }

    /// The part of `axis` within `range`.
    public func slice(axis: Int, range: Range<Int>) -> Variable {
        let (outer, middle, inner) = value.split(at: axis)
        precondition(range.lowerBound >= 0 && range.upperBound <= middle, "range \(range) of axis \(axis) of \(shape)")
        var sliced = shape
        sliced[axis] = range.count
        let run = range.count * inner
        let result = Tensor(uninitialized: sliced)
        let start = range.lowerBound * inner
        for o in 0..<outer {
            (result.pointer + o * run).update(from: value.pointer + o * middle * inner + start, count: run)
        }
        let (adjoint, shape) = (adjoint, shape)
        return Variable(result, from: [adjoint]) { gradient in
            let spread = Tensor(zeros: shape)
            for o in 0..<outer {
                (spread.pointer + o * middle * inner + start).update(from: gradient.pointer + o * run, count: run)
            }
            adjoint?.accumulate(spread)
        }
    }

    /// The parts joined along `axis`; their other sizes must agree.
    public static func concatenated(_ parts: [Variable], axis: Int) -> Variable {
        precondition(!parts.isEmpty, "nothing to concatenate")
        let runs = parts.map { part -> Int in
            let (_, middle, inner) = part.value.split(at: axis)
            return middle * inner
        }
        var shape = parts[0].shape
        shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
        let outer = shape[..<axis].reduce(1, *)
        let total = runs.reduce(0, +)
        let result = Tensor(uninitialized: shape)
        precondition(outer * total == result.count, "cannot concatenate \(parts.map(\.shape)) along \(axis)")
        var start = 0
        for (part, run) in zip(parts, runs) {
            for o in 0..<outer {
                (result.pointer + o * total + start).update(from: part.value.pointer + o * run, count: run)
            }
            start += run
        }
        let adjoints = parts.map(\.adjoint)
        let shapes = parts.map(\.shape)
        return Variable(result, from: adjoints) { gradient in
            var start = 0
            for index in adjoints.indices {
                if let adjoint = adjoints[index] {
                    let part = Tensor(uninitialized: shapes[index])
                    for o in 0..<outer {
                        (part.pointer + o * runs[index])
                            .update(from: gradient.pointer + o * total + start, count: runs[index])
                    }
                    adjoint.accumulate(part)
                }
                start += runs[index]
            }
        }
    }

    /// This and `others` joined along `axis`.
    public func concatenated(_ others: Variable..., axis: Int) -> Variable {
        Variable.concatenated([self] + others, axis: axis)
    }
}
