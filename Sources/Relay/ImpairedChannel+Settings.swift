import Channel
import ControlAPI
import Foundation

extension ImpairedChannel {
    /// The channel that an operator asks for; what has no effect is left out.
    ///
    /// - Parameter delayLine: nil for a flat channel.
    init(_ settings: ChannelImpairments, delayLine: DelayLine?, snrDecibels: Double, seed: UInt64) {
        self.init(noise: AWGNChannel(snrDB: snrDecibels, seed: seed))
        let none = ChannelImpairments()
        if (settings.transmitterIQGainDecibels, settings.transmitterIQPhaseDegrees) != (0, 0) {
            transmitterIQ = IQImbalance(
                gainDB: settings.transmitterIQGainDecibels,
                phaseDegrees: settings.transmitterIQPhaseDegrees
            )
        }
        if settings.backoffDecibels != none.backoffDecibels {
            amplifier = RappAmplifier(backoffDB: settings.backoffDecibels, smoothness: settings.amplifierSmoothness)
        }
        if settings.fading != .none || delayLine != nil {
            multipath = Multipath(
                line: delayLine ?? .flat,
                delaySpread: settings.delaySpreadNanoseconds * 1e-9,
                kFactor: settings.kFactor,
                pace: settings.pace,
                seed: seed
            )
        }
        if settings.clockOffsetMillionths != 0 {
            clock = SamplingClockOffset(partsPerMillion: settings.clockOffsetMillionths)
        }
        if settings.carrierOffsetHertz != 0 {
            carrier = CarrierFrequencyOffset(hertz: settings.carrierOffsetHertz)
        }
        if settings.linewidthHertz > 0 {
            phaseNoise = PhaseNoise(linewidthHertz: settings.linewidthHertz, seed: seed)
        }
        if (settings.receiverIQGainDecibels, settings.receiverIQPhaseDegrees) != (0, 0) {
            receiverIQ = IQImbalance(
                gainDB: settings.receiverIQGainDecibels,
                phaseDegrees: settings.receiverIQPhaseDegrees
            )
        }
        if (settings.offsetI, settings.offsetQ) != (0, 0) {
            dcOffset = ComplexSymbol(i: Float(settings.offsetI), q: Float(settings.offsetQ))
        }
        if settings.converterBits > 0 {
            quantizer = Quantizer(bits: Int(settings.converterBits), fullScaleDB: settings.fullScaleDecibels)
        }
    }
}

extension ChannelImpairments {
    fileprivate var kFactor: Double {
        switch fading {
        case .none: .infinity
        case .rayleigh: 0
        case .rician: pow(10, ricianKDecibels / 10)
        }
    }

    fileprivate var pace: Channel.Fading.Pace {
        if dopplerHertz > 0 { return .doppler(hertz: dopplerHertz) }
        return blockSymbols > 0 ? .block(symbols: Int(blockSymbols)) : .still
    }
}
