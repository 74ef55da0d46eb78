/// Layered belief propagation by the min-sum rule, on log-likelihood ratios ln P(0)/P(1).
///
/// Rows of the base graph are layers: each hears what those before it said in the same iteration (Hocevar 2004). What a
/// check says is the smallest of what it hears, scaled or less an offset (Chen et al. 2005), since that is too sure.
struct LDPCDecoder: Sendable {
    /// How a check corrects the smallest magnitude m that it hears: scale·m − offset, at least 0.
    struct Correction: Sendable {
        /// A factor.
        var scale: Float = 1
        /// Nats, taken off after scaling.
        var offset: Float = 0

        /// The min-sum rule with a factor of 3/4.
        static let normalised = Correction(scale: 0.75)
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
    var iterations = 20
    /// How the min-sum rule is corrected.
    var correction = Correction.normalised

    /// Decodes until all checks hold, or the iterations are used up.
    ///
    /// - Parameter ratios: one for each bit of the word, as `LDPCRateMatcher.recover` makes them; 0 where nothing is known.
    /// - Precondition: there are `code.wordBits` ratios.
    func decode(_ ratios: [Float]) -> Outcome {
        precondition(ratios.count == code.wordBits, "\(ratios.count) ratios for \(code.wordBits) bits")
        var beliefs = ratios
        var layers = LDPCLayers(code: code, rowCount: rowCount, correction: correction)
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
