import Metrics
import ServiceKit

/// The relay's numbers for whatever metrics system the process has set up.
struct RelayMetrics {
    private struct Line {
        let received: Counter
        let fates: [PacketFate: Counter]
        var published = RelayStatus.Direction(faults: PacketFaults(), received: 0, fates: [:])

        init(_ direction: LinkDirection) {
            let way = ("direction", direction.rawValue)
            received = Counter(label: "relay_received_packets_total", dimensions: [way])
            fates = Dictionary(
                uniqueKeysWithValues: PacketFate.allCases.map {
                    ($0, Counter(label: "relay_packets_total", dimensions: [("fate", $0.rawValue), way]))
                }
            )
        }

        mutating func publish(_ status: RelayStatus.Direction) {
            received.increment(by: status.received - published.received)
            for (fate, count) in status.fates {
                let more = count - published.fates[fate, default: 0]
                if more > 0 { fates[fate]?.increment(by: more) }
            }
            published = status
        }
    }

    private var forward = Line(.forward)
    private var back = Line(.back)
    private let symbols = Counter(label: "relay_symbols_total")
    private let clipped = Counter(label: "relay_clipped_components_total")
    private let snr = Gauge(label: "relay_snr_decibels")
    private let queuedPackets = Gauge(label: "relay_queue_packets")
    private let queuedBytes = Gauge(label: "relay_queue_bytes")
    private var noise = RelayStatus.Noise()

    /// Brings the numbers to those of the pipeline.
    mutating func publish<Route>(_ pipeline: RelayPipeline<Route>) {
        forward.publish(pipeline.forwardStatus)
        back.publish(pipeline.backStatus)
        symbols.increment(by: pipeline.noiseStatus.symbols - noise.symbols)
        clipped.increment(by: pipeline.noiseStatus.clipped - noise.clipped)
        noise = pipeline.noiseStatus
        snr.record(pipeline.settings.snrDecibels)
        queuedPackets.record(pipeline.queueStatus.packets)
        queuedBytes.record(pipeline.queueStatus.bytes)
    }
}
