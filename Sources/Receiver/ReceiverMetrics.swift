import Metrics
import ServiceKit
import Wire

/// rx-daemon's metrics. Outcomes of transfers are `drawn`, `drawn_doubtful`, `withheld`, `repeated`, `incomplete`,
/// `doubtful` (another copy was asked for), `base_missing`, `no_signal`, `refused`, `failed` and `overload`.
struct ReceiverMetrics: Sendable {
    let link: LinkMetrics
    let resultBytes: Gauge
    private let samePerson: Gauge

    init(registry: PrometheusRegistry = .shared) {
        link = LinkMetrics(registry: registry)
        registry.describe("deepsc_results_bytes", "Bytes of the pictures kept.")
        resultBytes = Gauge(label: "deepsc_results_bytes", factory: registry)
        registry.describe(
            "deepsc_same_person_probability",
            "Probability that the last picture shows the same person, as the receiver sees it."
        )
        samePerson = Gauge(label: "deepsc_same_person_probability", factory: registry)
    }

    func drawn(_ result: ReceivedTransfer) {
        let outcome = result.doubts.map { $0.isWithheld ? "withheld" : "drawn_doubtful" } ?? "drawn"
        link.transfers(result.isDraft == true ? "draft" : outcome)
        link.estimated(snrDecibels: result.snrDecibels)
        link.took(result.seconds, stage: "drawing")
        if let likeness = result.likeness { samePerson.record(likeness.samePerson) }
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
