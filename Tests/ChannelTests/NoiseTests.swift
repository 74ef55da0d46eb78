import CKernels
import Foundation
import Testing

@testable import Channel

@Suite struct PhiloxTests {
    /// The known answers of Random123's kat_vectors for philox4x32-10.
    @Test func knownAnswers() {
        #expect(
            Philox.block(counter: .zero, key: .zero) == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)
        )
        #expect(
            Philox.block(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
                == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
        )
        #expect(
            Philox.block(
                counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344),
                key: SIMD2(0xA409_3822, 0x299F_31D0)
            ) == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
        )
    }
}

@Suite struct NoiseSourceTests {
    @Test func matchesNumPy() throws {
        for entry in try Golden.load().noise {
            let seed = try #require(UInt64(entry.seed))
            let index = try #require(UInt64(entry.index))
            let noise = NoiseSource(seed: seed, stream: entry.stream).noise(at: index)
            #expect(abs(noise.i - entry.value[0]) < 1e-6)
            #expect(abs(noise.q - entry.value[1]) < 1e-6)
        }
    }

    /// Several at a time, it is the same noise, and at every width of vectors and in any parts to the bit.
    @Test(arguments: [0, 1, 77, (1 << 33) - 500, (1 << 33) - 499, .max - 300] as [UInt64])
    func vectorsMakeTheSameNoise(first: UInt64) {
        let (seed, stream) = (0xFEDC_BA98_7654_3210 as UInt64, 0x8765_4321 as UInt32)
        let channel = AWGNChannel(snrDB: 0, seed: seed)
        let silence = [ComplexSymbol](repeating: .zero, count: 1003)
        let expected = silence.indices.map {
            NoiseSource(seed: seed, stream: stream).noise(at: first &+ UInt64($0))
        }
        defer { ck_limit_vector_bits(512) }
        var widest: [ComplexSymbol] = []
        for bits in [512, 256, 128] as [Int32] {
            ck_limit_vector_bits(bits)
            let noise = channel.apply(silence, stream: stream, firstIndex: first)
            #expect(zip(noise, expected).allSatisfy { abs($0.i - $1.i) < 1e-6 && abs($0.q - $1.q) < 1e-6 })
            if widest.isEmpty { widest = noise }
            #expect(noise == widest)
            for length in 1...40 {
                let parts = stride(from: 0, to: silence.count, by: length).flatMap { from in
                    channel.apply(
                        Array(silence[from..<min(silence.count, from + length)]),
                        stream: stream,
                        firstIndex: first &+ UInt64(from)
                    )
                }
                #expect(parts == widest)
            }
        }
    }

    @Test func everyKeyMakesOtherNoise() {
        let base = NoiseSource(seed: 1, stream: 1)
        #expect(base.noise(at: 5) == NoiseSource(seed: 1, stream: 1).noise(at: 5))
        #expect(base.noise(at: 5) != base.noise(at: 6))
        #expect(base.noise(at: 4) != base.noise(at: 5))
        #expect(base.noise(at: 5) != base.noise(at: 5 + (1 << 32)))
        #expect(base.noise(at: 5) != NoiseSource(seed: 2, stream: 1).noise(at: 5))
        #expect(base.noise(at: 5) != NoiseSource(seed: 1 + (1 << 32), stream: 1).noise(at: 5))
        #expect(base.noise(at: 5) != NoiseSource(seed: 1, stream: 2).noise(at: 5))
    }
}

@Suite struct AWGNChannelTests {
    @Test(arguments: [-6.0, 0, 12, 30])
    func measuredSNRIsTheOneAskedFor(snrDB: Double) {
        let channel = AWGNChannel(snrDB: snrDB, seed: 7)
        let count = 1_000_000
        var power = 0.0
        let zero = ComplexSymbol(i: 0, q: 0)
        for index in 0..<count { power += Double(channel.apply(zero, stream: 3, index: UInt64(index)).power) }
        let measured = -10 * log10(power / Double(count))  // against the nominal power 1
        #expect(abs(measured - snrDB) < 0.025)  // five standard errors of a chi-squared mean
        #expect(abs(channel.noiseVariance - pow(10, -snrDB / 10)) < 1e-12)
    }

    @Test func orderAndBlocksDoNotMatter() {
        let channel = AWGNChannel(snrDB: 3, seed: 11)
        let symbols = [ComplexSymbol](interleaved: testCode(64, seed: 1))
        let whole = channel.apply(symbols, stream: 9, firstIndex: 100)
        let tail = channel.apply(Array(symbols[20...]), stream: 9, firstIndex: 120)
        let head = channel.apply(Array(symbols[..<20]), stream: 9, firstIndex: 100)
        #expect(head + tail == whole)
        #expect(whole != channel.apply(symbols, stream: 9, firstIndex: 101))
        #expect(whole != AWGNChannel(snrDB: 3, seed: 12).apply(symbols, stream: 9, firstIndex: 100))
    }
}

@Suite struct UniformSourceTests {
    @Test func isUniformAndDependsOnSeedStreamAndIndexOnly() {
        let source = UniformSource(seed: 9, stream: 2)
        let numbers = (0..<100_000).map { source.number(at: UInt64($0)) }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        // Five standard errors of the mean, 1/√12, and of each tenth's count.
        #expect(abs(numbers.reduce(0, +) / 100_000 - 0.5) < 0.0046)
        for tenth in 0..<10 {
            let count = numbers.count { Int($0 * 10) == tenth }
            #expect(abs(count - 10_000) < 475)
        }
        let lagged = zip(numbers, numbers.dropFirst()).reduce(0) { $0 + ($1.0 - 0.5) * ($1.1 - 0.5) }
        #expect(abs(lagged / 100_000) < 0.0014)
        #expect(UniformSource(seed: 9, stream: 2).number(at: 77) == numbers[77])
        #expect(UniformSource(seed: 8, stream: 2).number(at: 77) != numbers[77])
        #expect(UniformSource(seed: 9, stream: 3).number(at: 77) != numbers[77])
    }
}
