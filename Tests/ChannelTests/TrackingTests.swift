import Foundation
import Testing

@testable import Channel

private let rate = 1e6

/// Transmissions of 512 reals and 64 pilots through a channel, and how they come back.
private struct Link {
    private let modem = Modem(realCount: 512, layoutSeed: 9)
    private let pattern = PilotPattern(dataCount: 256, seed: 9)
    var channel: ImpairedChannel

    init(snrDB: Double, _ change: (inout ImpairedChannel) -> Void = { _ in }) {
        channel = ImpairedChannel(noise: AWGNChannel(snrDB: snrDB, seed: 5))
        change(&channel)
    }

    /// What was received of one transmission, and the code.
    private func transmission(_ stream: UInt32) -> (air: [ComplexSymbol], sent: NormalizedSymbols, code: [Float]) {
        let source = NoiseSource(seed: 77, stream: stream)
        let code = source.symbols(256).interleaved
        let sent = modem.modulate(code)
        let memory = channel.memory(atRate: rate)
        let silence = { [ComplexSymbol](repeating: .zero, count: $0) }
        let run = SymbolRun(stream: stream, firstIndex: 0, rate: rate)
        let air = channel.apply(silence(memory.before) + sent.symbols + silence(memory.after), at: run)
        return (air, sent, code)
    }

    struct Score {
        /// Mean square error after weighing each value by its variance, over the code's power.
        var error = 0.0
        /// The error that the variances declare.
        var declared = 0.0
        var estimates: [ChannelEstimate] = []
        var tracked = 0
        var unheard = 0
    }

    /// - Parameter isSteady: receives with one gain for all symbols.
    func score(_ runs: UInt32, isSteady: Bool = false) -> Score {
        var score = Score()
        for stream in 0..<runs {
            let (air, sent, code) = transmission(stream)
            let heard = [Bool](repeating: false, count: air.count)
            let frame = pattern.demultiplex(air, erased: heard)
            do {
                let found: (estimate: ChannelEstimate, reals: EqualizedReals)
                if isSteady {
                    let estimate = try ChannelEstimator.estimate(frame, pattern: pattern)
                    found = (estimate, Equalizer.equalize(frame, estimate: estimate, scale: sent.scale))
                } else {
                    found = try modem.demodulate(air, erased: heard, scale: sent.scale)
                    if try ChannelTracker.track(frame, pattern: pattern).gains != nil { score.tracked += 1 }
                }
                score.estimates.append(found.estimate)
                for (index, value) in found.reals.values.enumerated() {
                    let variance = found.reals.noiseVariance[index]
                    let weight = variance.isFinite ? 0.5 / (0.5 + variance) : 0
                    let difference = Double(weight * value - code[index])
                    score.error += difference * difference / 256 / Double(runs)
                    score.declared += Double(0.5 * (1 - weight)) / 256 / Double(runs)
                }
            } catch {
                score.unheard += 1
                score.error += 1 / Double(runs)
                score.declared += 1 / Double(runs)
            }
        }
        return score
    }
}

private func fading(_ pace: Fading.Pace, kFactor: Double = 0) -> Multipath {
    Multipath(line: .flat, delaySpread: 0, kFactor: kFactor, pace: pace, seed: 3)
}

@Suite struct ChannelTrackerTests {
    /// Where nothing but noise happens, the receiver does what it did when it knew nothing else.
    @Test(arguments: [-3.0, 0, 6, 20])
    func plainNoiseIsReceivedAsEver(snrDB: Double) {
        let link = Link(snrDB: snrDB)
        let (score, steady) = (link.score(100), link.score(100, isSteady: true))
        #expect(score.tracked <= 1 && score.unheard == steady.unheard)
        #expect(score.error < 1.003 * steady.error)
        #expect(abs(score.error / score.declared - 1) < 0.05)
    }

    /// A carrier offset costs next to nothing: up to a tenth of a turn a symbol, half a turn between pilots.
    @Test(arguments: [-50_000.0, -300, 2000, 90_000])
    func aCarrierOffsetIsTakenOut(hertz: Double) {
        let link = Link(snrDB: 12) { $0.carrier = CarrierFrequencyOffset(hertz: hertz) }
        let (score, plain) = (link.score(60), Link(snrDB: 12).score(60))
        #expect(score.unheard == 0)
        #expect(score.error < 1.05 * plain.error)
        #expect(abs(score.error / score.declared - 1) < 0.1)
    }

    /// Following the channel loses at most so much of what one gain for all would lose.
    @Test(arguments: [
        ("block", 0.4), ("rician blocks", 0.65), ("car", 0.7), ("train", 0.3), ("phase noise", 0.4),
        ("car and offset", 0.4),
    ])
    func fadingAndPhaseAreFollowed(name: String, share: Double) {
        let link = Link(snrDB: 12) {
            switch name {
            case "block": $0.multipath = fading(.block(symbols: 40))
            case "rician blocks": $0.multipath = fading(.block(symbols: 40), kFactor: 4)
            case "car": $0.multipath = fading(.doppler(hertz: 1000))
            case "train": $0.multipath = fading(.doppler(hertz: 10_000))
            case "phase noise": $0.phaseNoise = PhaseNoise(linewidthHertz: 1000, seed: 3)
            default:
                $0.multipath = fading(.doppler(hertz: 1000))
                $0.carrier = CarrierFrequencyOffset(hertz: 3000)
            }
        }
        let (score, steady) = (link.score(80), link.score(80, isSteady: true))
        #expect(score.error < share * steady.error)
        // Faded symbols say that they are worth little: the error is the one declared.
        #expect((0.8...1.2).contains(score.error / score.declared))
    }

    @Test func aMixersFaultsAreTakenOut() {
        let plain = Link(snrDB: 20).score(60)
        let offset = Link(snrDB: 20) { $0.dcOffset = ComplexSymbol(i: 0.3, q: -0.1) }.score(60)
        let image = Link(snrDB: 20) { $0.receiverIQ = IQImbalance(gainDB: 1, phaseDegrees: 10) }.score(60)
        let both = Link(snrDB: 20) {
            $0.dcOffset = ComplexSymbol(i: -0.2, q: 0.2)
            $0.receiverIQ = IQImbalance(gainDB: -1, phaseDegrees: 5)
            $0.carrier = CarrierFrequencyOffset(hertz: 2000)
        }.score(60)
        for score in [offset, image, both] { #expect(score.error < 1.15 * plain.error) }
    }

    @Test func noiseAloneIsNoSignalToTheTrackerEither() {
        let pattern = PilotPattern(dataCount: 16, pilotCount: 64, seed: 3)
        let heard = [Bool](repeating: false, count: 80)
        let channel = AWGNChannel(snrDB: 0, seed: 11)
        let silence = [ComplexSymbol](repeating: .zero, count: 80)
        let signals = (0..<500 as Range<UInt32>).count { stream in
            let air = channel.apply(silence, stream: stream, firstIndex: 0)
            return (try? ChannelTracker.track(pattern.demultiplex(air, erased: heard), pattern: pattern)) != nil
        }
        #expect(signals <= 1)
    }

    @Test func lostPacketsAndFewPilotsAreNoTrouble() throws {
        let modem = Modem(realCount: 512, layoutSeed: 9)
        let sent = modem.modulate(NoiseSource(seed: 1, stream: 1).symbols(256).interleaved)
        var channel = ImpairedChannel(noise: AWGNChannel(snrDB: 15, seed: 1))
        channel.multipath = fading(.doppler(hertz: 1000), kFactor: 3)
        channel.carrier = CarrierFrequencyOffset(hertz: 500)
        let air = channel.apply(sent.symbols, at: SymbolRun(stream: 3, firstIndex: 0, rate: rate))
        for lost in [0...0, 2...4, 0...5, 1...7] {
            let erased = air.indices.map { lost.contains($0 / 40) }
            let (_, reals) = try modem.demodulate(air, erased: erased, scale: sent.scale)
            #expect(reals.values.allSatisfy { $0.isFinite })
            #expect(reals.noiseVariance.count { $0 == .infinity } == 64 * lost.count)
        }
        #expect(throws: ChannelEstimationError.tooFewPilots(received: 0)) {
            try modem.demodulate(air, erased: air.map { _ in true }, scale: 1)
        }
        let zeros = [ComplexSymbol](repeating: .zero, count: 320)
        #expect(throws: ChannelEstimationError.noSignal) {
            try modem.demodulate(zeros, erased: zeros.map { _ in false }, scale: 1)
        }
    }
}

@Suite struct SNREstimateTests {
    /// 64 pilots alone know N0 to within 1/√64, 0.54 dB; the power of 256 data symbols helps where there is much noise. The
    /// root of the mean square error, and the mean error, of 200 transmissions.
    @Test(arguments: [(-6.0, 0.4, 0.4), (0, 0.45, 0.4), (3, 0.5, 0.45), (12, 0.65, 0.5), (20, 0.65, 0.5)])
    func isAsGoodAsThePilotsAllow(snrDB: Double, rootMeanSquare: Double, meanAbsolute: Double) {
        let errors = Link(snrDB: snrDB).score(200).estimates.map { $0.snrDB - snrDB }
        let count = Double(errors.count)
        #expect(count > 150)
        #expect((errors.reduce(0) { $0 + $1 * $1 } / count).squareRoot() < rootMeanSquare)
        #expect(errors.reduce(0) { $0 + abs($1) } / count < meanAbsolute)
        #expect(abs(errors.reduce(0, +) / count) < 0.12)
    }

    /// A gain that is not 1 counts: `|h|²/N0`.
    @Test func followsTheGain() {
        let score = Link(snrDB: 40) { $0.multipath = fading(.still) }.score(40)
        #expect(score.unheard == 0)
        for (estimate, stream) in zip(score.estimates, 0..<40 as Range<UInt32>) {
            let run = SymbolRun(stream: stream, firstIndex: 0, rate: rate)
            let gain = Fading(kFactor: 0, pace: .still, seed: 3).gains(1, at: run)[0]
            #expect(abs(estimate.snrDB - 40 - 10 * log10(Double(gain.power))) < 2.3)
        }
    }
}

@Suite struct GainSmootherTests {
    /// The filter's evidence and the smoother's gains are those of the covariance matrix, inverted.
    @Test(arguments: GainProcess.Kind.allCases)
    func agreesWithTheNormalEquations(kind: GainProcess.Kind) throws {
        let process = GainProcess(kind: kind, scale: 7, varying: 5, constant: 3)
        let places = [1, 3, 4, 9, 14, 15]
        let source = NoiseSource(seed: 2, stream: 2)
        let pilots = PilotObservations(
            places: places.map(Double.init),
            values: places.map { DoubleSymbol(source.noise(at: UInt64($0))) }
        )
        func covariance(_ a: Int, _ b: Int) -> Double {
            let u = Double(abs(a - b)) / 7
            let root = 5.0.squareRoot() * u
            return 3 + 5 * (kind == .rough ? exp(-u) : (1 + root + root * root / 3) * exp(-root))
        }
        let size = places.count
        let matrix = places.flatMap { a in places.map { covariance(a, $0) + (a == $0 ? 1 : 0) } }
        let factor = try #require(CholeskyFactor(of: matrix, dimension: size))
        let (i, q) = (factor.solve(pilots.values.map(\.i)), factor.solve(pilots.values.map(\.q)))
        let energy = (0..<size).reduce(0.0) { $0 + i[$1] * pilots.values[$1].i + q[$1] * pilots.values[$1].q }
        let found = GainSmoother.evidence(of: process, pilots)
        #expect(abs(found.noiseVariance - energy / Double(size)) < 1e-9)
        let track = GainSmoother.smooth(pilots, process, count: 18)
        for place in 0..<18 {
            let row = places.map { covariance(place, $0) }
            let expected = (0..<size).reduce(0.0) { $0 + row[$1] * i[$1] }
            #expect(abs(track.gains[place].i - expected) < 1e-9)
            let weights = factor.solve(row)
            let variance = 8 - zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(track.variances[place] / found.noiseVariance - variance) < 1e-9)
        }
        // Doubling the power of everything is worth log-determinants' difference.
        let other = GainProcess(kind: kind, scale: 7, varying: 0, constant: 0)
        let silence = GainSmoother.evidence(of: other, pilots).log
        #expect(abs(silence + Double(size) * log(pilots.energy / Double(size))) < 1e-9)
    }

    @Test func jumpsAreFoundWhereTheyAre() {
        let source = NoiseSource(seed: 2, stream: 2)
        let levels = [DoubleSymbol(i: 1, q: 0), DoubleSymbol(i: -0.5, q: 0.5), DoubleSymbol(i: 0, q: -1)]
        let values = (0..<60).map { levels[$0 / 20] + 0.1 * DoubleSymbol(source.noise(at: UInt64($0))) }
        let pieces = PiecewiseGain(PilotObservations(places: (0..<60).map { Double(5 * $0 + 2) }, values: values))
        #expect(pieces.stretches == [0..<20, 20..<40, 40..<60])
        #expect((0.005...0.02).contains(pieces.noiseVariance))
        let track = pieces.track(count: 300)
        #expect((track.gains[50] - levels[0]).power < 0.005 && (track.gains[250] - levels[2]).power < 0.005)
        #expect(track.variances[99] > 0.1 && track.variances[50] < 0.002)
    }
}
