import Foundation
import Testing

@testable import Channel

private func run(_ stream: UInt32, _ first: Int64 = 0) -> SymbolRun {
    SymbolRun(stream: stream, firstIndex: first, rate: 1_000_000)
}

@Suite struct FadingTests {
    private static let paces: [Fading.Pace] = [.still, .block(symbols: 40), .doppler(hertz: 400)]

    /// Gains of as many streams.
    private func ensemble(_ count: UInt32, kFactor: Double = 0, _ pace: Fading.Pace) -> [ComplexSymbol] {
        let fading = Fading(kFactor: kFactor, pace: pace, seed: 5)
        return (0..<count).flatMap { fading.gains(1, at: run($0, 1234)) }
    }

    @Test(arguments: paces)
    func rayleighFadesAsRayleighSays(pace: Fading.Pace) {
        let gains = ensemble(40_000, pace)
        // P(|h| < r) = 1 − e^(−r²)
        #expect(kolmogorovSmirnov(gains.map { Double($0.power) }) { 1 - exp(-$0) } < 1.95)
        #expect(kolmogorovSmirnov(gains.map { Double($0.i) }) { normalCumulative($0, variance: 0.5) } < 1.95)
        #expect(abs(gains.reduce(0.0) { $0 + Double($1.i * $1.q) } / 40_000) < 0.0125)  // five standard errors
    }

    /// `E|h|² = 1` and `E|h|⁴ = (2 + 4K + K²)/(1 + K)²`.
    @Test(arguments: [0.0, 1, 4, 10])
    func momentsAreThoseOfRice(kFactor: Double) {
        for pace in Self.paces {
            let powers = ensemble(40_000, kFactor: kFactor, pace).map { Double($0.power) }
            let second = powers.reduce(0, +) / 40_000
            let fourth = powers.reduce(0) { $0 + $1 * $1 } / 40_000
            let expected = (2 + 4 * kFactor + kFactor * kFactor) / ((1 + kFactor) * (1 + kFactor))
            #expect(abs(second - 1) < 0.026)
            // Jakes' 32 sinusoids have 1/32 less in the scattered part.
            #expect(abs(fourth - expected) < 0.13)
        }
    }

    @Test func withoutScatterersNothingFades() {
        let gains = Fading(kFactor: .infinity, pace: .block(symbols: 3), seed: 1).gains(100, at: run(4))
        #expect(gains.allSatisfy { $0 == gains[0] && abs($0.power - 1) < 1e-6 })
    }

    @Test func blocksBeginAtTheirMultiples() {
        let gains = Fading(kFactor: 0, pace: .block(symbols: 40), seed: 1).gains(200, at: run(1, -20))
        let changes = gains.indices.dropFirst().filter { gains[$0] != gains[$0 - 1] }
        #expect(changes == [20, 60, 100, 140, 180])
    }

    /// `E h(t + τ)·h*(t) = J0(2π·f·τ)`, over streams.
    @Test func autocorrelationIsJakes() {
        let (hertz, streams) = (2000.0, 4000 as UInt32)
        let fading = Fading(kFactor: 0, pace: .doppler(hertz: hertz), seed: 9)
        let lags = [0, 50, 100, 191, 300, 500, 878]
        var sums = [Double](repeating: 0, count: lags.count)
        for stream in 0..<streams {
            let gains = fading.gains(900, at: run(stream, 777))
            for (index, lag) in lags.enumerated() {
                sums[index] += Double(gains[lag].i * gains[0].i + gains[lag].q * gains[0].q)
            }
        }
        for (sum, lag) in zip(sums, lags) {
            // Five standard errors of a mean of products, at most 1/√n each.
            #expect(abs(sum / Double(streams) - j0(2 * .pi * hertz * Double(lag) / 1e6)) < 0.079)
        }
    }

    @Test(arguments: paces)
    func whereARunBeginsDoesNotMatter(pace: Fading.Pace) {
        let fading = Fading(kFactor: 1, pace: pace, seed: 2)
        for first in [-100, 0, 1_000_003, 5_000_000_000] as [Int64] {
            let whole = fading.gains(300, at: run(7, first))
            let tail = fading.gains(137, at: run(7, first + 163))
            for (a, b) in zip(whole[163...], tail) { #expect(abs(a.i - b.i) < 1e-4 && abs(a.q - b.q) < 1e-4) }
            #expect(fading.gains(300, at: run(8, first)) != whole)
            #expect(fading.gains(300, at: run(7, first), path: 1) != whole)
        }
    }

    @Test func placesBeyondAllReasonAreHarmless() {
        for pace in Self.paces + [.doppler(hertz: 1e9), .doppler(hertz: 0), .block(symbols: .max)] {
            for first in [Int64.min, .max] {
                let gains = Fading(kFactor: 0, pace: pace, seed: 2).gains(50, at: run(7, first))
                #expect(gains.count == 50 && gains.allSatisfy { $0.power.isFinite })
            }
        }
    }
}

@Suite struct MultipathTests {
    private static let tdlA = """
        # delay, power
        0.0000, -13.4
        0.3819, 0
        0.4025, -2.2
        """

    @Test func readsATable() throws {
        let line = try DelayLine(parsing: Self.tdlA + "\n\n 9.5 , -20, 13.3 # with a line of sight\r\n")
        #expect(line.taps.map(\.delay) == [0, 0.3819, 0.4025, 9.5])
        #expect(abs(line.taps.reduce(0) { $0 + $1.power } - 1) < 1e-12)
        #expect(abs(line.taps[1].power / line.taps[0].power - pow(10, 1.34)) < 1e-9)
        #expect(line.taps[0].kFactor == nil && abs((line.taps[3].kFactor ?? 0) - 21.38) < 0.01)
    }

    @Test(arguments: ["", "# nothing", "1", "1,2,3,4", "a,b", "-1,0", "0,nan", "0,inf", "1001,0", "0,", "0,101"])
    func refusesWhatIsNoTable(text: String) {
        #expect(throws: DelayLineError.self) { try DelayLine(parsing: text) }
    }

    @Test func tooManyTapsAreRefused() {
        let text = [String](repeating: "0,0", count: 65).joined(separator: "\n")
        #expect(throws: DelayLineError.self) { try DelayLine(parsing: text) }
    }

    /// An impulse comes back as the power delay profile, on average over streams.
    @Test func echoesHaveTheProfilesPowers() throws {
        let line = try DelayLine(parsing: "0,0\n1,-3\n1.02,-9\n2.5,-6")
        let channel = Multipath(line: line, delaySpread: 4e-6, kFactor: 0, pace: .still, seed: 3)
        #expect(channel.memory(atRate: 1e6) == ChannelMemory(before: 10, after: 0))
        var powers = [Double](repeating: 0, count: 20)
        var sent = [ComplexSymbol](repeating: .zero, count: 30)
        sent[10] = ComplexSymbol(i: 1, q: 0)
        let streams = 20_000
        for stream in 0..<UInt32(streams) {
            for (index, symbol) in channel.apply(sent, at: run(stream)).enumerated() {
                powers[index] += Double(symbol.power) / Double(streams)
            }
        }
        let expected = [0: line.taps[0].power, 4: line.taps[1].power + line.taps[2].power, 10: line.taps[3].power]
        for (index, power) in powers.enumerated() {
            #expect(abs(power - expected[index, default: 0]) < 0.036 * expected[index, default: 0] + 1e-12)
        }
    }

    @Test func packetsEdgesDoNotShow() throws {
        let line = try DelayLine(parsing: "0,0\n1,-3\n3,-6")
        for pace: Fading.Pace in [.still, .block(symbols: 17), .doppler(hertz: 3000)] {
            let channel = Multipath(line: line, delaySpread: 2e-6, kFactor: 0, pace: pace, seed: 3)
            let sent = [ComplexSymbol](repeating: .zero, count: 6) + NoiseSource(seed: 1, stream: 1).symbols(100)
            let whole = channel.apply(sent, at: run(1))
            let parts = stride(from: 0, to: 100, by: 20).flatMap { first in
                channel.apply(Array(sent[first..<first + 26]), at: run(1, Int64(first)))
            }
            for (a, b) in zip(whole, parts) { #expect(abs(a.i - b.i) < 1e-4 && abs(a.q - b.q) < 1e-4) }
        }
    }

    @Test func aDelayIsBounded() throws {
        let channel = Multipath(
            line: try DelayLine(parsing: "1000,0"),
            delaySpread: 1,
            kFactor: 0,
            pace: .still,
            seed: 1
        )
        #expect(channel.memory(atRate: 1e300).before == 512)
    }
}

extension NoiseSource {
    /// Consecutive symbols, from 0 on.
    func symbols(_ count: Int) -> [ComplexSymbol] { (0..<count).map { noise(at: UInt64($0)) } }
}
