/// Layered belief propagation on log-likelihood ratios ln P(0)/P(1).
///
/// Rows of the base graph are layers: each hears what those before it said in the same iteration. That takes half the
/// iterations of all checks at once (Hocevar 2004).
struct LDPCDecoder: Sendable {
    /// What a check says to a bit, by the ratios x that it hears from its other bits.
    enum Rule: Sendable {
        /// 2·artanh ∏ tanh(x/2), the ratio of their parity, pair by pair: the least magnitude and a correction (Hu et al.
        /// 2001).
        case sumProduct
        /// The least magnitude m alone, which is too sure: scale·m − offset, at least 0 (Chen et al. 2005). It takes half
        /// the time and some tenths of a decibel more, the more the lower the rate is.
        case minSum(scale: Float, offset: Float)

        /// The min-sum rule with a factor of 3/4.
        static let normalisedMinSum = Rule.minSum(scale: 0.75, offset: 0)
    }

    /// What decoding came to.
    struct Outcome: Sendable {
        /// The hard decisions on all bits of the word; those of rows not looked at follow reception alone.
        var word: [UInt8]
        /// How many iterations it took.
        var iterations: Int
        /// Whether all information bits are decided: those of which nothing was received are not.
        var isDecided: Bool
        /// Whether they are, and all checks looked at hold.
        var isCodeword: Bool
    }

    /// The ratio of a filler bit: beyond what any bit can reach.
    static let knownZero: Float = 1e5
    /// The greatest magnitude of a message and of any other bit's ratio.
    static let limit: Float = 128

    /// The code.
    let code: LDPCCode
    /// How many leading rows of the base graph take part.
    let rowCount: Int
    /// The most iterations.
    var iterations = 50
    /// What checks say.
    var rule = Rule.sumProduct

    /// Decodes until all checks hold, or the iterations are used up.
    ///
    /// - Parameter ratios: one for each bit of the word, as `LDPCRateMatcher.recover` makes them; 0 where nothing is known.
    /// - Precondition: there are `code.wordBits` ratios.
    func decode(_ ratios: [Float]) -> Outcome {
        precondition(ratios.count == code.wordBits, "\(ratios.count) ratios for \(code.wordBits) bits")
        var beliefs = ratios
        var layers = LDPCLayers(code: code, rowCount: rowCount, rule: rule)
        var outcome = judge(beliefs, after: 0)
        while !outcome.isCodeword && outcome.iterations < iterations {
            layers.update(&beliefs)
            outcome = judge(beliefs, after: outcome.iterations + 1)
        }
        return outcome
    }

    private func judge(_ beliefs: [Float], after iterations: Int) -> Outcome {
        let word = beliefs.map { $0 < 0 ? UInt8(1) : 0 }
        let isDecided = !beliefs[..<code.informationBits].contains(0)
        return Outcome(
            word: word,
            iterations: iterations,
            isDecided: isDecided,
            isCodeword: isDecided && code.isSatisfied(by: word, rowCount: rowCount)
        )
    }
}
