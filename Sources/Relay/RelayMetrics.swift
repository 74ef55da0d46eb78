import ControlAPI
import Metrics
import ServiceKit

/// snr-relay's metrics: the pipeline's counts as Prometheus has them.
struct RelayMetrics {
    private struct Line {
        let received: Counter
        let fates: [PacketFate: Counter]
        var published = RelayStatus.Direction(faults: PacketFaults(), received: 0, fates: [:])

        init(_ direction: LinkDirection, _ registry: PrometheusRegistry) {
            let way = ("direction", direction.rawValue)
            received = Counter(label: "relay_received_packets_total", dimensions: [way], factory: registry)
            fates = Dictionary(
                uniqueKeysWithValues: PacketFate.allCases.map { fate in
                    let labels = [("fate", fate.rawValue), way]
                    return (fate, Counter(label: "relay_packets_total", dimensions: labels, factory: registry))
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

    private var forward: Line
    private var back: Line
    private let symbols, clipped: Counter
    private let impossible: [RelayStatus.Noise.Cause: Counter]
    private let snr, queuedPackets, queuedBytes: Gauge
    private var noise = RelayStatus.Noise()

    init(registry: PrometheusRegistry = .shared) {
        registry.describe("relay_received_packets_total", "Packets that came in, by direction.")
        registry.describe("relay_packets_total", "Packets by what became of them, and by direction.")
        registry.describe("relay_symbols_total", "Complex symbols that got noise.")
        registry.describe("relay_clipped_components_total", "Components of symbols that left the range of their bits.")
        registry.describe(
            "relay_noiseless_packets_total",
            "Data packets that should have got noise, by what was wrong."
        )
        registry.describe("relay_snr_decibels", "Es/N0 per complex symbol as set.")
        registry.describe("relay_queue_packets", "Packets that are held back now.")
        registry.describe("relay_queue_bytes", "Bytes that are held back now.")
        forward = Line(.forward, registry)
        back = Line(.back, registry)
        symbols = Counter(label: "relay_symbols_total", factory: registry)
        impossible = Dictionary(
            uniqueKeysWithValues: RelayStatus.Noise.Cause.allCases.map { cause in
                let labels = [("cause", cause.rawValue)]
                return (cause, Counter(label: "relay_noiseless_packets_total", dimensions: labels, factory: registry))
            }
        )
        clipped = Counter(label: "relay_clipped_components_total", factory: registry)
        snr = Gauge(label: "relay_snr_decibels", factory: registry)
        queuedPackets = Gauge(label: "relay_queue_packets", factory: registry)
        queuedBytes = Gauge(label: "relay_queue_bytes", factory: registry)
    }

    /// Brings the numbers to those of the pipeline.
    mutating func publish<Route>(_ pipeline: RelayPipeline<Route>) {
        forward.publish(pipeline.forwardStatus)
        back.publish(pipeline.backStatus)
        symbols.increment(by: pipeline.noiseStatus.symbols - noise.symbols)
        clipped.increment(by: pipeline.noiseStatus.clipped - noise.clipped)
        for (cause, count) in pipeline.noiseStatus.impossible {
            let more = count - noise.impossible[cause, default: 0]
            if more > 0 { impossible[cause]?.increment(by: more) }
        }
        noise = pipeline.noiseStatus
        snr.record(pipeline.settings.snrDecibels)
        queuedPackets.record(pipeline.queueStatus.packets)
        queuedBytes.record(pipeline.queueStatus.bytes)
    }
}
