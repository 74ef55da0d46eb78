/// What happens to whole packets on one direction of a link.
///
/// All settings are plain numbers under the names that the TOML file and the control API give them; `settings` is the
/// one table of names and ranges. docs/relay.md has the formulas.
package struct PacketFaults: NumberedSettings {
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

    /// Every setting there is.
    package static let settings: [NumberSetting<PacketFaults>] = [
        .init(name: "loss", path: \.loss, range: 0...1),
        .init(name: "burst_enter", path: \.burstEnter, range: 0...1),
        .init(name: "burst_leave", path: \.burstLeave, range: 1e-6...1),
        .init(name: "burst_loss", path: \.burstLoss, range: 0...1),
        .init(name: "delay_ms", path: \.delayMilliseconds, range: 0...60_000),
        .init(name: "jitter_ms", path: \.jitterMilliseconds, range: 0...60_000),
        .init(name: "reorder", path: \.reorder, range: 0...1),
        .init(name: "reorder_ms", path: \.reorderMilliseconds, range: 0...60_000),
        .init(name: "duplicate", path: \.duplicate, range: 0...1),
        .init(name: "rate_kbps", path: \.rateKilobits, range: 0...100_000_000),
        .init(name: "rate_burst_bytes", path: \.rateBurstBytes, range: 0...1e9),
        .init(name: "rate_queue_bytes", path: \.rateQueueBytes, range: 0...1e9),
    ]

    /// The first setting out of its range, in words, or nil.
    package var complaint: String? { numberComplaint }

    /// The settings that differ from no faults at all, as `loss 0.1, delay_ms 20`, or "none".
    package var summary: String {
        changedNumbers.isEmpty ? "none" : changedNumbers.joined(separator: ", ")
    }

    /// Settings that are absent are those of no faults.
    package init(from decoder: any Decoder) throws {
        try decodeNumbers(from: decoder.container(keyedBy: SettingName.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: SettingName.self)
        try encodeNumbers(to: &keys)
    }
}
