import Glibc

/// What pilots tell of a gain: `z = h + n` at some places.
struct PilotObservations: Sendable {
    /// In symbols, ascending.
    var places: [Double]
    /// The received pilots over those sent, which have unit power.
    var values: [DoubleSymbol]

    var count: Int { places.count }
    var energy: Double { values.reduce(0) { $0 + $1.power } }

    /// The same without a rotation of `frequency` cycles a symbol.
    func derotated(by frequency: Double) -> PilotObservations {
        guard frequency != 0 else { return self }
        let turned = zip(places, values).map { $1 * .phasor(-2 * .pi * frequency * $0) }
        return PilotObservations(places: places, values: turned)
    }
}

/// A gain and how well it is known, all along a transmission.
struct GainTrack: Sendable {
    /// By place, from 0.
    var gains: [DoubleSymbol]
    /// Mean square error of each.
    var variances: [Double]
    /// N0.
    var noiseVariance: Double
}

/// The Kalman filter over pilots, and the smoother over all symbols (Bryson and Frazier, 1963, which inverts no matrix).
enum GainSmoother {
    /// A state, given the pilots so far: its mean, I and Q, and its covariance over N0.
    private struct State {
        var i = SIMD4<Double>.zero
        var q = SIMD4<Double>.zero
        var covariance: Matrix4
    }

    /// What one pilot taught.
    private struct Innovation {
        var error: DoubleSymbol
        /// Variance of the error over N0.
        var variance: Double
        var gain: SIMD4<Double>
    }

    /// The logarithm of the pilots' likelihood with N0 integrated out (its prior is 1/N0), but for a constant, and N0.
    static func evidence(of process: GainProcess, _ pilots: PilotObservations) -> (log: Double, noiseVariance: Double) {
        let prior = process.prior
        var state = State(covariance: prior)
        var (logDeterminant, energy) = (0.0, 0.0)
        var step = Step(process, prior)
        for (index, value) in pilots.values.enumerated() {
            if index > 0 { step.advance(&state, by: pilots.places[index] - pilots.places[index - 1]) }
            let innovation = learn(&state, value)
            logDeterminant += log(innovation.variance)
            energy += innovation.error.power / innovation.variance
        }
        let count = Double(pilots.count)
        let noise = max(energy / count, 1e-12)
        return (-logDeterminant - count * log(noise), noise)
    }

    /// The gain at `count` places from 0 on.
    static func smooth(_ pilots: PilotObservations, _ process: GainProcess, count: Int) -> GainTrack {
        let prior = process.prior
        var state = State(covariance: prior)
        var step = Step(process, prior)
        var states: [State] = []
        states.reserveCapacity(count)
        var innovations: [Int: Innovation] = [:]
        var next = 0
        var energy = 0.0
        for place in 0..<count {
            if place > 0 { step.advance(&state, by: 1) }
            if next < pilots.count, Int(pilots.places[next]) == place {
                let innovation = learn(&state, pilots.values[next])
                energy += innovation.error.power / innovation.variance
                innovations[place] = innovation
                next += 1
            }
            states.append(state)
        }
        let noise = max(energy / Double(max(pilots.count, 1)), 1e-12)
        let back = process.transition(over: 1).transposed
        let gain = GainProcess.gain
        var (i, q, information) = (SIMD4<Double>.zero, SIMD4<Double>.zero, Matrix4.zero)
        var track = GainTrack(
            gains: [DoubleSymbol](repeating: .zero, count: count),
            variances: [Double](repeating: 0, count: count),
            noiseVariance: noise
        )
        for place in (0..<count).reversed() {
            let state = states[place]
            let seen = state.covariance * gain
            track.gains[place] = DoubleSymbol(
                i: (gain * state.i).sum() - (seen * i).sum(),
                q: (gain * state.q).sum() - (seen * q).sum()
            )
            let variance = (gain * seen).sum() - (seen * (information * seen)).sum()
            track.variances[place] = noise * max(variance, 0)
            if let innovation = innovations[place] {
                let keep = Matrix4(diagonal: .one) - Matrix4(outer: gain, innovation.gain)
                i = keep * i - innovation.error.i / innovation.variance * gain
                q = keep * q - innovation.error.q / innovation.variance * gain
                information =
                    keep * information * keep.transposed + 1 / innovation.variance * Matrix4(outer: gain, gain)
            }
            (i, q, information) = (back * i, back * q, back * information * back.transposed)
        }
        return track
    }

    /// Learns from a pilot; its noise has variance 1 in these units.
    private static func learn(_ state: inout State, _ value: DoubleSymbol) -> Innovation {
        let gain = GainProcess.gain
        let seen = state.covariance * gain
        let variance = (gain * seen).sum() + 1
        let error = DoubleSymbol(i: value.i - (gain * state.i).sum(), q: value.q - (gain * state.q).sum())
        let weights = 1 / variance * seen
        state.i += error.i * weights
        state.q += error.q * weights
        state.covariance = state.covariance - 1 / variance * Matrix4(outer: seen, seen)
        return Innovation(error: error, variance: variance, gain: weights)
    }

    /// Goes on from pilot to pilot; most distances are the same as the one before.
    private struct Step {
        private let process: GainProcess
        private let prior: Matrix4
        private var distance = 0.0
        private var transition = Matrix4(diagonal: .one)
        private var innovation = Matrix4.zero

        init(_ process: GainProcess, _ prior: Matrix4) {
            self.process = process
            self.prior = prior
        }

        mutating func advance(_ state: inout State, by distance: Double) {
            if distance != self.distance {
                self.distance = distance
                transition = process.transition(over: distance)
                innovation = prior - transition * prior * transition.transposed
            }
            state.i = transition * state.i
            state.q = transition * state.q
            state.covariance = transition * state.covariance * transition.transposed + innovation
        }
    }
}
