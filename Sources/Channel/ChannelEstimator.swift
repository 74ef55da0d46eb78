import Glibc

/// What the pilots tell about the channel `y = h·x + n`, `n ~ CN(0, N0)`.
public struct ChannelEstimate: Sendable, Equatable, Codable {
    /// Real and imaginary part of h.
    public var gainI: Double
    public var gainQ: Double
    /// N0 per complex symbol, at the receiver's input.
    public var noiseVariance: Double
    /// `|h|²/N0` in dB, referred to the nominal symbol power 1.
    public var snrDB: Double
    public var pilotsUsed: Int

    public init(gainI: Double, gainQ: Double, noiseVariance: Double, snrDB: Double, pilotsUsed: Int) {
        self.gainI = gainI
        self.gainQ = gainQ
        self.noiseVariance = noiseVariance
        self.snrDB = snrDB
        self.pilotsUsed = pilotsUsed
    }
}

public enum ChannelEstimationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Fewer pilots arrived than an estimate needs.
    case tooFewPilots(received: Int)
    /// The pilots arrived without power.
    case noSignal

    public var description: String {
        switch self {
        case .tooFewPilots(let received):
            "only \(received) pilots arrived, \(ChannelEstimator.minimumPilots) are needed: ask for a repeat"
        case .noSignal:
            "the pilots arrived without power: check the path, then ask for a repeat"
        }
    }
}

/// Least squares over the pilots that arrived.
public enum ChannelEstimator {
    public static let minimumPilots = 4

    /// `ĥ = Σ y·p* / Σ|p|²`, `N̂0 = Σ|y − ĥ·p|² / (P − 1)`, SNR from `|ĥ|² − N̂0/P` (the bias of `|ĥ|²` removed).
    ///
    /// - Precondition: the frame comes from this pattern.
    public static func estimate(
        _ frame: ReceivedFrame,
        pattern: PilotPattern
    ) throws(ChannelEstimationError) -> ChannelEstimate {
        precondition(frame.pilots.count == pattern.pilots.count, "the frame has another pattern")
        let used = frame.pilotErased.indices.filter { !frame.pilotErased[$0] }
        guard used.count >= minimumPilots else { throw .tooFewPilots(received: used.count) }
        var gainI = 0.0
        var gainQ = 0.0
        var energy = 0.0
        for index in used {
            let y = (i: Double(frame.pilots[index].i), q: Double(frame.pilots[index].q))
            let p = (i: Double(pattern.pilots[index].i), q: Double(pattern.pilots[index].q))
            gainI += y.i * p.i + y.q * p.q
            gainQ += y.q * p.i - y.i * p.q
            energy += p.i * p.i + p.q * p.q
        }
        gainI /= energy
        gainQ /= energy
        var residual = 0.0
        for index in used {
            let p = (i: Double(pattern.pilots[index].i), q: Double(pattern.pilots[index].q))
            let errorI = Double(frame.pilots[index].i) - (gainI * p.i - gainQ * p.q)
            let errorQ = Double(frame.pilots[index].q) - (gainI * p.q + gainQ * p.i)
            residual += errorI * errorI + errorQ * errorQ
        }
        let power = gainI * gainI + gainQ * gainQ
        guard power > 1e-12 else { throw .noSignal }
        let noiseVariance = max(residual / Double(used.count - 1), 1e-12)
        let unbiased = max(power - noiseVariance / Double(used.count), 1e-6 * power)
        return ChannelEstimate(
            gainI: gainI,
            gainQ: gainQ,
            noiseVariance: noiseVariance,
            snrDB: 10 * log10(unbiased / noiseVariance),
            pilotsUsed: used.count
        )
    }
}
