/// A Wiener process with steps of variance 1 that can be read anywhere: its value at any place is a function of seed, stream
/// and place (Lévy's construction).
///
/// The path over a stretch is its end, drawn first, and the middles of its halves, drawn one after the other given the ends.
struct WienerPath: Sendable {
    /// Places repeat after 2^40: 12 days at a million symbols a second.
    private static let levels = 40
    /// Stretches of 2^6 are drawn step by step.
    private static let leafLevels = 6
    private static let leaf = 1 << leafLevels

    private let source: NoiseSource

    init(seed: UInt64, stream: UInt32) {
        source = NoiseSource(seed: seed, stream: stream, purpose: .phaseNoise)
    }

    /// The values at `count` places from `first` on; 0 at place 0.
    func values(first: Int64, count: Int) -> [Double] {
        let (leaf, mask) = (UInt64(Self.leaf), UInt64(1) << UInt64(Self.levels) - 1)
        var values: [Double] = []
        values.reserveCapacity(count)
        var place = UInt64(bitPattern: first) & mask
        while values.count < count {
            let start = place & ~(leaf - 1)
            let stretch = stretch(from: start)
            let (low, high) = (Int(place - start), min(Self.leaf, Int(place - start) + count - values.count))
            values += stretch[low..<high]
            place = (start + leaf) & mask
        }
        return values
    }

    /// The values of a stretch of 2^6, from a place that is a multiple of it.
    private func stretch(from start: UInt64) -> [Double] {
        var (value, from) = (0.0, UInt64(0))
        var level = Self.levels
        var increment = Double(UInt64(1) << UInt64(level)).squareRoot() * normal(level, 0)
        while level > Self.leafLevels {
            let half = UInt64(1) << UInt64(level - 1)
            // Given both ends, the middle deviates from theirs by half the root of the length.
            let first =
                increment / 2 + Double(half).squareRoot() / 2.0.squareRoot() * normal(level, 1 + from >> UInt64(level))
            if start & half == 0 {
                increment = first
            } else {
                (value, from, increment) = (value + first, from + half, increment - first)
            }
            level -= 1
        }
        var sums = [0.0]
        for pair in 0..<UInt64(Self.leaf / 2) {
            let noise = source.noise(at: start / 2 + pair)
            for part in [noise.i, noise.q] { sums.append(sums[sums.count - 1] + Double(part) * 2.0.squareRoot()) }
        }
        let excess = (increment - sums[Self.leaf]) / Double(Self.leaf)
        return (0..<Self.leaf).map { value + sums[$0] + Double($0) * excess }
    }

    /// A standard normal number for each node of the tree.
    private func normal(_ level: Int, _ node: UInt64) -> Double {
        Double(source.noise(at: UInt64(level) << 48 | node).i) * 2.0.squareRoot()
    }
}
