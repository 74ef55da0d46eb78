import Foundation
import Testing

@testable import Channel

@Suite struct OFDMTests {
    private let ofdm = OFDM()
    private let rate = 1e6

    @Test func whatIsSentComesBackWithItsPower() {
        let symbols = NoiseSource(seed: 1, stream: 1).symbols(150)
        let air = ofdm.modulate(symbols)
        #expect(air.count == 3 * 80 && ofdm.length(for: 150) == 240)
        #expect(Array(air[..<16]) == Array(air[64..<80]))
        let (back, erased) = ofdm.demodulate(air, erased: air.map { _ in false }, count: 150)
        for (a, b) in zip(back, symbols) { #expect(abs(a.i - b.i) < 1e-5 && abs(a.q - b.q) < 1e-5) }
        #expect(!erased.contains(true))
        let (power, sent) = (air[16..<80].reduce(0) { $0 + $1.power }, symbols[..<64].reduce(0) { $0 + $1.power })
        #expect(abs(power / sent - 1) < 1e-4)
        // A lost sample of a prefix does no harm; one of a block takes the block.
        #expect(!ofdm.demodulate(air, erased: air.indices.map { $0 == 83 }, count: 150).erased.contains(true))
        let lost = ofdm.demodulate(air, erased: air.indices.map { $0 == 100 }, count: 150).erased
        #expect(lost.indices.filter { lost[$0] } == Array(64..<128))
    }

    /// An echo within the prefix is a factor for each subcarrier: `1 + a·e^(−2πi·k·d/N)`.
    @Test func anEchoIsAFactor() {
        let symbols = NoiseSource(seed: 1, stream: 1).symbols(128)
        let air = ofdm.modulate(symbols)
        let heard = air.indices.map { index in
            air[index] + (index >= 11 ? ComplexSymbol(i: 0, q: 0.5) * air[index - 11] : .zero)
        }
        let (received, _) = ofdm.demodulate(heard, erased: air.map { _ in false }, count: 128)
        for index in 64..<128 {
            let turn = ComplexSymbol.phasor(-2 * .pi * 11 * Double(index % 64) / 64)
            let factor = ComplexSymbol(i: 1, q: 0) + ComplexSymbol(i: 0, q: 0.5) * turn
            let expected = factor * symbols[index]
            #expect(abs(received[index].i - expected.i) < 1e-4 && abs(received[index].q - expected.q) < 1e-4)
        }
    }

    /// The mean square error, weighed, over the code's power, the error declared, and how often nothing was heard.
    private func score(
        _ waveform: Modem.Waveform,
        snrDB: Double,
        runs: UInt32 = 40,
        _ change: (inout ImpairedChannel) -> Void
    ) throws -> (error: Double, declared: Double, unheard: Int) {
        let modem = Modem(realCount: 512, layoutSeed: 9, waveform: waveform)
        var channel = ImpairedChannel(noise: AWGNChannel(snrDB: snrDB, seed: 5))
        change(&channel)
        var (error, declared, unheard) = (0.0, 0.0, 0)
        for stream in 0..<runs {
            let code = NoiseSource(seed: 77, stream: stream).symbols(256).interleaved
            let sent = modem.modulate(code)
            #expect(sent.symbols.count == modem.symbolCount)
            let memory = channel.memory(atRate: rate)
            let silence = [ComplexSymbol](repeating: .zero, count: memory.before)
            let run = SymbolRun(stream: stream, firstIndex: 0, rate: rate)
            let air = channel.apply(silence + sent.symbols, at: run)
            do {
                let erased = air.map { _ in false }
                let reals = try modem.demodulate(air, erased: erased, scale: sent.scale).reals
                for (index, value) in reals.values.enumerated() {
                    let weight = 0.5 / (0.5 + reals.noiseVariance[index])
                    error += Double((weight * value - code[index]) * (weight * value - code[index]))
                    declared += Double(0.5 * (1 - weight))
                }
            } catch ChannelEstimationError.noSignal {
                unheard += 1
                (error, declared) = (error + 256, declared + 256)
            }
        }
        return (error / 256 / Double(runs), declared / 256 / Double(runs), unheard)
    }

    private func echoes(spread: Double) throws -> Multipath {
        let line = try DelayLine(parsing: "0,-13\n0.4,0\n0.5,-4\n0.7,-8\n1.9,-7\n2.5,-11\n4,-12\n5,-17\n9.7,-30")
        return Multipath(line: line, delaySpread: spread, kFactor: 0, pace: .still, seed: 3)
    }

    /// What a single carrier cannot read at all is read nearly as if there were one path.
    @Test func echoesOverManySymbolsAreEqualised() throws {
        for spread in [0.5e-6, 1e-6] {
            let echoes = try echoes(spread: spread)
            let single = try score(.singleCarrier, snrDB: 20) { $0.multipath = echoes }
            let many = try score(.ofdm(ofdm), snrDB: 20) { $0.multipath = echoes }
            #expect(many.unheard == 0)
            #expect(many.error < 0.25 * single.error)
            #expect((0.8...1.2).contains(many.error / many.declared))
        }
    }

    @Test func costsLittleWithoutEchoes() throws {
        for snrDB in [0.0, 12] {
            let single = try score(.singleCarrier, snrDB: snrDB) { _ in }
            let many = try score(.ofdm(ofdm), snrDB: snrDB) { _ in }
            #expect(many.error < 1.06 * single.error && many.unheard == 0)
        }
    }

    @Test func aCarrierOffsetIsTakenOutFirst() throws {
        let echoes = try echoes(spread: 0.5e-6)
        let plain = try score(.ofdm(ofdm), snrDB: 20) { $0.multipath = echoes }
        let turning = try score(.ofdm(ofdm), snrDB: 20) {
            $0.multipath = echoes
            $0.carrier = CarrierFrequencyOffset(hertz: -3000)
        }
        #expect(turning.error < 1.3 * plain.error)
    }

    @Test func noiseAloneIsNoSignal() {
        let modem = Modem(realCount: 32, layoutSeed: 9, waveform: .ofdm(ofdm))
        let silence = [ComplexSymbol](repeating: .zero, count: modem.symbolCount)
        let channel = AWGNChannel(snrDB: 0, seed: 3)
        let signals = (0..<200 as Range<UInt32>).count { stream in
            let air = channel.apply(silence, stream: stream, firstIndex: 0)
            return (try? modem.demodulate(air, erased: air.map { _ in false }, scale: 1)) != nil
        }
        #expect(signals <= 1)
        #expect(throws: ChannelEstimationError.noSignal) {
            try modem.demodulate(silence, erased: silence.map { _ in false }, scale: 1)
        }
        #expect(throws: ChannelEstimationError.tooFewPilots(received: 0)) {
            try modem.demodulate(silence, erased: silence.map { _ in true }, scale: 1)
        }
    }
}
