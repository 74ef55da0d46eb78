/// The phase noise of a free-running oscillator: a Wiener process.
///
/// The phase's change over a time τ has the variance `2π·β·τ`, and the carrier's spectrum is a Lorentzian that is β wide at
/// half its height (Demir, Mehrotra and Roychowdhury, "Phase noise in oscillators", 2000).
public struct PhaseNoise: Sendable, Equatable {
    private let linewidth: Double
    private let seed: UInt64

    /// - Parameters:
    ///   - linewidthHertz: β, full width at half maximum.
    ///   - seed: of the phase.
    public init(linewidthHertz: Double, seed: UInt64) {
        linewidth = linewidthHertz
        self.seed = seed
    }

    /// The symbols of a run, turned.
    public func apply(_ symbols: inout [ComplexSymbol], at run: SymbolRun) {
        let deviation = (2 * .pi * linewidth / run.rate).squareRoot()
        let path = WienerPath(seed: seed, stream: run.stream)
        for (index, value) in path.values(first: run.firstIndex, count: symbols.count).enumerated() {
            symbols[index] = symbols[index] * .phasor(deviation * value)
        }
    }
}
