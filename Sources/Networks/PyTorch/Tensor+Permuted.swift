import Tensor

extension Tensor {
    /// Four axes in another order: the first of the result is the `order[0]`th, and so on. PyTorch's weights [Cout, Cin, kh, kw]
    /// become ours, [Cout, kh, kw, Cin], by [0, 2, 3, 1].
    func permuted(_ order: [Int]) -> Tensor {
        precondition(shape.count == 4 && order.sorted() == [0, 1, 2, 3], "the order \(order) of the axes of \(shape)")
        let strides = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1]
        let (sizes, steps) = (order.map { shape[$0] }, order.map { strides[$0] })
        let given = values
        let result = Tensor(zeros: sizes)
        result.withUnsafeMutableBufferPointer { values in
            var place = 0
            for a in 0..<sizes[0] {
                for b in 0..<sizes[1] {
                    for c in 0..<sizes[2] {
                        let from = a * steps[0] + b * steps[1] + c * steps[2]
                        for d in 0..<sizes[3] {
                            values[place] = given[from + d * steps[3]]
                            place += 1
                        }
                    }
                }
            }
        }
        return result
    }
}
