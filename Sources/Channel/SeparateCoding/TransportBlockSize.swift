import Glibc

/// How many bits a transport block has for so many coded bits and a rate (TS 38.214, section 5.1.3.2).
enum TransportBlockSize {
    /// The transport block size.
    ///
    /// - Parameters:
    ///   - channelUses: complex symbols, at least 1.
    ///   - modulation: of the symbols.
    ///   - rate: R, the target rate: information bits per coded bit, above 0.
    /// - Returns: bits without the CRC; a multiple of 8, at least 24.
    static func bits(channelUses: Int, modulation: Modulation, rate: Double) -> Int {
        let unquantised = Double(channelUses * modulation.bitsPerSymbol) * rate
        guard unquantised > 3824 else {
            let step = exp2(max(3, floor(log2(unquantised)) - 6))
            let quantised = max(24, Int(step * floor(unquantised / step)))
            return short.first { $0 >= quantised } ?? 3824
        }
        let step = exp2(floor(log2(unquantised - 24)) - 5)
        let quantised = max(3840, Int(step * floor((unquantised - 24) / step + 0.5)))
        let graph = LDPCBaseGraph(transportBlockBits: quantised, rate: rate)
        return CodeBlockSegmentation.roundedUp(quantised, graph: graph)
    }

    /// Table 5.1.3.2-1: steps of 8, 16, 24, 32 and so on, from 24 to 3824.
    private static let short: [Int] = [
        24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 136, 144, 152, 160, 168, 176, 184, 192, 208, 224,
        240,
        256, 272, 288, 304, 320, 336, 352, 368, 384, 408, 432, 456, 480, 504, 528, 552, 576, 608, 640, 672, 704, 736,
        768,
        808, 848, 888, 928, 984, 1032, 1064, 1128, 1160, 1192, 1224, 1256, 1288, 1320, 1352, 1416, 1480, 1544, 1608,
        1672,
        1736, 1800, 1864, 1928, 2024, 2088, 2152, 2216, 2280, 2408, 2472, 2536, 2600, 2664, 2728, 2792, 2856, 2976,
        3104,
        3240, 3368, 3496, 3624, 3752, 3824,
    ]
}
