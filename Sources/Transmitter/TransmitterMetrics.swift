import Metrics
import ServiceKit

/// tx-daemon's metrics. They live as long as the process, and a daemon that is made anew goes on with them.
struct TransmitterMetrics: Sendable {
    private let registry: PrometheusRegistry
    private let queueDepth: Gauge
    private let spoolBytes: Gauge
    let authFailures: Counter
    let replayed: Counter

    init(registry: PrometheusRegistry = .shared) {
        self.registry = registry
        registry.describe("deepsc_jobs", "Transfers in the spool by state.")
        registry.describe("deepsc_queue_depth", "Transfers that wait for the maths.")
        registry.describe("deepsc_stage_seconds", "Time each stage of a transfer took.")
        registry.describe("deepsc_transfers_total", "Transfers that ended, by outcome.")
        registry.describe("deepsc_submissions_total", "Submissions over the control API, by what became of them.")
        registry.describe("deepsc_packets_total", "Datagrams by what became of them.")
        registry.describe("deepsc_auth_failures_total", "Sealed packets that were not authentic or of no known key.")
        registry.describe("deepsc_snr_estimated_db", "Es/N0 of the last acknowledged transfer as the receiver saw it.")
        registry.describe("deepsc_symbols_erased_total", "Symbols of acknowledged transfers that never arrived.")
        registry.describe("deepsc_spool_bytes", "Bytes of finished transfers in the spool.")
        queueDepth = Gauge(label: "deepsc_queue_depth", factory: registry)
        spoolBytes = Gauge(label: "deepsc_spool_bytes", factory: registry)
        authFailures = Counter(label: "deepsc_auth_failures_total", factory: registry)
        replayed = Counter(label: "deepsc_packets_total", dimensions: [("fate", "replayed")], factory: registry)
        for state in TransferState.allCases where state.isFinal { transfers(state).increment(by: 0) }
    }

    func show(_ records: some Collection<TransferRecord>, spoolBytes bytes: Int) {
        for state in TransferState.allCases {
            let count = records.count { $0.state == state }
            Gauge(label: "deepsc_jobs", dimensions: [("state", state.rawValue)], factory: registry).record(count)
        }
        queueDepth.record(records.count { $0.state == .queued })
        spoolBytes.record(bytes)
    }

    func took(_ seconds: Double, stage: TransferState) {
        Timer(label: "deepsc_stage_seconds", dimensions: [("stage", stage.rawValue)], factory: registry)
            .recordNanoseconds(Int64(max(0, seconds) * 1e9))
    }

    func ended(_ record: TransferRecord) {
        transfers(record.state).increment()
        guard let reception = record.reception else { return }
        Gauge(label: "deepsc_snr_estimated_db", factory: registry).record(reception.snrDecibels)
        Counter(label: "deepsc_symbols_erased_total", factory: registry).increment(by: reception.erasures)
    }

    /// - Parameter fate: `accepted`, or the code of the error.
    func submitted(_ fate: String) {
        Counter(label: "deepsc_submissions_total", dimensions: [("fate", fate)], factory: registry).increment()
    }

    func packets(_ fate: String, _ count: Int = 1) {
        Counter(label: "deepsc_packets_total", dimensions: [("fate", fate)], factory: registry).increment(by: count)
    }

    private func transfers(_ state: TransferState) -> Counter {
        Counter(label: "deepsc_transfers_total", dimensions: [("outcome", state.rawValue)], factory: registry)
    }
}
