import ArgumentParser
import Basics
import ControlAPI

struct RelaySetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Changes the relay's channel and packet faults at once.",
        discussion: """
            What is not named stays. Probabilities are 0 to 1, per packet. Faults apply towards the receiver unless \
            --direction says otherwise. docs/relay.md has the formulas.

            Example: txctl relay set --snr-db 3
            Example: txctl relay set --loss 0.2 --delay-ms 40 --jitter-ms 10 --direction both
            Example: txctl relay set --burst-enter 0.02 --burst-leave 0.25
            Example: txctl relay set --fading rician --rician-k-db 3 --doppler-hz 50 --cfo-hz 200
            Example: txctl relay set --fading none --doppler-hz 0 --cfo-hz 0
            """
    )

    enum Direction: String, ExpressibleByArgument, CaseIterable {
        case forward, back, both
    }

    @OptionGroup var options: RelayOptions
    @OptionGroup(title: "Channel, towards the receiver") var channel: ChannelOptions
    @Option(help: "Es/N0 per complex symbol in dB, -60 to 100.") var snrDb: Double?
    @Option(help: "Seed of channel and faults; the faults begin anew with it.") var seed: UInt64?
    @Option(help: "Which way the faults apply: forward (towards the receiver), back or both.")
    var direction = Direction.forward
    @Option(help: "Probability that a packet is lost, outside bursts.") var loss: Double?
    @Option(help: "Probability that a burst of losses begins; 0 for none.") var burstEnter: Double?
    @Option(help: "Probability that a burst ends: it lasts 1/p packets on average.")
    var burstLeave: Double?
    @Option(help: "Probability that a packet is lost in a burst.") var burstLoss: Double?
    @Option(help: "Milliseconds every packet takes.") var delayMs: Double?
    @Option(help: "Most milliseconds on top, for each packet on its own.") var jitterMs: Double?
    @Option(help: "Probability that a packet is held back, so that later ones overtake it.")
    var reorder: Double?
    @Option(help: "Milliseconds that such a packet is held back.") var reorderMs: Double?
    @Option(help: "Probability that a packet arrives twice.") var duplicate: Double?
    @Option(
        name: [.customLong("rate-kbps"), .customLong("rate")],
        help: "Rate limit in kbit/s; 0 for none."
    )
    var rateKbps: Double?
    @Option(help: "Bytes that may pass at once before the limit is felt.") var rateBurstBytes: Double?
    @Option(help: "Most bytes a packet may wait for; beyond that it is dropped.")
    var rateQueueBytes: Double?

    private var faults: [String: Double] {
        let named: [(String, Double?)] = [
            ("loss", loss), ("burst_enter", burstEnter), ("burst_leave", burstLeave), ("burst_loss", burstLoss),
            ("delay_ms", delayMs), ("jitter_ms", jitterMs), ("reorder", reorder), ("reorder_ms", reorderMs),
            ("duplicate", duplicate), ("rate_kbps", rateKbps), ("rate_burst_bytes", rateBurstBytes),
            ("rate_queue_bytes", rateQueueBytes),
        ]
        return Dictionary(uniqueKeysWithValues: named.compactMap { name, value in value.map { (name, $0) } })
    }

    func validate() throws {
        let numbers = Array(faults.values) + [snrDb].compactMap { $0 } + channel.numbers.values
        if numbers.contains(where: { !$0.isFinite }) { throw ValidationError("settings are finite numbers") }
        if faults.isEmpty, channel.changes.isEmpty, snrDb == nil, seed == nil {
            throw ValidationError("say what to change, for example --snr-db 3 or --loss 0.2")
        }
    }

    func run() async throws {
        var change = RelayChange()
        change.snrDecibels = snrDb
        change.seed = seed
        if !channel.changes.isEmpty { change.channel = channel.changes }
        if !faults.isEmpty {
            if direction != .back { change.forward = faults }
            if direction != .forward { change.back = faults }
        }
        let body = try DatedJSON.encode(change)
        try options.show(try await options.client.ask(.PATCH, "/v1/relay", body: body))
    }
}
