import Metrics
import ServiceKit
import Wire

/// rx-daemon's metrics. Outcomes of transfers are `drawn`, `repeated`, `incomplete`, `no_signal`, `refused`, `failed` and `overload`.
struct ReceiverMetrics: Sendable {
    let link: LinkMetrics
    let resultBytes: Gauge

    init(registry: PrometheusRegistry = .shared) {
        link = LinkMetrics(registry: registry)
        registry.describe("deepsc_results_bytes", "Bytes of the pictures kept.")
        resultBytes = Gauge(label: "deepsc_results_bytes", factory: registry)
    }

    func drawn(snrDecibels: Double, seconds: Double) {
        link.transfers("drawn")
        link.estimated(snrDecibels: snrDecibels)
        link.took(seconds, stage: "drawing")
    }

    /// Adds what the counters gained since `before`.
    func follow(_ counters: ReassemblyCounters, since before: ReassemblyCounters) {
        for ((name, value), (_, old)) in zip(counters.byFate, before.byFate) where value > old {
            link.packets(name, Int(value - old))
        }
        link.notAuthentic(Int(counters[.notAuthentic] - before[.notAuthentic]))
        link.displaced(senders: Int(counters.sendersDisplaced - before.sendersDisplaced))
        link.lost(symbols: Int(counters.symbolsErased - before.symbolsErased))
    }
}
