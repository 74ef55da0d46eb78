/// A tapped delay line, each tap of which fades on its own: `y[n] = Σ h_l[n]·x[n − d_l]`.
///
/// Delays are those of the nearest symbol, so that taps closer than a symbol fade together. The mean power stays.
public struct Multipath: Sendable, Equatable {
    /// A later echo comes at this delay, in symbols.
    static let mostDelay = 512

    private let line: DelayLine
    private let delaySpread: Double
    private let kFactor: Double
    private let pace: Fading.Pace
    private let seed: UInt64

    /// - Parameters:
    ///   - line: the taps.
    ///   - delaySpread: root mean square, in seconds.
    ///   - kFactor: of taps that have none of their own; 0: Rayleigh, infinite: each has a gain that stays.
    ///   - pace: how fast their gains change.
    ///   - seed: of the gains.
    public init(line: DelayLine, delaySpread: Double, kFactor: Double, pace: Fading.Pace, seed: UInt64) {
        self.line = line
        self.delaySpread = delaySpread
        self.kFactor = kFactor
        self.pace = pace
        self.seed = seed
    }

    /// The taps' delays in symbols.
    func delays(atRate rate: Double) -> [Int] {
        line.taps.map { Int(min(($0.delay * delaySpread * rate).rounded(), Double(Self.mostDelay))) }
    }

    func memory(atRate rate: Double) -> ChannelMemory {
        ChannelMemory(before: delays(atRate: rate).max() ?? 0, after: 0)
    }

    /// The run with its echoes.
    ///
    /// - Precondition: `sent` has the symbols of the memory before the run.
    public func apply(_ sent: [ComplexSymbol], at run: SymbolRun) -> [ComplexSymbol] {
        let delays = delays(atRate: run.rate)
        let before = delays.max() ?? 0
        var received = [ComplexSymbol](repeating: .zero, count: sent.count - before)
        for (number, tap) in line.taps.enumerated() {
            let fading = Fading(kFactor: tap.kFactor ?? kFactor, pace: pace, seed: seed)
            let amplitude = Float(tap.power.squareRoot())
            let first = before - delays[number]
            for (index, gain) in fading.gains(received.count, at: run, path: UInt32(number)).enumerated() {
                received[index] = received[index] + amplitude * (gain * sent[first + index])
            }
        }
        return received
    }
}
