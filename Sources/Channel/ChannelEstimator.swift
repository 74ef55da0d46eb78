import Glibc

/// What the pilots tell about the channel `y = h·x + n`, `n ~ CN(0, N0)`.
public struct ChannelEstimate: Sendable, Equatable, Codable {
    /// Real part of h.
    public var gainI: Double
    /// Imaginary part of h.
    public var gainQ: Double
    /// N0 per complex symbol, at the receiver's input.
    public var noiseVariance: Double
    /// `|h|²/N0` in dB, referred to the nominal symbol power 1.
    public var snrDB: Double
    /// Pilots that arrived.
    public var pilotsUsed: Int

    /// An estimate that is known already.
    public init(gainI: Double, gainQ: Double, noiseVariance: Double, snrDB: Double, pilotsUsed: Int) {
        self.gainI = gainI
        self.gainQ = gainQ
        self.noiseVariance = noiseVariance
        self.snrDB = snrDB
        self.pilotsUsed = pilotsUsed
    }
}

extension ChannelEstimate {
    /// What a genie says of plain noise: the gain is 1 and N0 is known, as from pilots without number.
    ///
    /// - Parameter snrDB: Es/N0 in dB.
    public static func genie(snrDB: Double) -> ChannelEstimate {
        ChannelEstimate(
            gainI: 1,
            gainQ: 0,
            noiseVariance: pow(10, -snrDB / 10),
            snrDB: snrDB,
            pilotsUsed: .max
        )
    }

    /// Corrects N0 for complex numbers that were found from the same pilots beforehand.
    mutating func loseFreedom(_ count: Int) {
        let factor = Double(pilotsUsed) / Double(max(pilotsUsed - count, 1))
        noiseVariance *= factor
        snrDB -= 10 * log10(factor)
    }
}

/// Why there is no estimate.
public enum ChannelEstimationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Fewer pilots arrived than an estimate needs.
    case tooFewPilots(received: Int)
    /// The pilots arrived without power, or cannot be told from noise.
    case noSignal

    /// For people.
    public var description: String {
        switch self {
        case .tooFewPilots(let received):
            "only \(received) pilots arrived, \(ChannelEstimator.minimumPilots) are needed: ask for a repeat"
        case .noSignal:
            "no signal: the pilots cannot be told from noise: check the path, then ask for a repeat"
        }
    }
}

/// Least squares over the pilots that arrived.
public enum ChannelEstimator {
    /// With fewer there is no estimate.
    public static let minimumPilots = 4
    /// A digital path keeps the nominal gain 1. An estimate whose squared distance from 1 is below this many times its
    /// variance N0/P does not contradict that (true for all but 0.25 % of the frames), and 1 is used: at low SNR the
    /// gain is known better beforehand than from 64 pilots.
    static let nominalGainThreshold = 6.0

    /// The chance that noise alone is taken for a signal: once in ten thousand transmissions.
    static let falseAlarm = 1e-4

    /// The chance that noise alone correlates with the pilots as much: `|ĥ|²·P/N̂0` is then F-distributed with 2 and
    /// 2(P − 1) degrees of freedom.
    private static func chanceOfNoise(gainPower: Double, noiseVariance: Double, pilots: Int) -> Double {
        let others = Double(pilots - 1)
        return pow(1 + gainPower * Double(pilots) / (noiseVariance * others), -others)
    }

    /// `ĥ = Σ y·p* / Σ|p|²`, `N̂0 = Σ|y − ĥ·p|² / (P − 1)`, SNR from `|ĥ|² − N̂0/P` (the bias of `|ĥ|²` removed);
    /// with the nominal gain `N̂0 = Σ|y − p|² / P` and SNR `1/N̂0`.
    ///
    /// - Precondition: the frame comes from this pattern.
    /// - Throws: when too few pilots arrived, or pilots such as noise alone would leave.
    public static func estimate(
        _ frame: ReceivedFrame,
        pattern: PilotPattern
    ) throws(ChannelEstimationError) -> ChannelEstimate {
        let found = try leastSquares(frame, pattern: pattern)
        guard found.chanceOfNoise < falseAlarm else { throw .noSignal }
        return found.estimate
    }

    /// The estimate, whether there is a signal or not, and the chance that noise alone would look as much like one.
    static func leastSquares(
        _ frame: ReceivedFrame,
        pattern: PilotPattern
    ) throws(ChannelEstimationError) -> (estimate: ChannelEstimate, chanceOfNoise: Double) {
        precondition(frame.pilots.count == pattern.pilots.count, "the frame has another pattern")
        let used = frame.pilotErased.indices.filter { !frame.pilotErased[$0] }
        guard used.count >= minimumPilots else { throw .tooFewPilots(received: used.count) }
        let count = Double(used.count)
        let pairs = used.map { (y: DoubleSymbol(frame.pilots[$0]), p: DoubleSymbol(pattern.pilots[$0])) }
        let energy = pairs.reduce(0.0) { $0 + $1.p.power }
        let gain = DoubleSymbol(
            i: pairs.reduce(0.0) { $0 + $1.y.i * $1.p.i + $1.y.q * $1.p.q } / energy,
            q: pairs.reduce(0.0) { $0 + $1.y.q * $1.p.i - $1.y.i * $1.p.q } / energy
        )
        guard gain.power > 1e-12 else { throw .noSignal }
        let noiseVariance = max(residual(pairs, gain: gain) / (count - 1), 1e-12)
        let chance = chanceOfNoise(gainPower: gain.power, noiseVariance: noiseVariance, pilots: used.count)
        let distance = (gain.i - 1) * (gain.i - 1) + gain.q * gain.q
        if distance < nominalGainThreshold * noiseVariance / count {
            let nominal = DoubleSymbol(i: 1, q: 0)
            let variance = max(residual(pairs, gain: nominal) / count, 1e-12)
            let estimate = ChannelEstimate(
                gainI: 1,
                gainQ: 0,
                noiseVariance: variance,
                snrDB: -10 * log10(variance),
                pilotsUsed: used.count
            )
            return (estimate, chance)
        }
        let unbiased = max(gain.power - noiseVariance / count, 1e-6 * gain.power)
        let estimate = ChannelEstimate(
            gainI: gain.i,
            gainQ: gain.q,
            noiseVariance: noiseVariance,
            snrDB: 10 * log10(unbiased / noiseVariance),
            pilotsUsed: used.count
        )
        return (estimate, chance)
    }

    /// `Σ|y − h·p|²`.
    private static func residual(_ pairs: [(y: DoubleSymbol, p: DoubleSymbol)], gain: DoubleSymbol) -> Double {
        pairs.reduce(0.0) { sum, pair in
            let i = pair.y.i - (gain.i * pair.p.i - gain.q * pair.p.q)
            let q = pair.y.q - (gain.i * pair.p.q + gain.q * pair.p.i)
            return sum + i * i + q * q
        }
    }
}
