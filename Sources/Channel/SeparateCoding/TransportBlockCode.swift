/// The channel code of the classical baseline: 5G NR's data channel from bytes to symbols and back.
///
/// CRC, segmentation, LDPC code and rate matching are those of TS 38.212, sections 5.1 to 5.5, for redundancy version 0;
/// scrambling and modulation those of TS 38.211, sections 7.3.1.1 and 5.1. A pure value: what it knows both ends know.
package struct TransportBlockCode: Sendable {
    /// How many bytes are carried.
    package let payloadBytes: Int
    /// How many complex symbols carry them.
    package let channelUses: Int
    /// Of the symbols.
    package let modulation: Modulation

    private let segmentation: CodeBlockSegmentation
    private let matchers: [LDPCRateMatcher]
    private let scrambling: [UInt8]

    /// The most bits with their CRCs per coded bit: above it a block may be given up (TS 38.214, section 5.1.3).
    package static let highestRate = 0.95

    /// The code of a payload for so many uses of the channel.
    ///
    /// - Parameters:
    ///   - payloadBytes: how many bytes are to be carried. Zeros behind them make a transport block whose code blocks are
    ///     of one length.
    ///   - channelUses: complex symbols.
    ///   - modulation: of the symbols.
    ///   - rate: R, the target rate, by which the base graph is chosen: information bits per coded bit.
    ///   - scramblingSeed: c_init of the scrambling, of which 31 bits count. With few ones it begins with few ones.
    /// - Returns: nil where the payload with its CRCs does not fit at `highestRate`.
    /// - Precondition: bytes, uses and rate are above 0.
    package init?(
        payloadBytes: Int,
        channelUses: Int,
        modulation: Modulation,
        rate: Double,
        scramblingSeed: UInt32 = 0x2545_F491
    ) {
        precondition(payloadBytes > 0 && channelUses > 0 && rate > 0, "a code of nothing")
        self.payloadBytes = payloadBytes
        self.channelUses = channelUses
        self.modulation = modulation
        let codedBits = channelUses * modulation.bitsPerSymbol
        guard
            let segmentation = Self.segmentation(payloadBytes: payloadBytes, codedBits: codedBits, rate: rate)
        else { return nil }
        self.segmentation = segmentation
        // E_r: whole symbols for each block, the later ones one more (TS 38.212, section 5.4.2.1).
        let (uses, left) = channelUses.quotientAndRemainder(dividingBy: segmentation.blockCount)
        let order = modulation.bitsPerSymbol
        let kinds = (uses...uses + 1).map { uses in
            LDPCRateMatcher(
                code: segmentation.code,
                blockBits: segmentation.blockBits,
                sentBits: uses * order,
                modulationOrder: order
            )
        }
        matchers = (0..<segmentation.blockCount).map { kinds[$0 < segmentation.blockCount - left ? 0 : 1] }
        scrambling = GoldSequence.bits(seed: scramblingSeed, count: codedBits)
    }

    /// How a payload is cut into code blocks, or nil where these do not fit at `highestRate`.
    private static func segmentation(payloadBytes: Int, codedBits: Int, rate: Double) -> CodeBlockSegmentation? {
        guard payloadBytes <= codedBits / 8 else { return nil }
        let graph = LDPCBaseGraph(transportBlockBits: 8 * payloadBytes, rate: rate)
        let transportBlockBits = CodeBlockSegmentation.roundedUp(8 * payloadBytes, graph: graph)
        guard let segmentation = CodeBlockSegmentation(transportBlockBits: transportBlockBits, graph: graph),
            Double(segmentation.blockCount * segmentation.blockBits) <= highestRate * Double(codedBits)
        else { return nil }
        return segmentation
    }

    /// How many bytes fit so many uses of the channel: the transport block size of TS 38.214, section 5.1.3.2, or less
    /// where that would not fit with its CRCs at `highestRate`.
    ///
    /// - Parameters:
    ///   - channelUses: complex symbols.
    ///   - modulation: of the symbols.
    ///   - rate: R, the target rate: information bits per coded bit.
    /// - Returns: 0 where not even a byte fits.
    /// - Precondition: uses and rate are above 0.
    package static func payloadBytes(channelUses: Int, modulation: Modulation, rate: Double) -> Int {
        precondition(channelUses > 0 && rate > 0, "a code of nothing")
        let codedBits = channelUses * modulation.bitsPerSymbol
        let most = TransportBlockSize.bits(channelUses: channelUses, modulation: modulation, rate: rate) / 8
        let fitting = (1...most).reversed().first { bytes in
            segmentation(payloadBytes: bytes, codedBits: codedBits, rate: rate) != nil
        }
        return fitting ?? 0
    }

    /// The symbols of a payload: `channelUses`, of unit mean power whatever the payload is.
    ///
    /// - Precondition: there are `payloadBytes`.
    package func encode(_ payload: [UInt8]) -> [ComplexSymbol] {
        modulation.symbols(from: codedBits(of: payload))
    }

    /// The scrambled bits that are mapped to symbols.
    func codedBits(of payload: [UInt8]) -> [UInt8] {
        precondition(payload.count == payloadBytes, "\(payload.count) bytes for \(payloadBytes)")
        let bits = payload.flatMap { byte in (0..<8).reversed().map { byte >> $0 & 1 } }
        let padding = [UInt8](repeating: 0, count: segmentation.transportBlockBits - bits.count)
        let blocks = segmentation.blocks(of: bits + padding)
        let coded = zip(blocks, matchers).flatMap { block, matcher in
            matcher.match(segmentation.code.encode(block))
        }
        return zip(coded, scrambling).map { $0 ^ $1 }
    }

    /// The payload of received symbols.
    ///
    /// - Parameters:
    ///   - symbols: after equalisation, so that their scale is what was sent.
    ///   - noiseVariances: N0 of each, both axes together; infinity is an erasure.
    ///   - rule: of the demapping.
    ///   - iterations: the most that each code block takes.
    /// - Returns: nil where a CRC does not fit, a bit is left undecided, or there are not `channelUses` of both.
    package func decode(
        _ symbols: [ComplexSymbol],
        noiseVariances: [Float],
        rule: SoftDemapper.Rule = .exact,
        iterations: Int = 50
    ) -> [UInt8]? {
        guard symbols.count == channelUses, noiseVariances.count == channelUses else { return nil }
        var ratios = SoftDemapper(modulation, rule: rule).ratios(of: symbols, noiseVariances: noiseVariances)
        for (index, bit) in scrambling.enumerated() where bit == 1 { ratios[index] = -ratios[index] }
        var rest = ratios[...]
        var parts: [[UInt8]] = []
        for matcher in matchers {
            let received = Array(rest.prefix(matcher.positions.count))
            rest = rest.dropFirst(received.count)
            let decoder = LDPCDecoder(code: segmentation.code, rowCount: matcher.usefulRows, iterations: iterations)
            let outcome = decoder.decode(matcher.recover(received))
            guard outcome.isDecided, let part = segmentation.part(of: outcome.word) else { return nil }
            parts.append(part)
        }
        guard let bits = segmentation.transportBlock(of: parts) else { return nil }
        return (0..<payloadBytes).map { byte in bits[8 * byte..<8 * byte + 8].reduce(0) { $0 << 1 | $1 } }
    }
}
