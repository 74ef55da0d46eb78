import Metrics
import Testing

@testable import ServiceKit

struct PrometheusRegistryTests {
    @Test func countersGaugesAndHistograms() {
        let registry = PrometheusRegistry()
        registry.describe("jobs_total", "Jobs done.")
        let jobs = Counter(label: "jobs_total", dimensions: [("fate", "a \"b\"\n\\c")], factory: registry)
        jobs.increment(by: 3)
        Counter(label: "jobs_total", dimensions: [("fate", "a \"b\"\n\\c")], factory: registry).increment()
        Gauge(label: "queue_depth", factory: registry).record(2.5)
        Timer(label: "work_seconds", factory: registry).recordNanoseconds(20_000_000)
        Timer(label: "work_seconds", factory: registry).recordNanoseconds(2_000_000_000)
        let lines = registry.text.split(separator: "\n").map(String.init)
        #expect(lines.contains("# HELP jobs_total Jobs done."))
        #expect(lines.contains("# TYPE jobs_total counter"))
        #expect(lines.contains(#"jobs_total{fate="a \"b\"\n\\c"} 4"#))
        #expect(lines.contains("queue_depth 2.5"))
        #expect(lines.contains("# TYPE work_seconds histogram"))
        #expect(lines.contains("work_seconds_bucket{le=\"0.01\"} 0"))
        #expect(lines.contains("work_seconds_bucket{le=\"0.03\"} 1"))
        #expect(lines.contains("work_seconds_bucket{le=\"3\"} 2"))
        #expect(lines.contains("work_seconds_bucket{le=\"+Inf\"} 2"))
        #expect(lines.contains("work_seconds_sum 2.02"))
        #expect(lines.contains("work_seconds_count 2"))
    }

    @Test func labelsOfOutsideDataCannotFillTheMemory() {
        let registry = PrometheusRegistry()
        for number in 0..<PrometheusRegistry.mostSeries + 50 {
            Counter(label: "seen_total", dimensions: [("who", "\(number)")], factory: registry).increment()
        }
        let lines = registry.text.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("seen_total{") } == PrometheusRegistry.mostSeries)
        #expect(lines.contains("deepsc_series_refused_total 50"))
    }

    @Test func collectorsRunBeforeEachScrape() {
        let registry = PrometheusRegistry()
        let gauge = Gauge(label: "now", factory: registry)
        registry.collect { gauge.record(7) }
        #expect(registry.text.contains("\nnow 7\n"))
        ProcessMetrics.register(in: registry)
        let resident = registry.text.split(separator: "\n").first { $0.hasPrefix("process_resident_memory_bytes ") }
        #expect((resident?.split(separator: " ").last).flatMap { Int($0) } ?? 0 > 1_000_000)
    }
}
