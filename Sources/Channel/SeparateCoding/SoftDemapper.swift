import Glibc

/// What received symbols say of their bits: log-likelihood ratios ln P(0)/P(1), in nats.
package struct SoftDemapper: Sendable {
    /// How likelihoods of symbols that share a bit are summed.
    package enum Rule: Sendable, CaseIterable {
        /// Each symbol counts.
        case exact
        /// Only the likeliest one counts: max-log.
        case maxLog
    }

    /// What was sent.
    package let modulation: Modulation
    /// How likelihoods are summed.
    package let rule: Rule
    private let amplitudes: [Double]

    /// A demapper for symbols of a modulation.
    package init(_ modulation: Modulation, rule: Rule = .exact) {
        self.modulation = modulation
        self.rule = rule
        amplitudes = modulation.amplitudes.map(Double.init)
    }

    /// The ratios of the bits of received symbols.
    ///
    /// - Parameters:
    ///   - symbols: after equalisation, so that their scale is what was sent.
    ///   - noiseVariances: N0 of each, both axes together. Infinity is an erasure: its ratios are 0. So are those of
    ///     symbols and variances that are no numbers.
    /// - Returns: `bitsPerSymbol` for each symbol, in the order that they were mapped in. None is infinite or NaN.
    /// - Precondition: there are as many variances as symbols.
    package func ratios(of symbols: [ComplexSymbol], noiseVariances: [Float]) -> [Float] {
        precondition(symbols.count == noiseVariances.count, "\(noiseVariances.count) variances for \(symbols.count)")
        var ratios = [Float](repeating: 0, count: symbols.count * modulation.bitsPerSymbol)
        for (index, (symbol, variance)) in zip(symbols, noiseVariances).enumerated() {
            guard variance.isFinite, symbol.i.isFinite, symbol.q.isFinite else { continue }
            let precision = 1 / Double(max(variance, Self.leastVariance))
            let start = index * modulation.bitsPerSymbol
            demap(Double(symbol.i), precision, into: &ratios, from: start)
            demap(Double(symbol.q), precision, into: &ratios, from: start + 1)
        }
        return ratios
    }

    /// Less noise than this is taken for this: 90 dB below the power.
    private static let leastVariance: Float = 1e-9

    /// The ratios of one axis, at every other place.
    private func demap(_ value: Double, _ precision: Double, into ratios: inout [Float], from start: Int) {
        let bits = modulation.bitsPerSymbol / 2
        for bit in 0..<bits {
            let mask = 1 << (bits - 1 - bit)
            let zero = logLikelihood(value, precision) { $0 & mask == 0 }
            let one = logLikelihood(value, precision) { $0 & mask != 0 }
            let ratio = zero - one
            ratios[start + 2 * bit] = Float(max(-Self.greatest, min(Self.greatest, ratio)))
        }
    }

    /// The greatest magnitude of a ratio.
    private static let greatest = 1e12

    /// The logarithm of the likelihood that one of some labels was sent.
    private func logLikelihood(_ value: Double, _ precision: Double, of labels: (Int) -> Bool) -> Double {
        func exponent(_ label: Int) -> Double {
            let distance = value - amplitudes[label]
            return -distance * distance * precision
        }
        var greatest = -Double.infinity
        for label in amplitudes.indices where labels(label) { greatest = max(greatest, exponent(label)) }
        guard rule == .exact else { return greatest }
        var sum = 0.0
        for label in amplitudes.indices where labels(label) { sum += exp(exponent(label) - greatest) }
        return greatest + log(sum)
    }
}
