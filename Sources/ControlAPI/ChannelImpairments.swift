import Basics

/// What the relay's channel does to samples besides noise. docs/relay.md has the formulas.
package struct ChannelImpairments: NumberedSettings {
    /// How the gain is distributed.
    package enum Fading: String, Codable, Sendable, CaseIterable {
        /// It is 1; of an echo, something that stays.
        case none
        /// Complex Gaussian.
        case rayleigh
        /// The same, and a line of sight.
        case rician
    }

    /// A setting as it comes in a change: a number or a name.
    package enum Value: Codable, Sendable, Equatable {
        case number(Double)
        case name(String)

        package init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            self = try (try? value.decode(Double.self)).map(Self.number) ?? .name(value.decode(String.self))
        }

        package func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            switch self {
            case .number(let number): try value.encode(number)
            case .name(let name): try value.encode(name)
            }
        }
    }

    /// Names what is not there.
    package static let none = "none"

    package var fading = Fading.none
    /// The name of a table of echoes in the relay's configuration, or "none".
    package var delayLine = Self.none
    /// Symbols after which the gain is drawn anew; 0: never in a transmission.
    package var blockSymbols = 0.0
    /// Maximum Doppler shift in Hz; 0: the gain does not change by itself.
    package var dopplerHertz = 0.0
    /// Power of the line of sight over that of all else, in dB.
    package var ricianKDecibels = 6.0
    /// Root mean square, in nanoseconds.
    package var delaySpreadNanoseconds = 1000.0
    /// Carrier frequency offset in Hz.
    package var carrierOffsetHertz = 0.0
    /// Sampling clock offset in parts per million.
    package var clockOffsetMillionths = 0.0
    /// Full width at half maximum of the carrier with its phase noise, in Hz.
    package var linewidthHertz = 0.0
    /// The transmitter's mixer: amplitude of Q over that of I in dB.
    package var transmitterIQGainDecibels = 0.0
    /// And how far from 90° its arms are.
    package var transmitterIQPhaseDegrees = 0.0
    /// The receiver's mixer: amplitude of Q over that of I in dB.
    package var receiverIQGainDecibels = 0.0
    /// And how far from 90° its arms are.
    package var receiverIQPhaseDegrees = 0.0
    /// What the receiver's mixer adds to I, nominal amplitude 1.
    package var offsetI = 0.0
    /// What it adds to Q.
    package var offsetQ = 0.0
    /// Saturation power of the transmitter's amplifier over the nominal power, in dB; 100: none.
    package var backoffDecibels = 100.0
    /// Rapp's p: how hard the amplifier limits.
    package var amplifierSmoothness = 3.0
    /// Bits of the receiver's converter; 0: as many as it takes.
    package var converterBits = 0.0
    /// A component's power at the converter's full scale over the nominal power, in dB.
    package var fullScaleDecibels = 12.0

    package init() {}

    package static let settings: [NumberSetting<ChannelImpairments>] = [
        .init(name: "block_symbols", path: \.blockSymbols, range: 0...1e6, isWhole: true),
        .init(name: "doppler_hz", path: \.dopplerHertz, range: 0...1e6),
        .init(name: "rician_k_db", path: \.ricianKDecibels, range: -40...60),
        .init(name: "delay_spread_ns", path: \.delaySpreadNanoseconds, range: 0...1e6),
        .init(name: "cfo_hz", path: \.carrierOffsetHertz, range: -1e6...1e6),
        .init(name: "clock_ppm", path: \.clockOffsetMillionths, range: -1000...1000),
        .init(name: "linewidth_hz", path: \.linewidthHertz, range: 0...1e6),
        .init(name: "tx_iq_gain_db", path: \.transmitterIQGainDecibels, range: -20...20),
        .init(name: "tx_iq_phase_deg", path: \.transmitterIQPhaseDegrees, range: -45...45),
        .init(name: "rx_iq_gain_db", path: \.receiverIQGainDecibels, range: -20...20),
        .init(name: "rx_iq_phase_deg", path: \.receiverIQPhaseDegrees, range: -45...45),
        .init(name: "dc_i", path: \.offsetI, range: -10...10),
        .init(name: "dc_q", path: \.offsetQ, range: -10...10),
        .init(name: "pa_backoff_db", path: \.backoffDecibels, range: -20...100),
        .init(name: "pa_smoothness", path: \.amplifierSmoothness, range: 0.1...100),
        .init(name: "adc_bits", path: \.converterBits, range: 0...16, isWhole: true),
        .init(name: "adc_full_scale_db", path: \.fullScaleDecibels, range: -40...60),
    ]

    /// The first setting that is wrong, in words, or nil.
    package var complaint: String? {
        if let numberComplaint { return numberComplaint }
        if blockSymbols > 0, dopplerHertz > 0 {
            return "block_symbols and doppler_hz exclude each other: one must be 0"
        }
        return nil
    }

    /// The settings that differ from a channel of noise alone, as `fading rayleigh, cfo_hz 20`, or "none".
    package var summary: String {
        var changed = changedNumbers
        if delayLine != Self.none { changed.insert("delay_line \(delayLine)", at: 0) }
        if fading != .none { changed.insert("fading \(fading.rawValue)", at: 0) }
        return changed.isEmpty ? "none" : changed.joined(separator: ", ")
    }

    /// Changes one setting.
    ///
    /// - Returns: what is wrong with its name or kind, in words, or nil.
    package mutating func set(_ name: String, to value: Value) -> String? {
        switch (name, value) {
        case (Key.fading.rawValue, .name(let name)):
            let kinds = Fading.allCases.map(\.rawValue).joined(separator: ", ")
            guard let fading = Fading(rawValue: name) else { return "fading must be one of \(kinds), not \"\(name)\"" }
            self.fading = fading
        case (Key.delayLine.rawValue, .name(let name)): delayLine = name
        case (Key.fading.rawValue, .number), (Key.delayLine.rawValue, .number): return "\(name) must be a name"
        default:
            guard let setting = Self.settings.first(where: { $0.name == name }) else {
                let names = Key.allCases.map(\.rawValue) + Self.settings.map(\.name)
                return "there is no \"\(name)\": there are \(names.joined(separator: ", "))"
            }
            guard case .number(let number) = value else { return "\(name) must be a number" }
            self[keyPath: setting.path] = number
        }
        return nil
    }

    private enum Key: String, CaseIterable {
        case fading
        case delayLine = "delay_line"

        var name: SettingName { SettingName(stringValue: rawValue) }
    }

    /// Settings that are absent are those of a channel of noise alone.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: SettingName.self)
        fading = try keys.value(Key.fading.name, default: fading)
        delayLine = try keys.value(Key.delayLine.name, default: delayLine)
        try decodeNumbers(from: keys)
    }

    package func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: SettingName.self)
        try keys.encode(fading, forKey: Key.fading.name)
        try keys.encode(delayLine, forKey: Key.delayLine.name)
        try encodeNumbers(to: &keys)
    }
}
