import Testing

@testable import Channel

@Suite struct ModulationTests {
    @Test func symbolsAndRatiosAreThoseOfSionna() throws {
        let cases = try GoldenLDPC.load().demapping
        #expect(cases.count == 4)
        for golden in cases {
            let modulation = try #require(Modulation(rawValue: golden.modulationOrder))
            let bits = testBits(golden.symbols.count * modulation.bitsPerSymbol, seed: golden.seed)
            for (symbol, expected) in zip(modulation.symbols(from: bits), golden.symbols) {
                #expect(abs(symbol.i - expected[0]) < 1e-6 && abs(symbol.q - expected[1]) < 1e-6)
            }
            let received = golden.received.map { ComplexSymbol($0) }
            for (rule, expected) in [(SoftDemapper.Rule.exact, golden.exact), (.maxLog, golden.maxLog)] {
                let ratios = SoftDemapper(modulation, rule: rule)
                    .ratios(of: received, noiseVariances: golden.noiseVariances)
                #expect(ratios.count == expected.count)
                for (ratio, expected) in zip(ratios, expected) {
                    #expect(abs(ratio - expected) < 1e-4 * max(1, abs(expected)))
                }
            }
        }
    }

    @Test(arguments: Modulation.allCases)
    func meanPowerIsOneAndNeighboursDifferInABit(_ modulation: Modulation) {
        let order = modulation.bitsPerSymbol
        let labels = (0..<1 << order).map { label in (0..<order).map { UInt8(label >> $0 & 1) } }
        let symbols = modulation.symbols(from: labels.flatMap { $0 })
        let power: Float = symbols.map(\.power).reduce(0, +) / Float(symbols.count)
        #expect(abs(power - 1) < 1e-5)
        // Amplitudes are odd multiples of the same.
        let least = 2 * (symbols.map { abs($0.i) }.min() ?? 0)
        for a in symbols.indices {
            let neighbours = symbols.indices.filter { $0 != a && symbols[a].distance(to: symbols[$0]) < least * 1.1 }
            #expect((2...4).contains(neighbours.count))
            for b in neighbours {
                #expect(zip(labels[a], labels[b]).count { $0 != $1 } == 1)
            }
        }
    }

    @Test(arguments: Modulation.allCases, SoftDemapper.Rule.allCases)
    func hardDecisionsAreWhatWasSent(_ modulation: Modulation, _ rule: SoftDemapper.Rule) {
        let bits = testBits(modulation.bitsPerSymbol * 500, seed: 4)
        let symbols = modulation.symbols(from: bits)
        for variance in [Float(0), 1e-3, 0.01] {
            let ratios = SoftDemapper(modulation, rule: rule)
                .ratios(of: symbols, noiseVariances: symbols.map { _ in variance })
            #expect(ratios.allSatisfy { $0.isFinite })
            #expect(ratios.map { $0 < 0 ? UInt8(1) : 0 } == bits)
        }
    }

    @Test func whatIsErasedOrNoNumberSaysNothing() {
        let symbol = ComplexSymbol(i: 0.3, q: -0.9)
        let broken = ComplexSymbol(i: .nan, q: 0.1)
        let far = ComplexSymbol(i: 1e30, q: -.greatestFiniteMagnitude)
        let ratios = SoftDemapper(.qam64).ratios(
            of: [symbol, symbol, broken, symbol, far],
            noiseVariances: [.infinity, .nan, 0.1, -1, 1e-30]
        )
        #expect(ratios[..<18].allSatisfy { $0 == 0 })
        #expect(ratios.allSatisfy { $0.isFinite })
    }
}

extension ComplexSymbol {
    fileprivate func distance(to other: ComplexSymbol) -> Float {
        (self + (-1) * other).power.squareRoot()
    }
}
