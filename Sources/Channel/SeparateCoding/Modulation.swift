/// Gray-mapped QAM of unit mean power (TS 38.211, section 5.1).
package enum Modulation: Int, CaseIterable, Sendable {
    /// Section 5.1.3.
    case qpsk = 2
    /// 16QAM, section 5.1.4.
    case qam16 = 4
    /// 64QAM, section 5.1.5.
    case qam64 = 6
    /// 256QAM, section 5.1.6.
    case qam256 = 8

    /// Q_m: bits of a symbol.
    package var bitsPerSymbol: Int { rawValue }

    /// The amplitudes of one axis, by its bits read as a binary number, the first one on top.
    ///
    /// Bits 0, 2, 4 and 6 of a symbol belong to the axis in phase, the others to the one in quadrature.
    var amplitudes: [Float] {
        let bits = bitsPerSymbol / 2
        let levels = 1 << bits
        // The mean power of the odd numbers up to levels − 1, on two axes.
        let scale = 1 / (2 * Double(levels * levels - 1) / 3).squareRoot()
        return (0..<levels).map { label in
            let signs = (0..<bits).map { 1 - 2 * (label >> $0 & 1) }
            // From the last bit to the first: (1 − 2b)·(2^j − what the bits behind make).
            let level = signs.indices.dropFirst().reduce(signs[0]) { signs[$1] * (1 << $1 - $0) }
            return Float(Double(level) * scale)
        }
    }

    /// The symbols of bits.
    ///
    /// - Parameter bits: `bitsPerSymbol` for each symbol, each a byte of value 0 or 1.
    /// - Precondition: they make whole symbols.
    package func symbols(from bits: [UInt8]) -> [ComplexSymbol] {
        precondition(bits.count.isMultiple(of: bitsPerSymbol), "\(bits.count) bits are no whole symbols")
        let amplitudes = amplitudes
        return stride(from: 0, to: bits.count, by: bitsPerSymbol).map { start in
            var (inPhase, quadrature) = (0, 0)
            for pair in stride(from: start, to: start + bitsPerSymbol, by: 2) {
                inPhase = inPhase << 1 | Int(bits[pair])
                quadrature = quadrature << 1 | Int(bits[pair + 1])
            }
            return ComplexSymbol(i: amplitudes[inPhase], q: amplitudes[quadrature])
        }
    }
}
