import Glibc

/// A receiver's sampling clock off the transmitter's: symbol n is taken at `n + ε·n` symbols, from a raised-cosine pulse.
///
/// Drift brings in the neighbours. A receiver that is 8 symbols off begins anew without offset.
public struct SamplingClockOffset: Sendable, Equatable {
    /// The pulse's roll-off.
    static let rollOff = 0.25
    /// The pulse is cut off so many symbols from its middle.
    static let reach = 8
    private static let mostDrift = 8.0
    private static let phases = 1024
    /// The pulse at `k − phase/phases`, k from `1 − reach` to `reach`, phase by phase.
    private static let pulses: [Float] = (0..<phases).flatMap { phase in
        (1 - reach...reach).map { Float(pulse(Double($0) - Double(phase) / Double(phases))) }
    }

    private let offset: Double

    /// - Parameter partsPerMillion: 10⁶·ε, −10⁵ to 10⁵; above zero the receiver samples later and later.
    public init(partsPerMillion: Double) {
        offset = partsPerMillion * 1e-6
    }

    /// Whatever the drift.
    var memory: ChannelMemory {
        let reach = Self.reach + Int(Self.mostDrift)
        return ChannelMemory(before: reach, after: reach)
    }

    /// A run as sampled.
    ///
    /// - Precondition: `sent` has the symbols of the memory round the run.
    public func apply(_ sent: [ComplexSymbol], at run: SymbolRun) -> [ComplexSymbol] {
        let margin = memory.before
        return (0..<sent.count - 2 * margin).map { index in
            let place = Double(run.firstIndex &+ Int64(index))
            let drift = (place * offset).truncatingRemainder(dividingBy: Self.mostDrift)
            let grid = (drift * Double(Self.phases)).rounded()
            let whole = (grid / Double(Self.phases)).rounded(.down)
            let phase = Int(grid - whole * Double(Self.phases))
            let first = margin + index + Int(whole) + 1 - Self.reach
            var sum = ComplexSymbol.zero
            for tap in 0..<2 * Self.reach {
                sum = sum + Self.pulses[phase * 2 * Self.reach + tap] * sent[first + tap]
            }
            return sum
        }
    }

    /// The raised-cosine pulse, t in symbols.
    private static func pulse(_ t: Double) -> Double {
        let sinc = t == 0 ? 1 : sin(.pi * t) / (.pi * t)
        let denominator = 1 - 4 * rollOff * rollOff * t * t
        guard abs(denominator) > 1e-9 else { return .pi / 4 * sinc }
        return sinc * cos(.pi * rollOff * t) / denominator
    }
}
