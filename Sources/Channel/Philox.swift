/// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).
///
/// The same counter and key give the same four words everywhere: draws can be made in any order.
enum Philox {
    static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var counter = counter
        var key = key
        for round in 0..<10 {
            if round > 0 { key = key &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let first = UInt64(0xD251_1F53) * UInt64(counter.x)
            let second = UInt64(0xCD9E_8D57) * UInt64(counter.z)
            counter = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ counter.y ^ key.x,
                UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ counter.w ^ key.y,
                UInt32(truncatingIfNeeded: first)
            )
        }
        return counter
    }

    /// What a draw is for; draws for different purposes never share a counter.
    enum Purpose: UInt32 {
        case noise = 0
        case pilots = 1
        case interleaver = 2
        case fate = 3
        case rotation = 4
        case fading = 5
        case lineOfSight = 6
        case scatterers = 7
        case phaseNoise = 8
    }

    /// Two independent 64-bit words for (`seed`, `purpose`, `stream`, `index`).
    static func words(seed: UInt64, purpose: Purpose, stream: UInt32, index: UInt64) -> (UInt64, UInt64) {
        let block = block(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: index),
                UInt32(truncatingIfNeeded: index >> 32),
                stream,
                purpose.rawValue
            ),
            key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        )
        return (UInt64(block.x) << 32 | UInt64(block.y), UInt64(block.z) << 32 | UInt64(block.w))
    }
}
