/// `snr` of `[link]`: which Es/N0 codes are made for.
package enum DesignSNR: Decodable, Sendable, Equatable {
    /// What the receiver measured of the transfer before.
    case automatic
    /// In dB.
    case fixed(Int)

    /// What codes can be made for, in dB: below there is hardly a face, above hardly noise.
    static let range = -12...30
    /// In dB, until a receiver has said what the channel is like.
    static let first = 6

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            guard text == "auto" else {
                throw DecodingError.dataCorruptedError(in: value, debugDescription: "\"auto\" or a number of dB")
            }
            self = .automatic
        } else {
            self = .fixed(try value.decode(Int.self))
        }
    }

    /// In dB.
    ///
    /// - Parameter reported: Es/N0 of the last transfer that arrived, in dB; nil before there was one.
    func value(reported: Double?) -> Int {
        switch self {
        case .fixed(let value): value
        case .automatic:
            // Rounded down: a code for a better channel than there is loses more than one for a worse.
            reported.map { min(max(Int($0.rounded(.down)), Self.range.lowerBound), Self.range.upperBound) }
                ?? Self.first
        }
    }

    var complaint: String? {
        guard case .fixed(let value) = self, !Self.range.contains(value) else { return nil }
        return "snr must be \"auto\" or \(Self.range.lowerBound) to \(Self.range.upperBound) dB, not \(value)"
    }
}
