import Foundation
import Metrics

/// What Prometheus expects of every process, read from /proc at each scrape.
enum ProcessMetrics {
    static func register(in registry: PrometheusRegistry) {
        registry.describe("process_resident_memory_bytes", "Resident memory.")
        registry.describe("process_open_fds", "Open file descriptors.")
        registry.describe("process_start_time_seconds", "Start of the process, Unix time.")
        let memory = Gauge(label: "process_resident_memory_bytes", factory: registry)
        let descriptors = Gauge(label: "process_open_fds", factory: registry)
        Gauge(label: "process_start_time_seconds", factory: registry).record(Date().timeIntervalSince1970)
        registry.collect {
            if let resident = residentBytes { memory.record(resident) }
            if let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                descriptors.record(names.count)
            }
        }
    }

    private static var residentBytes: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
    }
}
