import Metrics

/// The metrics that both ends of a link have. They live as long as the process, and a daemon that is made anew goes on
/// with them.
package struct LinkMetrics: Sendable {
    package let registry: PrometheusRegistry
    package let queueDepth: Gauge
    /// Datagrams over their source's limit; kept at hand because a flood makes many.
    package let limited: Counter
    private let authFailures: Counter
    private let snr: Gauge
    private let erased: Counter
    private let displaced: Counter

    package init(registry: PrometheusRegistry) {
        self.registry = registry
        registry.describe("deepsc_queue_depth", "Transfers that wait for the maths, or are at it.")
        registry.describe("deepsc_stage_seconds", "Time each stage of a transfer took.")
        registry.describe("deepsc_transfers_total", "Transfers that ended, by outcome.")
        registry.describe("deepsc_packets_total", "Datagrams by what became of them.")
        registry.describe("deepsc_auth_failures_total", "Sealed packets that were not authentic or of no known key.")
        registry.describe("deepsc_snr_estimated_db", "Es/N0 of the last transfer, estimated from its pilots.")
        registry.describe("deepsc_symbols_erased_total", "Symbols that never arrived.")
        registry.describe("deepsc_senders_displaced_total", "Senders forgotten for others under the same key.")
        registry.describe(
            "deepsc_codec_refusals_total",
            "Times that the codec did not do its part of a transfer that was taken, by whether the same may work later."
        )
        displaced = Counter(label: "deepsc_senders_displaced_total", factory: registry)
        queueDepth = Gauge(label: "deepsc_queue_depth", factory: registry)
        limited = Self.packets("limited", registry)
        authFailures = Counter(label: "deepsc_auth_failures_total", factory: registry)
        snr = Gauge(label: "deepsc_snr_estimated_db", factory: registry)
        erased = Counter(label: "deepsc_symbols_erased_total", factory: registry)
    }

    package func packets(_ fate: String, _ count: Int = 1) {
        Self.packets(fate, registry).increment(by: count)
    }

    private static func packets(_ fate: String, _ registry: PrometheusRegistry) -> Counter {
        Counter(label: "deepsc_packets_total", dimensions: [("fate", fate)], factory: registry)
    }

    package func transfers(_ outcome: String, _ count: Int = 1) {
        Counter(label: "deepsc_transfers_total", dimensions: [("outcome", outcome)], factory: registry)
            .increment(by: count)
    }

    package func took(_ seconds: Double, stage: String) {
        Timer(label: "deepsc_stage_seconds", dimensions: [("stage", stage)], factory: registry)
            .recordNanoseconds(Int64(max(0, seconds) * 1e9))
    }

    /// - Parameter isTemporary: whether it is tried again.
    package func codecRefused(isTemporary: Bool) {
        let kind = isTemporary ? "temporary" : "final"
        Counter(label: "deepsc_codec_refusals_total", dimensions: [("kind", kind)], factory: registry).increment()
    }

    package func estimated(snrDecibels: Double) {
        snr.record(snrDecibels)
    }

    package func lost(symbols: Int) {
        erased.increment(by: symbols)
    }

    package func displaced(senders: Int) {
        displaced.increment(by: senders)
    }

    package func notAuthentic(_ count: Int = 1) {
        authFailures.increment(by: count)
    }
}
