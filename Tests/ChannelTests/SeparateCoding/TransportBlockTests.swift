import Testing

@testable import Channel

@Suite struct TransportBlockTests {
    @Test func paritiesAreThoseOfSionna() throws {
        let checks = ["CRC24A": CyclicRedundancyCheck.crc24A, "CRC24B": .crc24B, "CRC16": .crc16]
        for golden in try GoldenLDPC.load().crc {
            let check = try #require(checks[golden.name])
            let bits = testBits(golden.count, seed: golden.seed)
            var checked = check.append(to: bits)
            #expect(hexadecimal(Array(checked[golden.count...])) == golden.parity)
            #expect(check.strip(checked) == bits)
            checked[golden.count / 2] ^= 1
            #expect(check.strip(checked) == nil)
        }
    }

    @Test func sizesAreThoseOfSionna() throws {
        for golden in try GoldenLDPC.load().sizes {
            let modulation = try #require(Modulation(rawValue: golden.modulationOrder))
            let (uses, rate) = (golden.channelUses, golden.rate)
            let bits = TransportBlockSize.bits(channelUses: uses, modulation: modulation, rate: rate)
            #expect(bits == golden.bits, "\(golden)")
        }
    }

    /// From payload to scrambled bits, with up to three code blocks of unequal lengths.
    @Test func codedBitsAreThoseOfSionna() throws {
        let blocks = try GoldenLDPC.load().transportBlocks
        #expect(Set(blocks.map(\.codeBlocks)) == [1, 2, 3])
        for golden in blocks {
            let modulation = try #require(Modulation(rawValue: golden.modulationOrder))
            let code = try #require(
                TransportBlockCode(
                    payloadBytes: golden.bits / 8,
                    channelUses: golden.channelUses,
                    modulation: modulation,
                    rate: golden.rate,
                    scramblingSeed: golden.scramblingSeed
                )
            )
            let payload = packed(testBits(golden.bits, seed: golden.seed))
            #expect(hexadecimal(code.codedBits(of: payload)) == golden.coded, "\(golden.bits) bits")
            let symbols = code.encode(payload)
            #expect(symbols.count == golden.channelUses)
            #expect(code.decode(symbols, noiseVariances: symbols.map { _ in 0.01 }) == payload)
        }
    }

    @Test func payloadsOfAnySizeComeBack() throws {
        let draws = UniformSource(seed: 6, stream: 0)
        var (tried, fitted) = (0, 0)
        for index in 0..<80 {
            func draw(_ purpose: Int) -> Double { draws.number(at: UInt64(8 * index + purpose)) }
            let modulation = Modulation.allCases[Int(draw(0) * 4)]
            let uses = 1 + Int(draw(1) * draw(1) * 6000)
            let rate = 0.05 + 0.9 * draw(2)
            let bytes = max(1, Int(Double(uses * modulation.bitsPerSymbol) * rate / 8))
            tried += 1
            guard
                let code = TransportBlockCode(
                    payloadBytes: bytes,
                    channelUses: uses,
                    modulation: modulation,
                    rate: rate,
                    scramblingSeed: UInt32(index)
                )
            else { continue }
            fitted += 1
            let payload = packed(testBits(8 * bytes, seed: UInt64(index)))
            let symbols = code.encode(payload)
            let variances = [Float](repeating: 1e-3, count: uses)
            #expect(code.decode(symbols, noiseVariances: variances, rule: .maxLog) == payload, "\(bytes) in \(uses)")
        }
        #expect(fitted > tried / 2)
    }

    @Test func whatIsSaidToFitDoes() throws {
        for modulation in Modulation.allCases {
            for rate in [0.05, 0.1, 0.3, 0.5, 0.75, 0.92, 0.99] {
                for uses in [64, 256, 1000, 7000] {
                    let bytes = TransportBlockCode.payloadBytes(channelUses: uses, modulation: modulation, rate: rate)
                    let coded = Double(uses * modulation.bitsPerSymbol) / 8
                    #expect(Double(bytes) <= max(3, coded * min(0.95, rate * 1.05)))
                    #expect(Double(bytes) > coded * rate * 0.93 - 3)
                    let code = TransportBlockCode(
                        payloadBytes: bytes,
                        channelUses: uses,
                        modulation: modulation,
                        rate: rate
                    )
                    #expect(code != nil, "\(bytes) bytes in \(uses) at \(rate)")
                }
            }
        }
        // Two bytes and their CRC are 32 bits.
        #expect(TransportBlockCode.payloadBytes(channelUses: 17, modulation: .qpsk, rate: 0.5) == 2)
        #expect(TransportBlockCode.payloadBytes(channelUses: 12, modulation: .qpsk, rate: 0.5) == 0)
        let tooMuch = TransportBlockCode(payloadBytes: 1000, channelUses: 1000, modulation: .qam256, rate: 0.9)
        #expect(tooMuch == nil)
        #expect(TransportBlockCode(payloadBytes: .max / 16, channelUses: 10, modulation: .qpsk, rate: 0.5) == nil)
    }

    /// Scrambling keeps the mean power at 1, for zeros too.
    @Test(arguments: Modulation.allCases)
    func powerDoesNotDependOnThePayload(_ modulation: Modulation) throws {
        let code = try #require(
            TransportBlockCode(payloadBytes: 200, channelUses: 2000, modulation: modulation, rate: 0.3)
        )
        let symbols = code.encode([UInt8](repeating: 0, count: 200))
        let power: Float = symbols.map(\.power).reduce(0, +) / 2000
        #expect(abs(power - 1) < 0.06)
    }

    @Test func aThirdOfTheSymbolsMayBeErased() throws {
        let code = try #require(
            TransportBlockCode(payloadBytes: 500, channelUses: 4500, modulation: .qpsk, rate: 0.45)
        )
        let payload = packed(testBits(4000, seed: 8))
        let symbols = code.encode(payload)
        let variances = symbols.indices.map { $0 % 3 == 0 ? Float.infinity : 0.1 }
        #expect(code.decode(symbols, noiseVariances: variances) == payload)
    }

    @Test func whatCannotBeDecodedIsRefused() throws {
        let code = try #require(
            TransportBlockCode(payloadBytes: 300, channelUses: 900, modulation: .qam16, rate: 0.65)
        )
        let symbols = code.encode([UInt8](repeating: 0, count: 300))
        let variances = [Float](repeating: 0.1, count: 900)
        #expect(code.decode(symbols, noiseVariances: variances) == [UInt8](repeating: 0, count: 300))
        // Nothing but erasures: the word of zeros fits all checks, but nothing says that it was sent.
        #expect(code.decode(symbols, noiseVariances: variances.map { _ in .infinity }) == nil)
        #expect(code.decode(Array(symbols.dropLast()), noiseVariances: variances) == nil)
        #expect(code.decode(symbols, noiseVariances: Array(variances.dropLast())) == nil)
        let noise = NoiseSource(seed: 12, stream: 0)
        for draw in 0..<20 {
            let received = symbols.indices.map { noise.noise(at: UInt64(draw * 900 + $0)) }
            #expect(code.decode(received, noiseVariances: variances) == nil)
        }
    }
}
