import Tensor

extension Variable {
    /// Pictures [N,H,W,C] mirrored; no gradient.
    var mirrored: Variable {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        var result: [Float] = []
        result.reserveCapacity(value.count)
        let values = value.values
        for line in 0..<shape[0] * height {
            for x in (0..<width).reversed() {
                let start = (line * width + x) * channels
                result += values[start..<start + channels]
            }
        }
        return Variable(Tensor(result, shape: shape))
    }
}
