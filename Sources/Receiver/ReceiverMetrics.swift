import Metrics
import ServiceKit
import Wire

/// rx-daemon's metrics.
struct ReceiverMetrics: Sendable {
    private let registry: PrometheusRegistry
    let resultBytes: Gauge
    let queueDepth: Gauge
    private let snr: Gauge
    private let erased: Counter
    private let drawing: Timer

    init(registry: PrometheusRegistry = .shared) {
        self.registry = registry
        registry.describe("deepsc_transfers_total", "Transmissions handled, by outcome.")
        registry.describe("deepsc_stage_seconds", "Time each stage of a transfer took.")
        registry.describe("deepsc_packets_total", "Datagrams by what became of them.")
        registry.describe("deepsc_auth_failures_total", "Sealed packets that were not authentic or of no known key.")
        registry.describe("deepsc_snr_estimated_db", "Es/N0 of the last drawn transfer, estimated from its pilots.")
        registry.describe("deepsc_symbols_erased_total", "Symbols that never arrived.")
        registry.describe("deepsc_results_bytes", "Bytes of the pictures kept.")
        registry.describe("deepsc_queue_depth", "Transfers being drawn or waiting for it.")
        resultBytes = Gauge(label: "deepsc_results_bytes", factory: registry)
        queueDepth = Gauge(label: "deepsc_queue_depth", factory: registry)
        snr = Gauge(label: "deepsc_snr_estimated_db", factory: registry)
        erased = Counter(label: "deepsc_symbols_erased_total", factory: registry)
        drawing = Timer(label: "deepsc_stage_seconds", dimensions: [("stage", "drawing")], factory: registry)
    }

    /// Counts one transmission's end: `drawn`, `repeated`, `incomplete`, `refused`, `failed` or `overload`.
    func transfers(_ outcome: String) {
        Counter(label: "deepsc_transfers_total", dimensions: [("outcome", outcome)], factory: registry).increment()
    }

    func drawn(snrDecibels: Double, seconds: Double) {
        transfers("drawn")
        snr.record(snrDecibels)
        drawing.recordNanoseconds(Int64(max(0, seconds) * 1e9))
    }

    /// Adds what the counters gained since `before`.
    func follow(_ counters: ReassemblyCounters, since before: ReassemblyCounters) {
        for ((name, value), (_, old)) in zip(counters.byFate, before.byFate) where value > old {
            packets(name, Int(value - old))
        }
        let failures = counters[.notAuthentic] - before[.notAuthentic]
        Counter(label: "deepsc_auth_failures_total", factory: registry).increment(by: failures)
        erased.increment(by: counters.symbolsErased - before.symbolsErased)
    }

    func packets(_ fate: String, _ count: Int = 1) {
        Counter(label: "deepsc_packets_total", dimensions: [("fate", fate)], factory: registry).increment(by: count)
    }
}
