/// Which bits of a word are sent, and in what order: bit selection and interleaving (TS 38.212, section 5.4.2).
///
/// The circular buffer is not limited (N_cb = N), and the redundancy version is 0: sending begins at k₀ = 0.
struct LDPCRateMatcher: Sendable {
    /// The word's bit that each sent bit is; filler bits and the first 2Z bits are not among them.
    let positions: [Int]
    private let code: LDPCCode
    private let blockBits: Int

    /// The matcher of a block.
    ///
    /// - Parameters:
    ///   - code: the code.
    ///   - blockBits: K′, the information bits without filler bits.
    ///   - sentBits: E, how many bits are sent; a multiple of the modulation order.
    ///   - modulationOrder: Q_m, bits of a symbol.
    /// - Precondition: 0 < K′ ≤ K, and E is a positive multiple of Q_m.
    init(code: LDPCCode, blockBits: Int, sentBits: Int, modulationOrder: Int) {
        precondition((1...code.informationBits).contains(blockBits), "\(blockBits) bits do not fit the code")
        precondition(sentBits > 0 && sentBits.isMultiple(of: modulationOrder), "\(sentBits) bits are no whole symbols")
        self.code = code
        self.blockBits = blockBits
        let punctured = min(2 * code.liftingSize, blockBits)
        let buffer = Array(punctured..<blockBits) + Array(code.informationBits..<code.wordBits)
        let columns = sentBits / modulationOrder
        positions = (0..<sentBits).map { index in
            let (column, row) = index.quotientAndRemainder(dividingBy: modulationOrder)
            return buffer[(row * columns + column) % buffer.count]
        }
    }

    /// How many rows of the base graph say something about the information: those of parity that is never sent do not.
    var usefulRows: Int {
        let lastColumn = (positions.max() ?? 0) / code.liftingSize
        return max(4, lastColumn - code.graph.informationColumns + 1)
    }

    /// The bits to send of a word: E of them.
    ///
    /// - Parameter word: a word of the code.
    func match(_ word: [UInt8]) -> [UInt8] {
        positions.map { word[$0] }
    }

    /// What reception says of a word. Bits sent several times add up, and bits never sent stay at 0.
    ///
    /// - Parameter ratios: E log-likelihood ratios ln P(0)/P(1), as sent.
    /// - Returns: as many ratios as the word has bits, limited in magnitude; filler bits are known to be 0.
    /// - Precondition: there are E ratios.
    func recover(_ ratios: [Float]) -> [Float] {
        precondition(ratios.count == positions.count, "\(ratios.count) ratios for \(positions.count) bits")
        var word = [Float](repeating: 0, count: code.wordBits)
        for (position, ratio) in zip(positions, ratios) { word[position] += ratio }
        for index in word.indices { word[index] = max(-LDPCDecoder.limit, min(LDPCDecoder.limit, word[index])) }
        for position in blockBits..<code.informationBits { word[position] = LDPCDecoder.knownZero }
        return word
    }
}
