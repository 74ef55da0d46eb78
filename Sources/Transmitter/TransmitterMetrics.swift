import ControlAPI
import Metrics
import ServiceKit

/// tx-daemon's metrics.
struct TransmitterMetrics: Sendable {
    let link: LinkMetrics
    private let spoolBytes: Gauge

    init(registry: PrometheusRegistry = .shared) {
        link = LinkMetrics(registry: registry)
        registry.describe("deepsc_jobs", "Transfers in the spool by state.")
        registry.describe("deepsc_submissions_total", "Submissions over the control API, by what became of them.")
        registry.describe("deepsc_spool_bytes", "Bytes of finished transfers in the spool.")
        spoolBytes = Gauge(label: "deepsc_spool_bytes", factory: registry)
        for state in TransferState.allCases where state.isFinal { link.transfers(state.rawValue, 0) }
    }

    func show(_ records: some Collection<TransferRecord>, spoolBytes bytes: Int) {
        for state in TransferState.allCases {
            let count = records.count { $0.state == state }
            Gauge(label: "deepsc_jobs", dimensions: [("state", state.rawValue)], factory: link.registry).record(count)
        }
        link.queueDepth.record(records.count { $0.state == .queued })
        spoolBytes.record(bytes)
    }

    func ended(_ record: TransferRecord) {
        link.transfers(record.state.rawValue)
        guard let reception = record.reception else { return }
        link.estimated(snrDecibels: reception.snrDecibels)
        link.lost(symbols: reception.erasures)
    }

    /// - Parameter fate: `accepted`, `repeated`, or the code of the error.
    func submitted(_ fate: String) {
        Counter(label: "deepsc_submissions_total", dimensions: [("fate", fate)], factory: link.registry).increment()
    }
}
