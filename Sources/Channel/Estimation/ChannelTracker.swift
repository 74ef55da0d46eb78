import Glibc

/// A channel that was tracked along a transmission: a gain for each data symbol.
struct ChannelTrack: Sendable, Equatable {
    /// Its mean: the mean gain, N0, `E|h|²/N0`.
    var estimate: ChannelEstimate
    /// The gain at each data symbol, in code order; nil where it is the estimate's all along.
    var gains: [DoubleSymbol]?
    /// Mean square error of each gain.
    var variances: [Double]
    /// The gain at each pilot.
    var pilotGains: [DoubleSymbol]
}

/// Follows phase and fading along a transmission, from pilots alone.
///
/// Of a channel that stays as it is (`ChannelEstimator`), one with a carrier offset, one that varies as a Gaussian process
/// (Wiener interpolation between pilots), and one that jumps, that is taken which makes the pilots most likely. The
/// simplest is left only for one that is much likelier, so that it is as good as ever where it holds.
enum ChannelTracker {
    /// With fewer pilots the channel stays as it is.
    static let minimumPilots = 8
    /// What a tracked channel must be likelier by, in nats, than one that stays.
    static let preference = 4.0
    /// Turns in a transmission.
    private static let slowest = 0.3

    /// What was found.
    private struct Finding {
        var evidence: Double
        var frequency: Double
        var shape: Shape
    }

    private enum Shape {
        case process(GainProcess)
        case pieces(PiecewiseGain)
    }

    /// The channel of a frame.
    ///
    /// - Throws: when too few pilots arrived, or pilots such as noise alone would leave.
    static func track(_ frame: ReceivedFrame, pattern: PilotPattern) throws(ChannelEstimationError) -> ChannelTrack {
        let steady = try ChannelEstimator.leastSquares(frame, pattern: pattern)
        let pilots = observations(frame, pattern: pattern)
        guard pilots.count >= minimumPilots, pilots.energy > 0 else { return try accept(steady, pattern) }
        let silence = -Double(pilots.count) * log(pilots.energy / Double(pilots.count))
        let still = GainSearch.constant(pilots)
        guard let moving = findings(pilots).max(by: { $0.evidence < $1.evidence }),
            moving.evidence > still.evidence + preference
        else { return try accept(steady, pattern) }
        // The chance that noise alone makes something this much likelier is the inverse of by how much.
        guard moving.evidence - silence > -log(ChannelEstimator.falseAlarm) else { return try accept(steady, pattern) }
        return track(moving, pilots, pattern: pattern)
    }

    private static func accept(
        _ steady: (estimate: ChannelEstimate, chanceOfNoise: Double),
        _ pattern: PilotPattern
    ) throws(ChannelEstimationError) -> ChannelTrack {
        guard steady.chanceOfNoise < ChannelEstimator.falseAlarm else { throw .noSignal }
        let gain = DoubleSymbol(i: steady.estimate.gainI, q: steady.estimate.gainQ)
        return ChannelTrack(
            estimate: steady.estimate,
            gains: nil,
            variances: [],
            pilotGains: [DoubleSymbol](repeating: gain, count: pattern.pilots.count)
        )
    }

    /// The pilots that arrived, over those sent.
    private static func observations(_ frame: ReceivedFrame, pattern: PilotPattern) -> PilotObservations {
        let used = frame.pilotErased.indices.filter { !frame.pilotErased[$0] }
        return PilotObservations(
            places: used.map { Double(pattern.pilotPositions[$0]) },
            values: used.map { DoubleSymbol(frame.pilots[$0]) * DoubleSymbol(pattern.pilots[$0]).conjugate }
        )
    }

    /// Channels that move, with what their number of choices costs taken off.
    private static func findings(_ pilots: PilotObservations) -> [Finding] {
        varying(pilots) + CarrierSearch.candidates(pilots).flatMap { turning(pilots, frequency: $0) }
    }

    /// Channels that turn by `frequency` cycles a symbol, and may vary besides.
    private static func turning(_ pilots: PilotObservations, frequency: Double) -> [Finding] {
        let derotated = pilots.derotated(by: frequency)
        let still = GainSearch.constant(derotated)
        var found = [Finding(evidence: still.evidence, frequency: 0, shape: .process(still.process))]
        let span = (pilots.places.last ?? 0) - (pilots.places.first ?? 0)
        // What turns by less all along is as well found without a frequency of its own.
        if abs(frequency) * span > slowest { found += varying(derotated) }
        // About as many frequencies can be told apart as there are pilots.
        let choice = log(Double(pilots.count)) + 1
        return found.map { Finding(evidence: $0.evidence - choice, frequency: frequency, shape: $0.shape) }
    }

    private static func varying(_ pilots: PilotObservations) -> [Finding] {
        var found = GainProcess.Kind.allCases.map { kind in
            let best = GainSearch.varying(pilots, kind: kind)
            return Finding(evidence: best.evidence, frequency: 0, shape: .process(best.process))
        }
        let pieces = PiecewiseGain(pilots)
        if pieces.stretches.count > 1 {
            found.append(Finding(evidence: pieces.evidence, frequency: 0, shape: .pieces(pieces)))
        }
        return found
    }

    private static func track(_ found: Finding, _ pilots: PilotObservations, pattern: PilotPattern) -> ChannelTrack {
        let all: GainTrack
        switch found.shape {
        case .process(let process):
            let derotated = pilots.derotated(by: found.frequency)
            all = GainSmoother.smooth(derotated, process, count: pattern.symbolCount)
        case .pieces(let pieces): all = pieces.track(count: pattern.symbolCount)
        }
        func gain(_ place: Int) -> DoubleSymbol {
            all.gains[place] * .phasor(2 * .pi * found.frequency * Double(place))
        }
        let gains = pattern.dataPositions.map(gain)
        // How well a steady tone's frequency is known.
        let spread = found.frequency == 0 ? { _ in 0 } : frequencySpread(pilots)
        let variances = pattern.dataPositions.map { place in
            all.variances[place] + all.noiseVariance / 2 * spread(Double(place))
        }
        let sum = gains.reduce(DoubleSymbol.zero, +)
        let power = zip(gains, variances).reduce(0) { $0 + $1.0.power + $1.1 }
        let count = Double(max(gains.count, 1))
        let estimate = ChannelEstimate(
            gainI: sum.i / count,
            gainQ: sum.q / count,
            noiseVariance: all.noiseVariance,
            snrDB: 10 * log10(max(power / count, 1e-12) / all.noiseVariance),
            pilotsUsed: pilots.count
        )
        return ChannelTrack(
            estimate: estimate,
            gains: gains,
            variances: variances,
            pilotGains: pattern.pilotPositions.map(gain)
        )
    }

    /// The error that the estimate of a frequency adds at a place, over N0/2 (the bound of Cramér and Rao).
    private static func frequencySpread(_ pilots: PilotObservations) -> (Double) -> Double {
        let mean = pilots.places.reduce(0, +) / Double(pilots.count)
        let square = pilots.places.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return { ($0 - mean) * ($0 - mean) / square }
    }
}
