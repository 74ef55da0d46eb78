import ControlAPI
import ServiceKit
import Testing

@testable import Relay

struct RelayMetricsTests {
    @Test func followThePipeline() throws {
        let registry = PrometheusRegistry()
        var metrics = RelayMetrics(registry: registry)
        var settings = RelaySettings(snrDecibels: 7.5, seed: 1)
        var change = RelayChange()
        change.forward = ["duplicate": 1, "delay_ms": 5]
        change.back = ["loss": 1]
        try settings.apply(change)
        var pipeline = RelayPipeline<Int>(settings, sampleRate: 1_000_000, limits: .init())
        for round in 1...3 {
            pipeline.receive([1, 2], .forward, route: 0, at: .seconds(round))
            pipeline.receive([1, 2], .back, route: 0, at: .seconds(round))
            metrics.publish(pipeline)
            metrics.publish(pipeline)
        }
        while let packet = pipeline.due(at: .seconds(3)) { pipeline.count(.forwarded, packet.direction) }
        metrics.publish(pipeline)
        let lines = Set(registry.text.split(separator: "\n").map(String.init))
        for line in [
            "relay_received_packets_total{direction=\"forward\"} 3",
            "relay_received_packets_total{direction=\"back\"} 3",
            "relay_packets_total{direction=\"forward\",fate=\"duplicated\"} 3",
            "relay_packets_total{direction=\"forward\",fate=\"forwarded\"} 4",
            "relay_packets_total{direction=\"forward\",fate=\"lost\"} 0",
            "relay_packets_total{direction=\"back\",fate=\"lost\"} 3",
            "relay_snr_decibels 7.5", "relay_queue_packets 2", "relay_queue_bytes 4", "relay_symbols_total 0",
            "# TYPE relay_packets_total counter", "# TYPE relay_queue_bytes gauge",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }
}
