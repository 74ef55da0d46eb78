/// A radio channel of everything that is asked for, in the order in which a signal meets it: the transmitter's mixer and
/// amplifier, the air, the receiver's clock and oscillator, its noise, its mixer, its converter.
///
/// The noise is referred to the nominal power 1, and fading has the mean power 1: the SNR is the mean Es/N0.
public struct ImpairedChannel: ChannelModel {
    /// The transmitter's quadrature mixer.
    public var transmitterIQ: IQImbalance?
    /// The transmitter's power amplifier.
    public var amplifier: RappAmplifier?
    /// Fading, flat or with echoes.
    public var multipath: Multipath?
    /// The receiver's sampling clock.
    public var clock: SamplingClockOffset?
    /// The receiver's oscillator.
    public var carrier: CarrierFrequencyOffset?
    /// The phase noise of both oscillators.
    public var phaseNoise: PhaseNoise?
    /// The receiver's noise.
    public var noise: AWGNChannel
    /// The receiver's quadrature mixer.
    public var receiverIQ: IQImbalance?
    /// A constant that the receiver's mixer adds, in units of the nominal amplitude 1.
    public var dcOffset: ComplexSymbol?
    /// The receiver's converter.
    public var quantizer: Quantizer?

    /// Noise and nothing else.
    public init(noise: AWGNChannel) {
        self.noise = noise
    }

    /// What echoes and the sampling clock need.
    public func memory(atRate rate: Double) -> ChannelMemory {
        let echoes = multipath?.memory(atRate: rate) ?? .none
        let clock = clock?.memory ?? .none
        return ChannelMemory(before: echoes.before + clock.before, after: clock.after)
    }

    /// The run as received.
    public func apply(_ sent: consuming [ComplexSymbol], at run: SymbolRun) -> [ComplexSymbol] {
        var symbols = sent
        transmitterIQ?.apply(&symbols)
        amplifier?.apply(&symbols)
        if let multipath {
            symbols = multipath.apply(symbols, at: run.earlier(by: clock?.memory.before ?? 0))
        }
        if let clock { symbols = clock.apply(symbols, at: run) }
        carrier?.apply(&symbols, at: run)
        phaseNoise?.apply(&symbols, at: run)
        symbols = noise.apply(consume symbols, at: run)
        receiverIQ?.apply(&symbols)
        if let dcOffset { for index in symbols.indices { symbols[index] = symbols[index] + dcOffset } }
        quantizer?.apply(&symbols)
        return symbols
    }
}
