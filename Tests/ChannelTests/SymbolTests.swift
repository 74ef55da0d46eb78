import Foundation
import Testing

@testable import Channel

@Suite struct SymbolTests {
    @Test func mappingIsABijection() {
        let reals = testCode(512, seed: 3)
        let symbols = SymbolMapper.symbols(from: reals)
        #expect(symbols.count == 256)
        #expect(symbols[1] == ComplexSymbol(i: reals[2], q: reals[3]))
        #expect(SymbolMapper.reals(from: symbols) == reals)
    }

    @Test(arguments: [1e-3, 1, 250] as [Float])
    func powerConstraintHolds(factor: Float) {
        let reals = testCode(512, seed: 4).map { $0 * factor }
        let normalized = PowerNormalizer.normalize(reals)
        let power = normalized.symbols.reduce(0.0) { $0 + Double($1.power) } / 256
        #expect(abs(power - 1) < 1e-5)
        for (component, real) in zip(normalized.symbols.interleaved, reals) {
            #expect(abs(component * normalized.scale - real) <= abs(real) * 1e-6)
        }
    }

    @Test func aZeroCodeStaysFinite() {
        let normalized = PowerNormalizer.normalize([0, 0, 0, 0])
        #expect(normalized.scale == 1)
        #expect(normalized.symbols == [ComplexSymbol(i: 0, q: 0), ComplexSymbol(i: 0, q: 0)])
    }
}

@Suite struct PilotPatternTests {
    @Test(arguments: [(256, 64), (256, 1), (1, 4), (10, 0), (0, 5), (8192, 300), (3, 3)])
    func everySymbolHasOnePlace(dataCount: Int, pilotCount: Int) {
        let pattern = PilotPattern(dataCount: dataCount, pilotCount: pilotCount, seed: 5)
        #expect(pattern.symbolCount == dataCount + pilotCount)
        #expect((pattern.pilotPositions + pattern.dataPositions).sorted() == Array(0..<pattern.symbolCount))
        let data = [ComplexSymbol](interleaved: testCode(2 * dataCount, seed: 6))
        let air = pattern.multiplex(data)
        let frame = pattern.demultiplex(air, erased: [Bool](repeating: false, count: air.count))
        #expect(frame.data == data)
        #expect(frame.pilots == pattern.pilots)
        #expect(pattern.pilots.allSatisfy { abs($0.power - 1) < 1e-6 })
    }

    @Test func aLostPacketTakesItsShareAndNothingContiguous() {
        let pattern = PilotPattern(dataCount: 256, pilotCount: 64, seed: 1)
        for packet in 0..<8 {
            let lost = packet * 40..<packet * 40 + 40
            #expect(pattern.pilotPositions.count { lost.contains($0) } == 8)
            let components = pattern.dataPositions.indices.filter { lost.contains(pattern.dataPositions[$0]) }
            #expect(components.count == 32)
            #expect(components.first.map { $0 < 32 } == true && components.last.map { $0 >= 224 } == true)
            let neighbours = zip(components, components.dropFirst()).count { $1 == $0 + 1 }
            #expect(neighbours <= 12)
        }
    }

    @Test func theSeedDecides() {
        let pattern = PilotPattern(dataCount: 256, seed: 1)
        #expect(pattern.pilots.count == 64)
        #expect(pattern == PilotPattern(dataCount: 256, pilotCount: 64, seed: 1))
        #expect(pattern.pilots != PilotPattern(dataCount: 256, seed: 2).pilots)
        #expect(pattern.dataPositions != PilotPattern(dataCount: 256, seed: 2).dataPositions)
    }

    /// Samples of one transmission in place of another's: nothing of the code is left in what the receiver reads.
    @Test func withAnotherSeedItIsNoise() throws {
        let code = testCode(512, seed: 4)
        let normalized = PowerNormalizer.normalize(code)
        let sent = SymbolMapper.reals(from: normalized.symbols)
        var worst = 0.0
        for seed in 2..<40 as Range<UInt64> {
            let air = PilotPattern(dataCount: 256, seed: 1).multiplex(normalized.symbols)
            let frame = PilotPattern(dataCount: 256, seed: seed).demultiplex(
                air,
                erased: [Bool](repeating: false, count: air.count)
            )
            let read = SymbolMapper.reals(from: frame.data)
            worst = max(worst, abs(zip(read, sent).reduce(0.0) { $0 + Double($1.0 * $1.1) }) / 256)
        }
        // The correlation of independent sequences of 512 has a deviation of 1/√512 = 0.044.
        #expect(worst < 0.2)
    }

    @Test func pilotsAndOrderAndTurnsComeFromTheSeed() {
        let (one, two) = (PilotPattern(dataCount: 256, seed: 1), PilotPattern(dataCount: 256, seed: 2))
        #expect(one.quarterTurns != two.quarterTurns)
        #expect(Set(one.quarterTurns) == [0, 1, 2, 3])
        let constant = [ComplexSymbol](repeating: ComplexSymbol(i: 1, q: 0), count: 256)
        let mean = one.multiplex(constant).reduce(into: (0.0, 0.0)) { $0 = ($0.0 + Double($1.i), $0.1 + Double($1.q)) }
        #expect(hypot(mean.0, mean.1) / 320 < 0.2)
    }
}
