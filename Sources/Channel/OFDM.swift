import Glibc

/// Orthogonal frequency-division multiplexing: symbols ride on subcarriers, and each block is led by its own end, so that
/// echoes no later than that multiply each subcarrier by a number.
public struct OFDM: Sendable, Equatable {
    /// Subcarriers of a block.
    public let subcarriers: Int
    /// Symbols of a block's end that lead it.
    public let cyclicPrefix: Int
    /// `e^(2πi·n/N)`.
    private let roots: [ComplexSymbol]

    /// - Precondition: there are subcarriers, and no fewer than the prefix has symbols.
    public init(subcarriers: Int = 64, cyclicPrefix: Int = 16) {
        precondition(subcarriers > 0 && (0...subcarriers).contains(cyclicPrefix), "a prefix is a part of a block")
        self.subcarriers = subcarriers
        self.cyclicPrefix = cyclicPrefix
        roots = (0..<subcarriers).map { .phasor(2 * .pi * Double($0) / Double(subcarriers)) }
    }

    /// Symbols on air of a block.
    var blockLength: Int { subcarriers + cyclicPrefix }

    /// Blocks that carry so many symbols.
    func blocks(for count: Int) -> Int { (count + subcarriers - 1) / subcarriers }

    /// Symbols on air that carry so many symbols.
    func length(for count: Int) -> Int { blocks(for: count) * blockLength }

    /// Symbols in the order of subcarriers → symbols on air. Subcarriers that are left over stay empty.
    func modulate(_ symbols: [ComplexSymbol]) -> [ComplexSymbol] {
        (0..<blocks(for: symbols.count)).flatMap { block -> [ComplexSymbol] in
            let first = block * subcarriers
            let part = Array(symbols[first..<min(first + subcarriers, symbols.count)])
            let time = transformed(part + [ComplexSymbol](repeating: .zero, count: subcarriers - part.count), sign: 1)
            return time.suffix(cyclicPrefix) + time
        }
    }

    /// Symbols on air → `count` symbols in the order of subcarriers.
    ///
    /// - Parameter erased: where nothing arrived; a block of which anything is missing is lost.
    func demodulate(
        _ air: [ComplexSymbol],
        erased: [Bool],
        count: Int
    ) -> (symbols: [ComplexSymbol], erased: [Bool]) {
        var (symbols, lost) = ([ComplexSymbol](), [Bool]())
        for block in 0..<blocks(for: count) {
            let range = block * blockLength + cyclicPrefix..<(block + 1) * blockLength
            symbols += transformed(Array(air[range]), sign: -1)
            lost += [Bool](repeating: erased[range].contains(true), count: subcarriers)
        }
        return (Array(symbols.prefix(count)), Array(lost.prefix(count)))
    }

    /// The carrier's offset in cycles a symbol, from what prefixes and blocks' ends are turned by (van de Beek, Sandell and
    /// Börjesson, 1997); up to half a turn in a block.
    func carrierOffset(_ air: [ComplexSymbol], erased: [Bool]) -> Double {
        var sum = DoubleSymbol.zero
        for start in stride(from: 0, to: air.count - blockLength + 1, by: blockLength) {
            for index in start..<start + cyclicPrefix where !erased[index] && !erased[index + subcarriers] {
                sum = sum + DoubleSymbol(air[index + subcarriers]) * DoubleSymbol(air[index]).conjugate
            }
        }
        return atan2(sum.q, sum.i) / (2 * .pi * Double(subcarriers))
    }

    /// The discrete Fourier transform that keeps the power.
    private func transformed(_ symbols: [ComplexSymbol], sign: Int) -> [ComplexSymbol] {
        let scale = 1 / Float(subcarriers).squareRoot()
        return (0..<subcarriers).map { row in
            var sum = ComplexSymbol.zero
            let step = sign > 0 ? row : subcarriers - row
            var turn = 0
            for symbol in symbols {
                sum = sum + symbol * roots[turn]
                turn += step
                if turn >= subcarriers { turn -= subcarriers }
            }
            return scale * sum
        }
    }
}
