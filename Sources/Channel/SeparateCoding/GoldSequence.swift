/// The pseudo-random sequence that scrambles coded bits (TS 38.211, section 5.2.1): a Gold sequence of length 31.
enum GoldSequence {
    /// The sequence from its beginning.
    ///
    /// - Parameters:
    ///   - seed: c_init, of which 31 bits count.
    ///   - count: how many bits.
    /// - Returns: bits, each a byte of value 0 or 1.
    static func bits(seed: UInt32, count: Int) -> [UInt8] {
        var first: UInt32 = 1
        var second = seed & 0x7FFF_FFFF
        func next() -> UInt8 {
            let bit = UInt8((first ^ second) & 1)
            // x₁(n + 31) = x₁(n + 3) + x₁(n), x₂(n + 31) = x₂(n + 3) + x₂(n + 2) + x₂(n + 1) + x₂(n).
            first = first >> 1 | ((first >> 3 ^ first) & 1) << 30
            second = second >> 1 | ((second >> 3 ^ second >> 2 ^ second >> 1 ^ second) & 1) << 30
            return bit
        }
        // N_C.
        for _ in 0..<1600 { _ = next() }
        return (0..<count).map { _ in next() }
    }
}
