import Tensor

/// A slight change of a drawn face, such as sets photos apart from it: the frame a little off, other light, noise.
struct PictureAlteration {
    /// Edge in pixels of the pictures that are altered.
    static let edge = 128

    private let x0, y0, width: Double
    private let gains, offsets: [Float]
    private let noise: Float

    /// Draws a change; at strength 1 up to two pixels of shift, 3 % of scale, 10 % of gain and 0.05 of offset a channel.
    init(strength: Float, generator random: inout SeededGenerator) {
        func within(_ most: Float) -> Float { (2 * random.uniform() - 1) * most * strength }
        let edge = Double(Self.edge)
        width = edge * (1 + Double(within(0.03)))
        x0 = (edge - width) / 2 + Double(within(2))
        y0 = (edge - width) / 2 + Double(within(2))
        gains = (0..<3).map { _ in 1 + within(0.1) }
        offsets = (0..<3).map { _ in within(0.05) }
        noise = 0.02 * strength
    }

    /// The values of the small picture of a drawn one [1,128,128,3]: altered, area-averaged to 32 × 32 and kept within
    /// [−1, 1].
    func small(_ drawn: Variable, _ random: inout SeededGenerator) -> [Float] {
        let size = (Self.edge, Self.edge)
        let moved = drawn.clamped.bilinearCropped(x0: x0, y0: y0, width: width, height: width, to: size)
        let values = moved.value.values
        let (edge, block) = (FirstGuess.edge, Self.edge / FirstGuess.edge)
        var small = [Float](repeating: 0, count: FirstGuess.inputs)
        for y in 0..<Self.edge {
            for x in 0..<Self.edge {
                for c in 0..<3 { small[(y / block * edge + x / block) * 3 + c] += values[(y * Self.edge + x) * 3 + c] }
            }
        }
        let share = 1 / Float(block * block)
        return small.enumerated().map { index, sum in
            let value = sum * share * gains[index % 3] + offsets[index % 3] + random.normal() * noise
            return min(max(value, -1), 1)
        }
    }
}

extension Variable {
    /// The values kept within [−1, 1], as an 8-bit picture keeps them; no gradient.
    fileprivate var clamped: Variable {
        Variable(Tensor(value.values.map { min(max($0, -1), 1) }, shape: value.shape))
    }
}
