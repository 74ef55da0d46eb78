import Foundation
import Testing

@testable import Channel

@Suite struct ChannelEstimatorTests {
    @Test func matchesNumPyOnAKnownFrame() throws {
        let golden = try Golden.load()
        let frame = ReceivedFrame(
            data: golden.equalize.received.map(ComplexSymbol.init),
            dataErased: [false, false, false, false],
            pilots: golden.estimate.received.map(ComplexSymbol.init),
            pilotErased: golden.estimate.erased
        )
        // A pattern's own pilots are random: turn the received ones by the quotient of the two sets.
        let pattern = PilotPattern(dataCount: 4, pilotCount: 16, seed: 8)
        var turned = frame
        for (index, pilot) in golden.estimate.pilots.map(ComplexSymbol.init).enumerated() {
            let own = pattern.pilots[index]
            let quotient = (i: own.i * pilot.i + own.q * pilot.q, q: own.q * pilot.i - own.i * pilot.q)
            let y = frame.pilots[index]
            turned.pilots[index] = ComplexSymbol(
                i: y.i * quotient.i - y.q * quotient.q,
                q: y.i * quotient.q + y.q * quotient.i
            )
        }
        let estimate = try ChannelEstimator.estimate(turned, pattern: pattern)
        #expect(estimate.pilotsUsed == 13)
        #expect(abs(estimate.gainI - golden.estimate.gain[0]) < 1e-6)
        #expect(abs(estimate.gainQ - golden.estimate.gain[1]) < 1e-6)
        #expect(abs(estimate.noiseVariance - golden.estimate.noiseVariance) < 1e-6)
        #expect(abs(estimate.snrDB - golden.estimate.snrDB) < 1e-4)

        let equalized = Equalizer.equalize(turned, estimate: estimate, scale: golden.equalize.scale)
        for (value, expected) in zip(equalized.values, golden.equalize.values) { #expect(abs(value - expected) < 1e-5) }
        #expect(equalized.noiseVariance.allSatisfy { abs($0 - golden.equalize.noiseVariance) < 1e-5 })
    }

    @Test(arguments: [-6.0, 0, 6, 12, 20])
    func theSNREstimateIsUnbiased(snrDB: Double) throws {
        let pattern = PilotPattern(dataCount: 256, seed: 3)
        let air = pattern.multiplex(PowerNormalizer.normalize(testCode(512, seed: 2)).symbols)
        let received = [Bool](repeating: false, count: air.count)
        let channel = AWGNChannel(snrDB: snrDB, seed: 5)
        var noise = 0.0
        var far = 0
        let runs = 400
        for stream in 0..<UInt32(runs) {
            let frame = pattern.demultiplex(channel.apply(air, stream: stream, firstIndex: 0), erased: received)
            let estimate = try ChannelEstimator.leastSquares(frame, pattern: pattern).estimate
            noise += estimate.noiseVariance
            if abs(estimate.snrDB - snrDB) > 1.7 { far += 1 }
        }
        // N̂0 of one run has a relative deviation of 1/8 (0.54 dB); the mean of 400 of them 0.63 %.
        #expect(abs(noise / Double(runs) / channel.noiseVariance - 1) < 0.032)
        #expect(far <= 6)
    }

    @Test func aGainThatIsNotNominalIsFound() throws {
        let pattern = PilotPattern(dataCount: 256, seed: 3)
        let air = pattern.multiplex(PowerNormalizer.normalize(testCode(512, seed: 2)).symbols)
        // h = 0.3 − 0.4i, N0 = 0.01: |h|²/N0 is 14 dB.
        let channel = AWGNChannel(snrDB: 20, seed: 5)
        let faded = channel.apply(
            air.map { ComplexSymbol(i: 0.3 * $0.i + 0.4 * $0.q, q: 0.3 * $0.q - 0.4 * $0.i) },
            stream: 1,
            firstIndex: 0
        )
        let frame = pattern.demultiplex(faded, erased: [Bool](repeating: false, count: air.count))
        let estimate = try ChannelEstimator.estimate(frame, pattern: pattern)
        #expect(abs(estimate.gainI - 0.3) < 0.045 && abs(estimate.gainQ + 0.4) < 0.045)
        #expect(abs(estimate.snrDB - 13.98) < 2.5)
        let equalized = Equalizer.equalize(frame, estimate: estimate, scale: 1)
        let sent = SymbolMapper.reals(from: PowerNormalizer.normalize(testCode(512, seed: 2)).symbols)
        let error = zip(equalized.values, sent).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) } / 512
        #expect(abs(error / 0.02 - 1) < 0.3)  // N0 / (2·|h|²)
    }

    /// How many of 2,000 transmissions are taken for a signal.
    private func heard(_ snrDB: Double, pilots: Int = 64, gain: Float = 1) throws -> Int {
        let pattern = PilotPattern(dataCount: 16, pilotCount: pilots, seed: 3)
        let sent = pattern.multiplex(PowerNormalizer.normalize(testCode(32, seed: 2)).symbols)
        let channel = AWGNChannel(snrDB: snrDB, seed: 11)
        let received = [Bool](repeating: false, count: sent.count)
        return (0..<2000 as Range<UInt32>).count { stream in
            let air = channel.apply(sent, stream: stream, firstIndex: 0).map {
                ComplexSymbol(i: -gain * $0.q, q: gain * $0.i)
            }
            let frame = pattern.demultiplex(air, erased: received)
            return (try? ChannelEstimator.estimate(frame, pattern: pattern)) != nil
        }
    }

    /// Noise alone is a signal once in ten thousand, whatever its power and however many pilots there are; a signal at 0 dB
    /// always is one, and at −6 dB nine times in ten.
    @Test func noiseAloneIsNoSignal() throws {
        for pilots in [4, 16, 64] { #expect(try heard(-85, pilots: pilots) <= 3) }
        #expect(try heard(-85, gain: 1e-4) <= 3)
        #expect(try heard(0) == 2000)
        #expect(try heard(-6) > 1700)
        #expect(try heard(20, pilots: 8) == 2000)
    }

    @Test func tooFewPilotsAreAnError() {
        let pattern = PilotPattern(dataCount: 8, pilotCount: 8, seed: 1)
        let air = pattern.multiplex([ComplexSymbol](repeating: ComplexSymbol(i: 1, q: 0), count: 8))
        var erased = [Bool](repeating: false, count: 16)
        for position in pattern.pilotPositions.prefix(5) { erased[position] = true }
        #expect(throws: ChannelEstimationError.tooFewPilots(received: 3)) {
            try ChannelEstimator.estimate(pattern.demultiplex(air, erased: erased), pattern: pattern)
        }
        let silence = [ComplexSymbol](repeating: ComplexSymbol(i: 0, q: 0), count: 16)
        let heard = [Bool](repeating: false, count: 16)
        #expect(throws: ChannelEstimationError.noSignal) {
            try ChannelEstimator.estimate(pattern.demultiplex(silence, erased: heard), pattern: pattern)
        }
    }
}

@Suite struct ModemTests {
    @Test func whatIsSentComesBack() throws {
        let modem = Modem(realCount: 512, pilotCount: 32, layoutSeed: 9)
        #expect(modem.symbolCount == 288)
        let code = testCode(512, seed: 4).map { 7 * $0 }
        let sent = modem.modulate(code)
        let power = sent.symbols.reduce(0) { $0 + $1.power } / 288
        #expect(sent.symbols.count == 288 && abs(power - 1) < 1e-4)
        var erased = [Bool](repeating: false, count: 288)
        erased[17] = true
        let (estimate, reals) = try modem.demodulate(sent.symbols, erased: erased, scale: sent.scale)
        #expect(estimate.gainI == 1 && estimate.gainQ == 0)
        #expect(reals.noiseVariance.count { $0 == .infinity } == 2)
        for (index, value) in reals.values.enumerated() where reals.noiseVariance[index].isFinite {
            #expect(abs(value - code[index]) < 1e-4)
        }
    }

    /// Another layout's symbols are noise.
    @Test func anotherLayoutIsNoSignal() throws {
        let sent = Modem(realCount: 512, layoutSeed: 9).modulate(testCode(512, seed: 4))
        let heard = [Bool](repeating: false, count: sent.symbols.count)
        #expect(throws: ChannelEstimationError.noSignal) {
            try Modem(realCount: 512, layoutSeed: 10).demodulate(sent.symbols, erased: heard, scale: sent.scale)
        }
    }
}

@Suite struct ReceiveChainTests {
    private func receive(
        _ code: [Float],
        snrDB: Double,
        stream: UInt32 = 1,
        lostPacket: Int? = nil
    ) throws -> EqualizedReals {
        let pattern = PilotPattern(dataCount: code.count / 2, seed: 3)
        let normalized = PowerNormalizer.normalize(code)
        let channel = AWGNChannel(snrDB: snrDB, seed: 77)
        let air = channel.apply(pattern.multiplex(normalized.symbols), stream: stream, firstIndex: 0)
        let erased = air.indices.map { $0 / 40 == lostPacket }
        let frame = pattern.demultiplex(air, erased: erased)
        let estimate = try ChannelEstimator.estimate(frame, pattern: pattern)
        return Equalizer.equalize(frame, estimate: estimate, scale: normalized.scale)
    }

    private func meanSquareError(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) } / Double(a.count)
    }

    @Test func aClearChannelReturnsTheCode() throws {
        let code = testCode(512, seed: 9)
        let received = try receive(code, snrDB: 90)
        #expect(zip(received.values, code).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test func theDeclaredVarianceIsTheRealOne() throws {
        let code = testCode(512, seed: 9)
        for snrDB in [0.0, 10] {
            var ratio = 0.0
            for stream in 0..<50 as Range<UInt32> {
                let received = try receive(code, snrDB: snrDB, stream: stream)
                ratio += meanSquareError(received.values, code) / Double(received.noiseVariance[0]) / 50
            }
            #expect(abs(ratio - 1) < 0.15)
        }
    }

    @Test func aLostPacketErasesItsReals() throws {
        let received = try receive(testCode(512, seed: 9), snrDB: 20, lostPacket: 3)
        #expect(received.noiseVariance.count { $0 == .infinity } == 64)
        for (value, variance) in zip(received.values, received.noiseVariance) {
            #expect(variance.isFinite || value == 0)
        }
    }

    @Test func repeatsAreWorthThreeDecibel() throws {
        let code = testCode(512, seed: 9)
        var single = 0.0
        var combined = 0.0
        for stream in 0..<40 as Range<UInt32> {
            let first = try receive(code, snrDB: 6, stream: 2 * stream)
            let second = try receive(code, snrDB: 6, stream: 2 * stream + 1)
            single += meanSquareError(first.values, code)
            combined += meanSquareError(MaximalRatioCombiner.combine([first, second]).values, code)
        }
        #expect(abs(combined / single - 0.5) < 0.05)
    }

    @Test func combiningFillsErasuresFromTheOtherRepeat() {
        let a = EqualizedReals(values: [1, 0, 0, 3], noiseVariance: [1, .infinity, .infinity, 0.5])
        let b = EqualizedReals(values: [2, 5, 0, 9], noiseVariance: [3, 2, .infinity, 1])
        let combined = MaximalRatioCombiner.combine([a, b])
        #expect(combined.values == [1.25, 5, 0, 5])
        #expect(combined.noiseVariance[0] == 0.75 && combined.noiseVariance[1] == 2)
        #expect(combined.noiseVariance[2] == .infinity && abs(combined.noiseVariance[3] - 1 / 3) < 1e-6)
        #expect(MaximalRatioCombiner.combine([a]) == a)
    }
}

@Suite struct LatentEstimatorTests {
    @Test func matchesNumPyWithErasures() throws {
        let golden = try Golden.load().lmmse
        let estimator = try LatentEstimator(covariance: golden.covariance, dimension: 12)
        let estimate = try estimator.estimate(
            values: golden.values,
            noiseVariance: golden.noiseVariance.map { $0 ?? .infinity }
        )
        for (value, expected) in zip(estimate, golden.estimate) { #expect(abs(value - expected) < 1e-5) }
    }

    /// A code of `dimension` reals whose covariance is that of a short moving average.
    private func correlated(_ dimension: Int) -> (code: [Float], covariance: [Float]) {
        let reach = 8
        let white = testCode(2 * (dimension + reach), seed: 31)  // every second value has one variance
        let code = (0..<dimension).map { index in (0..<reach).reduce(Float(0)) { $0 + white[2 * (index + $1)] } }
        var covariance = [Float](repeating: 0, count: dimension * dimension)
        for row in 0..<dimension {
            for column in max(0, row - reach + 1)...min(dimension - 1, row + reach - 1) {
                covariance[row * dimension + column] = 4.5 * Float(reach - abs(row - column))
            }
        }
        return (code, covariance)
    }

    @Test func usesWhatComponentsHaveInCommon() throws {
        let (code, covariance) = correlated(128)
        let estimator = try LatentEstimator(covariance: covariance, dimension: 128)
        let source = NoiseSource(seed: 1, stream: 1)
        let variance: Float = 20
        let noisy = code.enumerated().map { $1 + source.noise(at: UInt64($0)).i * (2 * variance).squareRoot() }
        let estimate = try estimator.estimate(
            values: noisy,
            noiseVariance: [Float](repeating: variance, count: 128)
        )
        func error(_ a: [Float]) -> Float { zip(a, code).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 128 }
        // A scalar estimate without the correlation has 36·20/56 ≈ 12.9.
        #expect(error(estimate) < 7)
        // Every third component lost, the others clean: the neighbours tell most of them.
        let lost = (0..<128).map { $0 % 3 == 1 ? Float.infinity : 1e-6 }
        let kept = zip(code, lost).map { $1.isFinite ? $0 : 0 }
        #expect(error(try estimator.estimate(values: kept, noiseVariance: lost)) < 3)
        #expect(error(kept) > 8)
    }

    @Test func nothingReceivedIsTheMean() throws {
        let estimator = try LatentEstimator(covariance: [1, 0.5, 0.5, 1], dimension: 2)
        #expect(try estimator.estimate(values: [7, 9], noiseVariance: [.infinity, .infinity]) == [0, 0])
        let half = try estimator.estimate(values: [2, 0], noiseVariance: [1, .infinity])
        #expect(abs(half[0] - 1) < 1e-6 && abs(half[1] - 0.5) < 1e-6)
    }

    @Test func aSingularCovarianceWithoutNoiseIsSettled() throws {
        let estimator = try LatentEstimator(covariance: [1, 1, 1, 1], dimension: 2)
        let estimate = try estimator.estimate(values: [0.5, 0.5], noiseVariance: [0, 0])
        #expect(abs(estimate[0] - 0.5) < 1e-4 && abs(estimate[1] - 0.5) < 1e-4)
    }

    @Test func nonsenseIsRefused() throws {
        #expect(throws: LatentEstimatorError.invalidCovariance(dimension: 2, count: 3)) {
            try LatentEstimator(covariance: [1, 0, 1], dimension: 2)
        }
        #expect(throws: LatentEstimatorError.self) { try LatentEstimator(covariance: [.nan], dimension: 1) }
        let estimator = try LatentEstimator(covariance: [1, 0, 0, 1], dimension: 2)
        for (values, variances) in [([1], [1]), ([1, 2], [1, -1]), ([1, .nan], [1, 1]), ([1, 2], [1, .nan])]
            as [(
                [Float], [Float]
            )]
        {
            #expect(throws: LatentEstimatorError.invalidObservation(expected: 2)) {
                try estimator.estimate(values: values, noiseVariance: variances)
            }
        }
        let indefinite = try LatentEstimator(covariance: [1, 3, 3, 1], dimension: 2)
        #expect(throws: LatentEstimatorError.notPositiveDefinite) {
            try indefinite.estimate(values: [1, 1], noiseVariance: [0.1, 0.1])
        }
    }
}
