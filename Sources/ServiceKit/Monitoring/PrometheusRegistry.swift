import CoreMetrics
import Foundation
import Synchronization

/// The swift-metrics backend that answers Prometheus: counters, gauges and histograms in the text format 0.0.4.
///
/// A `Counter` is a counter, a `Gauge` or `Meter` a gauge, a `Timer` a histogram of seconds, and a `Recorder` a histogram
/// of whatever it records.
package final class PrometheusRegistry: MetricsFactory {
    /// The one of this process; `Daemon.bootstrap` makes it swift-metrics' backend.
    package static let shared = PrometheusRegistry()

    /// Most series; further ones are counted in `deepsc_series_refused_total` and otherwise ignored, so that labels made
    /// of outside data cannot fill the memory.
    static let mostSeries = 4096

    /// Upper bounds of histogram buckets: seconds of work from a millisecond to ten minutes.
    static let bounds: [Double] = [
        0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600,
    ]

    private struct Family {
        let type: String
        var series: [String: Series] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
        var collectors: [@Sendable () -> Void] = []
        var count = 0
        var refused = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// What `# HELP` says of a metric.
    package func describe(_ label: String, _ help: String) {
        state.withLock { $0.help[Self.name(label)] = help }
    }

    /// Called before each scrape, to set gauges that are not worth following all the time.
    package func collect(_ collector: @escaping @Sendable () -> Void) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// All metrics in the text format.
    package var text: String {
        for collector in state.withLock({ $0.collectors }) { collector() }
        return state.withLock { state in
            var lines: [String] = []
            for (name, family) in state.families.sorted(by: { $0.key < $1.key }) {
                lines.append("# HELP \(name) \(state.help[name] ?? name.replacing("_", with: " "))")
                lines.append("# TYPE \(name) \(family.type)")
                for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                    lines += series.lines(name: name, labels: labels)
                }
            }
            lines.append("# HELP deepsc_series_refused_total series not kept because there were too many")
            lines.append("# TYPE deepsc_series_refused_total counter")
            lines.append("deepsc_series_refused_total \(state.refused)")
            return lines.joined(separator: "\n") + "\n"
        }
    }

    /// The series of a name and labels, made where there is none yet.
    private func series(_ label: String, _ dimensions: [(String, String)], _ type: String) -> Series {
        let name = Self.name(label)
        let labels = dimensions.sorted { $0.0 < $1.0 }
            .map { "\(Self.name($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        return state.withLock { state in
            if let known = state.families[name]?.series[labels] { return known }
            let fresh = Series(isHistogram: type == "histogram")
            guard state.count < Self.mostSeries, state.families[name].map({ $0.type == type }) ?? true else {
                state.refused += 1
                return fresh
            }
            state.count += 1
            state.families[name, default: Family(type: type)].series[labels] = fresh
            return fresh
        }
    }

    /// A name Prometheus takes: other characters become underscores.
    private static func name(_ label: String) -> String {
        let name = label.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" }
        return (name.first?.isNumber ?? true ? "_" : "") + String(name)
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, "counter")
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, "counter")
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, "gauge")
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        series(label, dimensions, aggregate ? "histogram" : "gauge")
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, "histogram")
    }

    // Series live as long as the process: a counter that vanished and came back would look like a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

/// One line of a metric, or one histogram. Safe from any thread.
private final class Series: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    private struct Value {
        /// A counter's or gauge's value, a histogram's sum.
        var number = 0.0
        /// A histogram's counts: one for each bound, and one above all.
        var buckets: [Int]
    }

    private let value: Mutex<Value>

    init(isHistogram: Bool) {
        value = Mutex(
            Value(buckets: isHistogram ? Array(repeating: 0, count: PrometheusRegistry.bounds.count + 1) : [])
        )
    }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { value.withLock { $0.number += amount } }
    func decrement(by amount: Double) { value.withLock { $0.number -= amount } }
    func set(_ number: Int64) { set(Double(number)) }
    func set(_ number: Double) { value.withLock { $0.number = number } }
    func reset() { set(0.0) }
    func record(_ number: Int64) { record(Double(number)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }

    func record(_ number: Double) {
        value.withLock { value in
            guard !value.buckets.isEmpty else {
                value.number = number
                return
            }
            value.number += number
            value.buckets[PrometheusRegistry.bounds.firstIndex { number <= $0 } ?? PrometheusRegistry.bounds.count] += 1
        }
    }

    func lines(name: String, labels: String) -> [String] {
        let value = value.withLock { $0 }
        let braced = labels.isEmpty ? "" : "{\(labels)}"
        guard !value.buckets.isEmpty else { return ["\(name)\(braced) \(Self.text(value.number))"] }
        let prefix = labels.isEmpty ? "" : labels + ","
        var lines: [String] = []
        var total = 0
        for (bound, count) in zip(PrometheusRegistry.bounds.map(Self.text) + ["+Inf"], value.buckets) {
            total += count
            lines.append("\(name)_bucket{\(prefix)le=\"\(bound)\"} \(total)")
        }
        return lines + ["\(name)_sum\(braced) \(Self.text(value.number))", "\(name)_count\(braced) \(total)"]
    }

    private static func text(_ number: Double) -> String {
        if let whole = Int64(exactly: number) { return "\(whole)" }
        return number.isNaN ? "NaN" : number == .infinity ? "+Inf" : number == -.infinity ? "-Inf" : "\(number)"
    }
}
