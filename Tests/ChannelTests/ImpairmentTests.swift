import Foundation
import Testing

@testable import Channel

private let rate = 1e6
private func run(_ stream: UInt32 = 1, _ first: Int64 = 0) -> SymbolRun {
    SymbolRun(stream: stream, firstIndex: first, rate: rate)
}
private func ones(_ count: Int) -> [ComplexSymbol] {
    [ComplexSymbol](repeating: ComplexSymbol(i: 1, q: 0), count: count)
}

/// `|Σ x·e^(−2πi·f·n)|²/n`, f in cycles a symbol.
private func periodogram(_ symbols: [ComplexSymbol], _ frequency: Double) -> Double {
    var (i, q) = (0.0, 0.0)
    for (index, symbol) in symbols.enumerated() {
        let angle = -2 * .pi * frequency * Double(index)
        i += Double(symbol.i) * cos(angle) - Double(symbol.q) * sin(angle)
        q += Double(symbol.i) * sin(angle) + Double(symbol.q) * cos(angle)
    }
    return (i * i + q * q) / Double(symbols.count)
}

@Suite struct OscillatorTests {
    @Test(arguments: [-20_000.0, -1, 250, 12_500])
    func anOffsetIsALineInTheSpectrum(hertz: Double) {
        var symbols = ones(4096)
        CarrierFrequencyOffset(hertz: hertz).apply(&symbols, at: run(1, 3_000_000_000))
        #expect(periodogram(symbols, hertz / rate) > 4096 * 0.9999)
        #expect(periodogram(symbols, hertz / rate + 10.0 / 4096) < 1)
    }

    @Test func phaseNoiseSpreadsAsAWienerProcess() {
        let linewidth = 500.0
        let noise = PhaseNoise(linewidthHertz: linewidth, seed: 4)
        for lag in [1, 10, 64, 1000] {
            var sum = 0.0
            let streams = 3000 as UInt32
            for stream in 0..<streams {
                var symbols = ones(lag + 1)
                noise.apply(&symbols, at: run(stream, 12_345))
                let (a, b) = (symbols[0], symbols[lag])
                sum += Double(b.i * a.i + b.q * a.q)
            }
            // E cos Δθ = e^(−πβτ), within five standard errors of the mean of a cosine.
            let expected = exp(-.pi * linewidth * Double(lag) / rate)
            #expect(abs(sum / Double(streams) - expected) < 5 * (1 - expected) * 0.026 + 1e-5)
        }
    }

    /// The spectrum of `e^(iθ)` at f is `S(f) = (2/πβ) / (1 + (2f/β)²)`, here per cycle a symbol.
    @Test func phaseNoiseHasALorentzianSpectrum() {
        let linewidth = 20_000.0
        let noise = PhaseNoise(linewidthHertz: linewidth, seed: 4)
        let offsets = [0.0, 10_000, 20_000, 50_000]
        var powers = [Double](repeating: 0, count: offsets.count)
        let streams = 1500 as UInt32
        for stream in 0..<streams {
            var symbols = ones(1024)
            noise.apply(&symbols, at: run(stream))
            for (index, offset) in offsets.enumerated() { powers[index] += periodogram(symbols, offset / rate) }
        }
        for (power, offset) in zip(powers, offsets) {
            let ratio = 2 * offset / linewidth
            let expected = 2 / (.pi * linewidth / rate) / (1 + ratio * ratio)
            #expect(abs(power / Double(streams) / expected - 1) < 0.15)
        }
    }

    @Test func thePathCanBeReadAnywhere() {
        let path = WienerPath(seed: 3, stream: 2)
        for first in [0, 50, 1 << 20, 1 << 39] as [Int64] {
            let whole = path.values(first: first, count: 300)
            #expect(Array(whole[77..<200]) == path.values(first: first + 77, count: 123))
            let steps = zip(whole.dropFirst(), whole).map { $0 - $1 }
            #expect(abs(steps.reduce(0) { $0 + $1 * $1 } / 299 - 1) < 0.41)
        }
        #expect(path.values(first: 0, count: 1) == [0])
        #expect(path.values(first: .max - 10, count: 50).allSatisfy { $0.isFinite })
        // Steps over stretches' edges are as others; over 4,000 streams.
        let edges = (0..<4000 as Range<UInt32>).map { stream in
            let values = WienerPath(seed: 3, stream: stream).values(first: 8191, count: 2)
            return values[1] - values[0]
        }
        #expect(kolmogorovSmirnov(edges) { normalCumulative($0, variance: 1) } < 1.95)
    }
}

@Suite struct SamplingClockOffsetTests {
    private let margin = 16

    /// A slow tone, sampled ever later.
    @Test(arguments: [-200.0, 0, 50, 400])
    func samplesLaterAndLater(partsPerMillion: Double) {
        let clock = SamplingClockOffset(partsPerMillion: partsPerMillion)
        let frequency = 0.05
        let first: Int64 = 3000
        func tone(_ place: Double) -> ComplexSymbol { .phasor(2 * .pi * frequency * place) }
        let sent = (-margin..<1000 + margin).map { tone(Double(first) + Double($0)) }
        for (index, symbol) in clock.apply(sent, at: run(1, first)).enumerated() {
            let expected = tone(Double(first + Int64(index)) * (1 + partsPerMillion * 1e-6))
            #expect(abs(symbol.i - expected.i) < 0.012 && abs(symbol.q - expected.q) < 0.012)
        }
    }

    @Test func packetsEdgesDoNotShow() {
        let clock = SamplingClockOffset(partsPerMillion: -130)
        let sent = NoiseSource(seed: 1, stream: 1).symbols(200 + 2 * margin)
        let whole = clock.apply(sent, at: run(1, 9000))
        let parts = stride(from: 0, to: 200, by: 40).flatMap { start in
            clock.apply(Array(sent[start..<start + 40 + 2 * margin]), at: run(1, 9000 + Int64(start)))
        }
        #expect(whole == parts)
    }

    @Test func withoutAnOffsetNothingChanges() {
        let sent = NoiseSource(seed: 1, stream: 1).symbols(100)
        let received = SamplingClockOffset(partsPerMillion: 0).apply(sent, at: run(1, 500))
        for (a, b) in zip(received, sent[16...]) { #expect(abs(a.i - b.i) < 1e-6 && abs(a.q - b.q) < 1e-6) }
        for first in [Int64.min, .max] {
            let far = SamplingClockOffset(partsPerMillion: 1e5).apply(sent, at: run(1, first))
            #expect(far.count == 68 && far.allSatisfy { $0.power.isFinite })
        }
    }
}

@Suite struct FrontEndTests {
    /// The image lies `(1 + 2g·cos φ + g²)/(1 − 2g·cos φ + g²)` below the signal.
    @Test(arguments: [(1.0, 0.0), (0, 5), (-2, 3), (0.2, -1)])
    func theImageIsAsFarDownAsTheorySays(gainDB: Double, phaseDegrees: Double) {
        var tone = ones(1000)
        CarrierFrequencyOffset(hertz: 50_000).apply(&tone, at: run())
        IQImbalance(gainDB: gainDB, phaseDegrees: phaseDegrees).apply(&tone)
        let measured = 10 * log10(periodogram(tone, 0.05) / periodogram(tone, -0.05))
        let (g, c) = (pow(10, gainDB / 20), cos(phaseDegrees * .pi / 180))
        let expected = 10 * log10((1 + 2 * g * c + g * g) / (1 - 2 * g * c + g * g))
        #expect(abs(measured - expected) < 0.05)
    }

    /// Amplitude in, amplitude out.
    @Test(arguments: [0.5, 2, 3, 50])
    func theAmplifierCompressesAsRappSays(smoothness: Double) {
        let amplifier = RappAmplifier(backoffDB: 3, smoothness: smoothness)
        let saturation = pow(10, 0.15)
        for amplitude in [0, 0.01, 0.5, 1, 1.4, 2, 5, 1e6] {
            var symbols = [Float(amplitude) * ComplexSymbol.phasor(1)]
            amplifier.apply(&symbols)
            let expected = amplitude / pow(1 + pow(amplitude / saturation, 2 * smoothness), 0.5 / smoothness)
            let measured = Double(symbols[0].power).squareRoot()
            #expect(
                abs(measured - (expected.isFinite && expected > 0 || amplitude == 0 ? expected : saturation)) < 1e-4
            )
            #expect(measured <= saturation * 1.0001)
            if amplitude > 0 { #expect(abs(atan2(Double(symbols[0].q), Double(symbols[0].i)) - 1) < 1e-5) }
        }
    }

    /// A full-scale sine is 6.02·n + 1.76 dB above the error.
    @Test(arguments: [4, 6, 8, 10, 12])
    func theQuantizerErrsAsTheorySays(bits: Int) {
        let fullScale = Float(pow(10, 0.6))
        var tone = (0..<20_000).map { fullScale * ComplexSymbol.phasor(Double($0) * 0.3217) }
        let sent = tone
        Quantizer(bits: bits, fullScaleDB: 12).apply(&tone)
        let error = zip(sent, tone).reduce(0.0) { $0 + Double(($1.0 + -1 * $1.1).power) }
        let measured = 10 * log10(sent.reduce(0.0) { $0 + Double($1.power) } / error)
        #expect(abs(measured - (6.02 * Double(bits) + 1.76)) < 0.6)
    }

    @Test func theQuantizerClips() {
        var symbols = [ComplexSymbol(i: 100, q: -100), ComplexSymbol(i: 0.1, q: -0.1)]
        Quantizer(bits: 1, fullScaleDB: 0).apply(&symbols)
        #expect(symbols == [ComplexSymbol(i: 0.5, q: -0.5), ComplexSymbol(i: 0.5, q: -0.5)])
    }
}

@Suite struct ImpairedChannelTests {
    private var everything: ImpairedChannel {
        get throws {
            var channel = ImpairedChannel(noise: AWGNChannel(snrDB: 20, seed: 1))
            channel.transmitterIQ = IQImbalance(gainDB: 1, phaseDegrees: 2)
            channel.amplifier = RappAmplifier(backoffDB: 6, smoothness: 3)
            channel.multipath = Multipath(
                line: try DelayLine(parsing: "0,0\n1,-3\n4,-10"),
                delaySpread: 1e-6,
                kFactor: 2,
                pace: .doppler(hertz: 200),
                seed: 1
            )
            channel.clock = SamplingClockOffset(partsPerMillion: 20)
            channel.carrier = CarrierFrequencyOffset(hertz: 100)
            channel.phaseNoise = PhaseNoise(linewidthHertz: 10, seed: 1)
            channel.receiverIQ = IQImbalance(gainDB: -1, phaseDegrees: 2)
            channel.dcOffset = ComplexSymbol(i: 0.1, q: 0)
            channel.quantizer = Quantizer(bits: 8, fullScaleDB: 12)
            return channel
        }
    }

    @Test func noiseAloneIsAWGN() {
        let sent = NoiseSource(seed: 1, stream: 1).symbols(50)
        let noise = AWGNChannel(snrDB: 3, seed: 5)
        let channel = ImpairedChannel(noise: noise)
        #expect(channel.memory(atRate: rate) == .none)
        #expect(channel.apply(sent, at: run(3, 40)) == noise.apply(sent, stream: 3, firstIndex: 40))
    }

    @Test func packetsOfAnySizeMeetTheSameChannel() throws {
        let channel = try everything
        let memory = channel.memory(atRate: rate)
        #expect(memory == ChannelMemory(before: 20, after: 16))
        let silence = [ComplexSymbol](repeating: .zero, count: memory.before)
        let sent = silence + NoiseSource(seed: 1, stream: 1).symbols(320 + memory.after)
        let whole = channel.apply(sent, at: run(3))
        for size in [1, 40, 160] {
            let parts = stride(from: 0, to: 320, by: size).flatMap { first in
                channel.apply(
                    Array(sent[first..<first + size + memory.before + memory.after]),
                    at: run(3, Int64(first))
                )
            }
            // Phases are computed from where a run begins; a step of the quantizer is 0.03.
            let apart = zip(whole, parts).count { abs($0.i - $1.i) > 1e-3 || abs($0.q - $1.q) > 1e-3 }
            #expect(apart <= 2)
        }
    }

    /// The air neither adds power nor takes any, and what remains after it is the noise.
    @Test func meanPowerIsKept() throws {
        var channel = try everything
        (channel.quantizer, channel.dcOffset, channel.amplifier) = (nil, nil, nil)
        let memory = channel.memory(atRate: rate)
        var power = 0.0
        for stream in 0..<2000 as Range<UInt32> {
            let sent = NoiseSource(seed: 2, stream: stream).symbols(20 + memory.before + memory.after)
            power += channel.apply(sent, at: run(stream)).reduce(0.0) { $0 + Double($1.power) } / 20
        }
        #expect(abs(power / 2000 - 1.01) < 0.07)
    }
}
