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

    @Test func isComplexGaussianOfUnitVariance() {
        let count = 1_000_000
        let source = NoiseSource(seed: 42, stream: 1)
        var meanI = 0.0, meanQ = 0.0, powerI = 0.0, powerQ = 0.0, cross = 0.0, fourth = 0.0, lagged = 0.0
        var previous = 0.0
        var beyondTwoSigma = 0
        for index in 0..<count {
            let noise = source.noise(at: UInt64(index))
            let (i, q) = (Double(noise.i), Double(noise.q))
            meanI += i
            meanQ += q
            powerI += i * i
            powerQ += q * q
            cross += i * q
            fourth += i * i * i * i
            lagged += i * previous
            previous = i
            if abs(i) > 2 * 0.5.squareRoot() { beyondTwoSigma += 1 }
        }
        let n = Double(count)
        // Five standard errors each.
        #expect(abs(meanI / n) < 0.0036 && abs(meanQ / n) < 0.0036)
        #expect(abs(powerI / n - 0.5) < 0.0036 && abs(powerQ / n - 0.5) < 0.0036)
        #expect(abs(cross / n) < 0.0025 && abs(lagged / n) < 0.0025)
        #expect(abs(fourth / n - 0.75) < 0.0125)  // 3·σ⁴
        #expect(abs(Double(beyondTwoSigma) / n - 0.0455) < 0.00105)
    }

    /// Several at a time, at every width of vectors, it is the same noise.
    @Test(arguments: [512, 256, 128] as [Int32])
    func vectorsMakeTheSameNoise(bits: Int32) {
        ck_limit_vector_bits(bits)
        defer { ck_limit_vector_bits(512) }
        let channel = AWGNChannel(snrDB: 0, seed: 0xFEDC_BA98_7654_3210)
        let source = NoiseSource(seed: 0xFEDC_BA98_7654_3210, stream: 0x8765_4321)
        let silence = [ComplexSymbol](repeating: .zero, count: 1003)
        for first in [0, 77, (1 << 32) - 500, .max - 300] as [UInt64] {
            let noise = channel.apply(silence, stream: 0x8765_4321, firstIndex: first)
            for (index, symbol) in noise.enumerated() {
                let expected = source.noise(at: first &+ UInt64(index))
                #expect(abs(symbol.i - expected.i) < 1e-6 && abs(symbol.q - expected.q) < 1e-6)
            }
        }
    }

    @Test func everyKeyMakesOtherNoise() {
        let base = NoiseSource(seed: 1, stream: 1)
        #expect(base.noise(at: 5) == NoiseSource(seed: 1, stream: 1).noise(at: 5))
        #expect(base.noise(at: 5) != base.noise(at: 6))
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
