import Foundation

/// What happens to whole packets on one direction of a link.
///
/// All settings are plain numbers under the names that the TOML file and the control API give them; `settings` is the
/// one table of names and ranges. docs/relay.md has the formulas.
package struct PacketFaults: Sendable, Equatable {
    /// Probability that a packet is lost, outside bursts.
    package var loss = 0.0
    /// Gilbert and Elliott: probability per packet that a burst begins; 0 for none.
    package var burstEnter = 0.0
    /// Probability per packet that a burst ends: bursts last `1/burstLeave` packets on average.
    package var burstLeave = 1.0
    /// Probability that a packet is lost in a burst.
    package var burstLoss = 1.0
    /// Milliseconds every packet takes.
    package var delayMilliseconds = 0.0
    /// Most milliseconds on top, uniform, for each packet on its own: packets may overtake one another.
    package var jitterMilliseconds = 0.0
    /// Probability that a packet is held back, so that later ones overtake it.
    package var reorder = 0.0
    /// Milliseconds that such a packet is held back.
    package var reorderMilliseconds = 10.0
    /// Probability that a packet arrives twice.
    package var duplicate = 0.0
    /// Rate limit in kbit/s of UDP payload; 0 for none.
    package var rateKilobits = 0.0
    /// Bytes that may pass at once before the limit is felt: the depth of the token bucket.
    package var rateBurstBytes = 16384.0
    /// Most bytes a packet may have to wait for; beyond that it is dropped.
    package var rateQueueBytes = 65536.0

    /// Without faults.
    package init() {}

    /// One setting: its name in TOML and JSON, its place here, and what it may be.
    package struct Setting: Sendable {
        package let name: String
        package let path: WritableKeyPath<PacketFaults, Double> & Sendable
        package let range: ClosedRange<Double>
    }

    /// Every setting there is.
    package static let settings = [
        Setting(name: "loss", path: \.loss, range: 0...1),
        Setting(name: "burst_enter", path: \.burstEnter, range: 0...1),
        Setting(name: "burst_leave", path: \.burstLeave, range: 1e-6...1),
        Setting(name: "burst_loss", path: \.burstLoss, range: 0...1),
        Setting(name: "delay_ms", path: \.delayMilliseconds, range: 0...60_000),
        Setting(name: "jitter_ms", path: \.jitterMilliseconds, range: 0...60_000),
        Setting(name: "reorder", path: \.reorder, range: 0...1),
        Setting(name: "reorder_ms", path: \.reorderMilliseconds, range: 0...60_000),
        Setting(name: "duplicate", path: \.duplicate, range: 0...1),
        Setting(name: "rate_kbps", path: \.rateKilobits, range: 0...100_000_000),
        Setting(name: "rate_burst_bytes", path: \.rateBurstBytes, range: 0...1e9),
        Setting(name: "rate_queue_bytes", path: \.rateQueueBytes, range: 0...1e9),
    ]

    /// The first setting out of its range, in words, or nil.
    package var complaint: String? {
        for setting in Self.settings {
            let (value, range) = (self[keyPath: setting.path], setting.range)
            if !range.contains(value) {
                return "\(setting.name) must be \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound)), "
                    + "not \(Self.text(value))"
            }
        }
        return nil
    }

    /// The settings that differ from no faults at all, as `loss 0.1, delay_ms 20`, or "none".
    package var summary: String {
        let none = PacketFaults()
        let changed = Self.settings.filter { self[keyPath: $0.path] != none[keyPath: $0.path] }
        if changed.isEmpty { return "none" }
        return changed.map { "\($0.name) \(Self.text(self[keyPath: $0.path]))" }.joined(separator: ", ")
    }

    /// A number as people write it: without a decimal point where it is whole.
    private static func text(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}

extension PacketFaults: Codable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) { nil }
    }

    /// Settings that are absent are those of no faults.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: Name.self)
        for setting in Self.settings {
            self[keyPath: setting.path] = try keys.number(
                Name(stringValue: setting.name),
                default: self[keyPath: setting.path]
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: Name.self)
        for setting in Self.settings {
            try keys.encode(self[keyPath: setting.path], forKey: Name(stringValue: setting.name))
        }
    }
}
