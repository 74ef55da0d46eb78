/// A receiver's oscillator off the transmitter's: symbol n is turned by `2π·f·n / rate`.
public struct CarrierFrequencyOffset: Sendable, Equatable {
    private let hertz: Double

    /// - Parameter hertz: f; negative ones turn the other way.
    public init(hertz: Double) {
        self.hertz = hertz
    }

    /// The symbols of a run, turned.
    public func apply(_ symbols: inout [ComplexSymbol], at run: SymbolRun) {
        let turns = hertz / run.rate
        for index in symbols.indices {
            // Whole turns are taken out first: a place may be large.
            let place = turns * Double(run.firstIndex &+ Int64(index))
            symbols[index] = symbols[index] * .phasor(2 * .pi * (place - place.rounded()))
        }
    }
}
