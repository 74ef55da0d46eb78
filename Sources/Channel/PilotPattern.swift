/// The layout of a transmission: known QPSK pilots at even distances, the data between them in a seeded random order, each
/// turned by a seeded multiple of 90°.
///
/// To who has another seed, data are noise in another order, and pilots disagree with those expected.
///
/// A lost packet therefore takes its share of the pilots only, and components of the code that do not lie together.
public struct PilotPattern: Sendable, Equatable {
    /// Pilots of a transmission, in complex symbols.
    public static let defaultPilotCount = 64

    /// The pilots as sent, unit power each.
    public let pilots: [ComplexSymbol]
    /// Where the pilots stand on air, ascending.
    public let pilotPositions: [Int]
    /// Where data symbol j stands on air.
    public let dataPositions: [Int]
    /// Quarter turns of data symbol j.
    let quarterTurns: [UInt8]

    /// - Parameters:
    ///   - dataCount: complex data symbols.
    ///   - pilotCount: complex pilots.
    ///   - seed: of the pilots' phases, the interleaver and the turns; both ends must use the same.
    /// - Precondition: the counts are not negative.
    public init(dataCount: Int, pilotCount: Int = defaultPilotCount, seed: UInt64) {
        precondition(dataCount >= 0 && pilotCount >= 0, "counts are not negative")
        let symbolCount = dataCount + pilotCount
        pilotPositions = (0..<pilotCount).map { (2 * $0 + 1) * symbolCount / (2 * pilotCount) }
        let level = Float(0.5).squareRoot()
        pilots = (0..<pilotCount).map { number in
            let word = Philox.words(seed: seed, purpose: .pilots, stream: 0, index: UInt64(number)).0
            return ComplexSymbol(i: word & 1 == 0 ? level : -level, q: word & 2 == 0 ? level : -level)
        }
        var isPilot = [Bool](repeating: false, count: symbolCount)
        for position in pilotPositions { isPilot[position] = true }
        var positions = (0..<symbolCount).filter { !isPilot[$0] }
        // Fisher and Yates; the bias of the multiply-shift draw is below 2^−40 for any permitted count.
        for last in stride(from: positions.count - 1, to: 0, by: -1) {
            let word = Philox.words(seed: seed, purpose: .interleaver, stream: 0, index: UInt64(last)).0
            positions.swapAt(last, Int(word.multipliedFullWidth(by: UInt64(last + 1)).high))
        }
        dataPositions = positions
        quarterTurns = positions.indices.map {
            UInt8(Philox.words(seed: seed, purpose: .rotation, stream: 0, index: UInt64($0)).0 & 3)
        }
    }

    /// Symbols on air, pilots included.
    public var symbolCount: Int { pilots.count + dataPositions.count }

    /// Data in code order → symbols in order of transmission.
    ///
    /// - Precondition: `data.count` is the pattern's data count.
    public func multiplex(_ data: [ComplexSymbol]) -> [ComplexSymbol] {
        precondition(data.count == dataPositions.count, "the data do not fit the pattern")
        var air = [ComplexSymbol](repeating: ComplexSymbol(i: 0, q: 0), count: symbolCount)
        for (pilot, position) in zip(pilots, pilotPositions) { air[position] = pilot }
        for (index, position) in dataPositions.enumerated() {
            air[position] = data[index].turned(by: quarterTurns[index])
        }
        return air
    }

    /// Symbols in order of transmission → data in code order and pilots.
    ///
    /// - Parameters:
    ///   - air: the symbols.
    ///   - erased: true where nothing arrived; those symbols are ignored.
    /// - Precondition: both arrays have `symbolCount` elements.
    public func demultiplex(_ air: [ComplexSymbol], erased: [Bool]) -> ReceivedFrame {
        precondition(air.count == symbolCount && erased.count == symbolCount, "the symbols do not fit the pattern")
        return ReceivedFrame(
            data: zip(dataPositions, quarterTurns).map { air[$0].turned(by: 4 - $1) },
            dataErased: dataPositions.map { erased[$0] },
            pilots: pilotPositions.map { air[$0] },
            pilotErased: pilotPositions.map { erased[$0] }
        )
    }
}

extension ComplexSymbol {
    /// Times i to the power of `quarters`.
    fileprivate func turned(by quarters: UInt8) -> ComplexSymbol {
        switch quarters & 3 {
        case 1: ComplexSymbol(i: -q, q: i)
        case 2: ComplexSymbol(i: -i, q: -q)
        case 3: ComplexSymbol(i: q, q: -i)
        default: self
        }
    }
}

/// A transmission as received, sorted into data (code order) and pilots.
public struct ReceivedFrame: Sendable, Equatable {
    /// Symbols of the code word, in its order.
    public var data: [ComplexSymbol]
    /// Which of them never arrived.
    public var dataErased: [Bool]
    /// What the pilots were received as, in their order.
    public var pilots: [ComplexSymbol]
    /// Which of them never arrived.
    public var pilotErased: [Bool]
}
