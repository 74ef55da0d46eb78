import Glibc

/// Code words to symbols on air and back: the power constraint, pilots and interleaver, channel estimate and equaliser.
///
/// A pure value. Both ends of the link make the same one from the same numbers, and evaluations send through it too.
public struct Modem: Sendable {
    /// How symbols ride.
    public enum Waveform: Sendable, Equatable {
        /// One after the other.
        case singleCarrier
        /// Side by side, where there are echoes.
        case ofdm(OFDM)
    }

    private let pattern: PilotPattern
    private let waveform: Waveform

    /// - Parameters:
    ///   - realCount: k, the reals of a code word; even.
    ///   - pilotCount: complex pilots.
    ///   - layoutSeed: of the pilots' phases and the interleaver.
    ///   - waveform: both ends must use the same.
    /// - Precondition: the counts are not negative.
    public init(
        realCount: Int,
        pilotCount: Int = PilotPattern.defaultPilotCount,
        layoutSeed: UInt64,
        waveform: Waveform = .singleCarrier
    ) {
        pattern = PilotPattern(dataCount: realCount / 2, pilotCount: pilotCount, seed: layoutSeed)
        self.waveform = waveform
    }

    /// Symbols on air, pilots and prefixes included.
    public var symbolCount: Int {
        switch waveform {
        case .singleCarrier: pattern.symbolCount
        case .ofdm(let ofdm): ofdm.length(for: pattern.symbolCount)
        }
    }

    /// A code word as symbols in the order of transmission, of unit mean power (equation 4).
    ///
    /// - Precondition: there are `realCount` reals.
    public func modulate(_ reals: [Float]) -> NormalizedSymbols {
        var signal = PowerNormalizer.normalize(reals)
        signal.symbols = pattern.multiplex(signal.symbols)
        if case .ofdm(let ofdm) = waveform { signal.symbols = ofdm.modulate(signal.symbols) }
        return signal
    }

    /// What arrived, without the channel.
    ///
    /// - Parameters:
    ///   - symbols: `symbolCount`, in the order of transmission; anything where erased.
    ///   - erased: which of them never arrived.
    ///   - scale: what the transmitter's reals were divided by.
    ///   - genie: what the channel is, told by who made it, in place of an estimate; for comparison.
    /// - Throws: when too few pilots arrived, or pilots in which there is no signal.
    public func demodulate(
        _ symbols: [ComplexSymbol],
        erased: [Bool],
        scale: Float,
        genie: ChannelEstimate? = nil
    ) throws(ChannelEstimationError) -> (estimate: ChannelEstimate, reals: EqualizedReals) {
        if let genie {
            let carried = carried(symbols, erased: erased)
            let frame = pattern.demultiplex(carried.symbols, erased: carried.erased)
            return (genie, Equalizer.equalize(frame, estimate: genie, scale: scale))
        }
        let (track, frame) =
            switch waveform {
            case .singleCarrier: try receive(symbols, erased: erased)
            case .ofdm(let ofdm): try receive(symbols, erased: erased, ofdm)
            }
        let refined = NoiseRefinement.refine(track, frame)
        return (refined.estimate, Equalizer.equalize(frame, track: refined, scale: scale))
    }

    /// The channel's gain as each pilot that arrived shows it, noise and all.
    ///
    /// - Parameters: as of `demodulate`.
    public func pilotGains(_ symbols: [ComplexSymbol], erased: [Bool]) -> [ComplexSymbol] {
        let carried = carried(symbols, erased: erased)
        let frame = pattern.demultiplex(carried.symbols, erased: carried.erased)
        return frame.pilots.indices.filter { !frame.pilotErased[$0] }.map { place in
            let (y, x) = (frame.pilots[place], pattern.pilots[place])
            return ComplexSymbol(i: y.i * x.i + y.q * x.q, q: y.q * x.i - y.i * x.q)
        }
    }

    /// The pattern's symbols, whatever they rode on.
    private func carried(_ symbols: [ComplexSymbol], erased: [Bool]) -> (symbols: [ComplexSymbol], erased: [Bool]) {
        switch waveform {
        case .singleCarrier: (symbols, erased)
        case .ofdm(let ofdm): ofdm.demodulate(symbols, erased: erased, count: pattern.symbolCount)
        }
    }

    private func receive(
        _ symbols: [ComplexSymbol],
        erased: [Bool]
    ) throws(ChannelEstimationError) -> (ChannelTrack, ReceivedFrame) {
        let frame = pattern.demultiplex(symbols, erased: erased)
        let track = try ChannelTracker.track(frame, pattern: pattern)
        guard let frontEnd = FrontEnd.find(frame, gains: track.pilotGains, pattern: pattern) else {
            return (track, frame)
        }
        let better = pattern.demultiplex(symbols.map(frontEnd.correct), erased: erased)
        var again = try ChannelTracker.track(better, pattern: pattern)
        again.estimate.loseFreedom(FrontEnd.parameters)
        return (again, better)
    }

    /// With the carrier's offset as the prefixes have it, where that makes the pilots much likelier.
    private func receive(
        _ symbols: [ComplexSymbol],
        erased: [Bool],
        _ ofdm: OFDM
    ) throws(ChannelEstimationError) -> (ChannelTrack, ReceivedFrame) {
        let estimator = EchoEstimator(ofdm: ofdm, pattern: pattern)
        func receive(
            _ air: [ComplexSymbol]
        ) throws(ChannelEstimationError) -> (track: ChannelTrack, frame: ReceivedFrame, evidence: Double) {
            let carried = carried(air, erased: erased)
            let frame = pattern.demultiplex(carried.symbols, erased: carried.erased)
            let found = try estimator.track(frame)
            return (found.track, frame, found.evidence)
        }
        let offset = ofdm.carrierOffset(symbols, erased: erased)
        var best = try receive(symbols)
        let turned = try receive(
            symbols.enumerated().map { $1 * .phasor(-2 * .pi * offset * Double($0)) }
        )
        if turned.evidence > best.evidence + ChannelTracker.preference { best = turned }
        guard best.evidence > -log(ChannelEstimator.falseAlarm) else { throw .noSignal }
        return (best.track, best.frame)
    }
}
