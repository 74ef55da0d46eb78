import Glibc

/// The channel of an OFDM transmission, taken for the same all through it: echoes `h_l` at delays below the prefix' length,
/// `H[k] = Σ h_l·e^(−2πi·k·l/N)`.
///
/// The echoes' powers are expected to fall off exponentially; how fast, and how strong they are, is what makes the pilots most
/// likely. Then the estimate is that of least mean square error.
struct EchoEstimator {
    private let ofdm: OFDM
    private let pattern: PilotPattern

    init(ofdm: OFDM, pattern: PilotPattern) {
        self.ofdm = ofdm
        self.pattern = pattern
    }

    /// What the pilots make of some fall-off.
    private struct Finding {
        var evidence: Double
        var noiseVariance: Double
        var echoes: [DoubleSymbol]
        /// Of `[Re h, Im h]`, over N0.
        var factor: CholeskyFactor
    }

    private static let powers = (-2...10).map { pow(10, Double($0) / 2) }
    private static let scales = [0.2, 0.5, 1, 2, 4, 8]

    /// - Returns: the channel, and how much likelier it is than none, in nats, its choices counted.
    /// - Throws: when too few pilots arrived.
    func track(_ frame: ReceivedFrame) throws(ChannelEstimationError) -> (track: ChannelTrack, evidence: Double) {
        let used = frame.pilotErased.indices.filter { !frame.pilotErased[$0] }
        guard used.count >= ChannelTracker.minimumPilots else { throw .tooFewPilots(received: used.count) }
        let places = used.map { pattern.pilotPositions[$0] }
        let values = used.map { DoubleSymbol(frame.pilots[$0]) * DoubleSymbol(pattern.pilots[$0]).conjugate }
        let energy = values.reduce(0) { $0 + $1.power }
        guard energy > 0, let found = best(places, values, energy) else { throw .noSignal }
        let count = Double(used.count)
        let silence = -count * log(energy / count)
        let evidence = found.evidence - silence - log(Double(Self.powers.count * Self.scales.count))
        let known = (0..<ofdm.subcarriers).map { gain(at: $0, found) }
        let gains = pattern.dataPositions.map { known[$0 % ofdm.subcarriers].gain }
        let variances = pattern.dataPositions.map { known[$0 % ofdm.subcarriers].variance }
        let sum = gains.reduce(DoubleSymbol.zero, +)
        let power = zip(gains, variances).reduce(0) { $0 + $1.0.power + $1.1 } / Double(max(gains.count, 1))
        let estimate = ChannelEstimate(
            gainI: sum.i / Double(max(gains.count, 1)),
            gainQ: sum.q / Double(max(gains.count, 1)),
            noiseVariance: found.noiseVariance,
            snrDB: 10 * log10(max(power, 1e-12) / found.noiseVariance),
            pilotsUsed: used.count
        )
        let track = ChannelTrack(
            estimate: estimate,
            gains: gains,
            variances: variances,
            pilotGains: pattern.pilotPositions.map { known[$0 % ofdm.subcarriers].gain }
        )
        return (track, evidence)
    }

    private func root(_ place: Int, _ delay: Int) -> DoubleSymbol {
        .phasor(-2 * .pi * Double(place % ofdm.subcarriers * delay) / Double(ofdm.subcarriers))
    }

    private func best(_ places: [Int], _ values: [DoubleSymbol], _ energy: Double) -> Finding? {
        let delays = max(1, ofdm.cyclicPrefix)
        // A real system of twice the size stands for the complex one.
        var normal = [Double](repeating: 0, count: 4 * delays * delays)
        var right = [Double](repeating: 0, count: 2 * delays)
        for row in 0..<delays {
            let sum = zip(places, values).reduce(DoubleSymbol.zero) { $0 + root($1.0, row).conjugate * $1.1 }
            (right[row], right[delays + row]) = (sum.i, sum.q)
            for column in 0..<delays {
                let inner = places.reduce(DoubleSymbol.zero) { $0 + root($1, row).conjugate * root($1, column) }
                normal[row * 2 * delays + column] = inner.i
                normal[(delays + row) * 2 * delays + delays + column] = inner.i
                normal[row * 2 * delays + delays + column] = -inner.q
                normal[(delays + row) * 2 * delays + column] = inner.q
            }
        }
        var best: Finding?
        let count = Double(values.count)
        for scale in Self.scales {
            let profile = (0..<delays).map { exp(-Double($0) / scale) }
            let total = profile.reduce(0, +)
            for power in Self.powers {
                let expected = profile.map { max(power * $0 / total, 1e-9) }
                var system = normal
                for row in 0..<2 * delays { system[row * 2 * delays + row] += 1 / expected[row % delays] }
                guard let factor = CholeskyFactor(of: system, dimension: 2 * delays) else { continue }
                let solved = factor.solve(right)
                let rest = energy - zip(solved, right).reduce(0) { $0 + $1.0 * $1.1 }
                let noise = max(rest / count, 1e-12)
                // Each complex number counts twice in the real system.
                let determinant = factor.logDeterminant / 2 + expected.reduce(0) { $0 + log($1) }
                let evidence = -determinant - count * log(noise)
                guard evidence > best?.evidence ?? -.infinity else { continue }
                let echoes = (0..<delays).map { DoubleSymbol(i: solved[$0], q: solved[delays + $0]) }
                best = Finding(evidence: evidence, noiseVariance: noise, echoes: echoes, factor: factor)
            }
        }
        return best
    }

    /// The gain of a subcarrier and its mean square error.
    private func gain(at subcarrier: Int, _ found: Finding) -> (gain: DoubleSymbol, variance: Double) {
        let roots = found.echoes.indices.map { root(subcarrier, $0) }
        let gain = zip(roots, found.echoes).reduce(DoubleSymbol.zero) { $0 + $1.0 * $1.1 }
        let row = roots.map(\.i) + roots.map { -$0.q }
        let variance = zip(row, found.factor.solve(row)).reduce(0) { $0 + $1.0 * $1.1 }
        return (gain, found.noiseVariance * variance)
    }
}
