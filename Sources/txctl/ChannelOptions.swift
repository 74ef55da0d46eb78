import ArgumentParser
import ControlAPI

/// What `txctl relay set` changes in the channel, besides the SNR.
struct ChannelOptions: ParsableArguments {
    @Option(help: "How the gain fades: none, rayleigh or rician.") var fading: String?
    @Option(help: "Table of echoes by its name in the relay's configuration, or none.") var delayLine: String?
    @Option(
        name: [.customLong("block-symbols"), .customLong("block")],
        help: "Symbols after which the gain is drawn anew; 0: once a transmission."
    )
    var blockSymbols: Double?
    @Option(help: "Maximum Doppler shift of Jakes' spectrum in Hz; 0: none.") var dopplerHz: Double?
    @Option(help: "Power of the line of sight over that of all else, in dB.") var ricianKDb: Double?
    @Option(help: "Root mean square delay spread of the echoes in nanoseconds.") var delaySpreadNs: Double?
    @Option(help: "Carrier frequency offset in Hz.") var cfoHz: Double?
    @Option(help: "Sampling clock offset in parts per million.") var clockPpm: Double?
    @Option(help: "Phase noise: full width of the carrier at half maximum, in Hz.") var linewidthHz: Double?
    @Option(help: "Transmitter's I/Q imbalance: Q over I in dB.") var txIqGainDb: Double?
    @Option(help: "Transmitter's I/Q imbalance: degrees from a right angle.") var txIqPhaseDeg: Double?
    @Option(help: "Receiver's I/Q imbalance: Q over I in dB.") var rxIqGainDb: Double?
    @Option(help: "Receiver's I/Q imbalance: degrees from a right angle.") var rxIqPhaseDeg: Double?
    @Option(help: "Constant that the receiver adds to I, nominal amplitude 1.") var dcI: Double?
    @Option(help: "Constant that the receiver adds to Q.") var dcQ: Double?
    @Option(help: "Amplifier's saturation over the nominal power in dB; 100: none.") var paBackoffDb: Double?
    @Option(help: "Rapp's p of the amplifier; a large one limits hard.") var paSmoothness: Double?
    @Option(help: "Bits of the receiver's converter; 0: as many as it takes.") var adcBits: Double?
    @Option(help: "The converter's full scale over the nominal power, in dB.") var adcFullScaleDb: Double?

    /// The numbers that are named, as the relay calls them.
    var numbers: [String: Double] {
        let named: [(String, Double?)] = [
            ("block_symbols", blockSymbols), ("doppler_hz", dopplerHz), ("rician_k_db", ricianKDb),
            ("delay_spread_ns", delaySpreadNs), ("cfo_hz", cfoHz), ("clock_ppm", clockPpm),
            ("linewidth_hz", linewidthHz), ("tx_iq_gain_db", txIqGainDb), ("tx_iq_phase_deg", txIqPhaseDeg),
            ("rx_iq_gain_db", rxIqGainDb), ("rx_iq_phase_deg", rxIqPhaseDeg), ("dc_i", dcI), ("dc_q", dcQ),
            ("pa_backoff_db", paBackoffDb), ("pa_smoothness", paSmoothness), ("adc_bits", adcBits),
            ("adc_full_scale_db", adcFullScaleDb),
        ]
        return Dictionary(uniqueKeysWithValues: named.compactMap { name, value in value.map { (name, $0) } })
    }

    /// All that is named.
    var changes: [String: ChannelImpairments.Value] {
        var changes = numbers.mapValues(ChannelImpairments.Value.number)
        changes["fading"] = fading.map(ChannelImpairments.Value.name)
        changes["delay_line"] = delayLine.map(ChannelImpairments.Value.name)
        return changes
    }
}
