/// Code words to symbols on air and back: the power constraint, pilots and interleaver, channel estimate and equaliser.
///
/// A pure value. Both ends of the link make the same one from the same numbers, and evaluations send through it too.
public struct Modem: Sendable {
    private let pattern: PilotPattern

    /// - Parameters:
    ///   - realCount: k, the reals of a code word; even.
    ///   - layoutSeed: of the pilots' phases and the interleaver.
    /// - Precondition: the counts are not negative.
    public init(realCount: Int, pilotCount: Int = PilotPattern.defaultPilotCount, layoutSeed: UInt64) {
        pattern = PilotPattern(dataCount: realCount / 2, pilotCount: pilotCount, seed: layoutSeed)
    }

    /// Symbols on air, pilots included.
    public var symbolCount: Int { pattern.symbolCount }

    /// A code word as symbols in the order of transmission, of unit mean power (equation 4).
    ///
    /// - Precondition: there are `realCount` reals.
    public func modulate(_ reals: [Float]) -> NormalizedSymbols {
        var signal = PowerNormalizer.normalize(reals)
        signal.symbols = pattern.multiplex(signal.symbols)
        return signal
    }

    /// What arrived, without the channel.
    ///
    /// - Parameters:
    ///   - symbols: `symbolCount`, in the order of transmission; anything where erased.
    ///   - scale: what the transmitter's reals were divided by.
    /// - Throws: when too few pilots arrived, or pilots in which there is no signal.
    public func demodulate(
        _ symbols: [ComplexSymbol],
        erased: [Bool],
        scale: Float
    ) throws(ChannelEstimationError) -> (estimate: ChannelEstimate, reals: EqualizedReals) {
        var frame = pattern.demultiplex(symbols, erased: erased)
        var track = try ChannelTracker.track(frame, pattern: pattern)
        if let frontEnd = FrontEnd.find(frame, gains: track.pilotGains, pattern: pattern) {
            frame = pattern.demultiplex(symbols.map(frontEnd.correct), erased: erased)
            track = try ChannelTracker.track(frame, pattern: pattern)
            track.estimate.loseFreedom(FrontEnd.parameters)
        }
        track = NoiseRefinement.refine(track, frame)
        return (track.estimate, Equalizer.equalize(frame, track: track, scale: scale))
    }
}
